#include "code_modules.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "demangle.h"

#include "static_libraries.h"

namespace codexray {

static constexpr size_t kMaxModules = 4096;
static constexpr size_t kMaxFunctions = 65536;
static constexpr uint32_t kRoundsKept = 10;

uint32_t NameTable::Add(const std::string& name) {
  auto [at, fresh] = numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
  if (fresh) {
    names_.push_back(&at->first);
    bytes_ += name.size() + 64;
  }
  return at->second;
}

void NameTable::Clear() {
  names_.clear();
  numbers_.clear();
  bytes_ = 0;
  Add("");
}

const Function* FunctionTable::Find(uint64_t address) const {
  auto after = std::upper_bound(functions_.begin(), functions_.end(), address,
                                [](uint64_t wanted, const Function& f) { return wanted < f.start; });
  // A function may lie inside another one: look a little further back.
  for (int back = 0; back < 4 && after != functions_.begin(); back++) {
    after--;
    if (address < after->end) return &*after;
  }
  return nullptr;
}

void FunctionTable::Add(std::vector<Function> functions) {
  if (functions_.size() + functions.size() > kMaxFunctions) functions_.clear();
  functions_.insert(functions_.end(), functions.begin(), functions.end());
  auto before = [](const Function& a, const Function& b) {
    return a.start != b.start ? a.start < b.start : a.end < b.end;
  };
  auto same = [](const Function& a, const Function& b) { return a.start == b.start && a.end == b.end; };
  std::sort(functions_.begin(), functions_.end(), before);
  functions_.erase(std::unique(functions_.begin(), functions_.end(), same), functions_.end());
}

// linux/openat2.h, which older C libraries do not have.
struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
static constexpr uint64_t kResolveInRoot = 0x10;
static constexpr uint64_t kResolveNoMagicLinks = 0x02;
static constexpr long kOpenat2 = 437;

static int OpenUnder(const char* root, const std::string& path) {
  int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (base < 0) return -1;
  // Links in a container must not lead out of it; a pipe or a device must not hold us up.
  OpenHow how = {O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0, kResolveInRoot | kResolveNoMagicLinks};
  int fd = static_cast<int>(syscall(kOpenat2, base, path.c_str(), &how, sizeof(how)));
  close(base);
  if (fd < 0) return -1;
  struct stat facts;
  if (addon_fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)) return fd;
  close(fd);
  return -1;
}

int OpenInProcess(uint32_t pid, const std::string& path) {
  std::string root = pid == 0 ? "/" : "/proc/" + std::to_string(pid) + "/root";
  return OpenUnder(root.c_str(), path);
}

/// The very file that is mapped, or one of the same build id, or -1. Device numbers are not compared: mappings of
/// overlay and btrfs show others than stat does.
static int OpenModule(const CodeModule& module, uint32_t pid) {
  int fd = OpenInProcess(pid, module.path);
  if (fd < 0) return -1;
  struct stat facts;
  if (addon_fstat(fd, &facts) == 0 && facts.st_ino == module.inode) return fd;
  FileSource source(fd);
  ElfImage image;
  if (module.image.build_id.empty() || !ElfImage::Open(source, &image)) return -1;
  return image.build_id == module.image.build_id ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
}

/// Through the mapping itself: also a file that was deleted or replaced since. Needs more rights than the path.
static int OpenMapped(const CodeMapping& mapping, uint32_t pid) {
  char path[96];
  std::snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", pid, static_cast<unsigned long long>(mapping.start),
                static_cast<unsigned long long>(mapping.end));
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

std::shared_ptr<CodeModule> CodeModules::Of(const CodeMapping& mapping, uint32_t pid, uint32_t round) {
  if (mapping.path.empty()) return nullptr;
  if (mapping.inode == 0) {
    if (!vdso_) vdso_ = std::make_shared<CodeModule>();
    vdso_->path = "[vdso]";
    return vdso_;
  }
  std::shared_ptr<CodeModule>& known = by_file_[{mapping.device, mapping.inode}];
  if (!known) {
    if (by_file_.size() > kMaxModules) {
      by_file_.erase({mapping.device, mapping.inode});
      return nullptr;
    }
    known = std::make_shared<CodeModule>();
    known->path = mapping.path;
    known->device = mapping.device;
    known->inode = mapping.inode;
  }
  if (!known->opened) {
    int fd = OpenModule(*known, pid);
    if (fd < 0) fd = OpenMapped(mapping, pid);
    if (fd >= 0) {
      FileSource source(fd);
      known->opened = true;
      known->foreign = !ElfImage::Open(source, &known->image);
      // The same file in another container: what is known of it holds there too.
      std::string id = known->image.build_id;
      if (!id.empty()) {
        std::shared_ptr<CodeModule> twin = by_build_id_[id].lock();
        if (twin) known = twin;
        else by_build_id_[id] = known;
      }
    }
  }
  known->used_in_round = round;
  return known;
}

void FindFileSymbols(const ByteSource& source, const std::string& build_id, uint32_t pid, std::vector<uint64_t>* wanted,
                     std::vector<FoundSymbol>* found) {
  std::vector<ElfSection> sections = ReadSections(source);
  FindElfSymbols(source, sections, SHT_SYMTAB, wanted, found);
  if (wanted->empty()) return;
  if (build_id.size() >= 2 && build_id.size() <= 64) {
    static const char digits[] = "0123456789abcdef";
    std::string path = "/usr/lib/debug/.build-id/";
    for (size_t i = 0; i < build_id.size(); i++) {
      path += digits[static_cast<uint8_t>(build_id[i]) >> 4];
      path += digits[build_id[i] & 15];
      if (i == 0) path += '/';
    }
    path += ".debug";
    int fd = OpenInProcess(pid, path);
    if (fd < 0 && pid != 0) fd = OpenInProcess(0, path);
    if (fd >= 0) {
      FileSource debug(fd);
      FindElfSymbols(debug, ReadSections(debug), SHT_SYMTAB, wanted, found);
    }
  }
  FindGoSymbols(source, sections, wanted, found);
  FindElfSymbols(source, sections, SHT_DYNSYM, wanted, found);
}

static std::vector<Function> Named(NameTable* names, const std::vector<FoundSymbol>& found, uint32_t file) {
  std::vector<Function> functions;
  for (const FoundSymbol& symbol : found) {
    functions.push_back({symbol.start, symbol.end, names->Add(Demangle(symbol.name)), file, 0});
  }
  return functions;
}

void CodeModules::SearchModule(CodeModule* module) {
  std::vector<uint64_t> wanted(module->wanted.begin(), module->wanted.end());
  std::vector<FoundSymbol> found;
  module->pids.push_back(0);
  for (uint32_t pid : module->pids) {
    int fd = OpenModule(*module, pid);
    if (fd < 0) continue;
    FileSource source(fd);
    FindFileSymbols(source, module->image.build_id, pid, &wanted, &found);
    // What has no name has none in the next round either.
    std::vector<Function> functions = Named(names_, found, names_->Add(module->path));
    for (uint64_t address : wanted) functions.push_back({address, address + 1, 0, 0, 0});
    module->functions.Add(std::move(functions));
    return;
  }
}

/// The kernel maps the same pages into every process, ours included.
void CodeModules::SearchVdso(CodeModule* module) {
  std::vector<CodeMapping> own;
  ReadMaps(static_cast<uint32_t>(getpid()), 4096, &own);
  auto mapped = std::find_if(own.begin(), own.end(), [](const CodeMapping& m) { return m.path == "[vdso]"; });
  if (mapped == own.end()) return;
  MemorySource source(reinterpret_cast<const void*>(mapped->start), mapped->end - mapped->start);
  if (!module->opened) {
    module->opened = true;
    module->foreign = !ElfImage::Open(source, &module->image);
  }
  std::vector<uint64_t> wanted(module->wanted.begin(), module->wanted.end());
  std::vector<FoundSymbol> found;
  FindElfSymbols(source, ReadSections(source), SHT_DYNSYM, &wanted, &found);
  module->functions.Add(Named(names_, found, names_->Add(module->path)));
}

void CodeModules::Search() {
  auto search = [this](CodeModule* module) {
    if (module->wanted.empty()) return;
    if (module == vdso_.get()) SearchVdso(module);
    else SearchModule(module);
    module->wanted.clear();
    module->pids.clear();
  };
  for (auto& entry : by_file_) search(entry.second.get());
  if (vdso_) search(vdso_.get());
}

void CodeModules::Trim(uint32_t round) {
  for (auto at = by_file_.begin(); at != by_file_.end();) {
    CodeModule* module = at->second.get();
    module->wanted.clear();
    module->pids.clear();
    if (round - module->used_in_round > kRoundsKept) at = by_file_.erase(at);
    else at++;
  }
  for (auto at = by_build_id_.begin(); at != by_build_id_.end();) {
    if (at->second.expired()) at = by_build_id_.erase(at);
    else at++;
  }
}

void CodeModules::ForgetFunctions() {
  for (auto& entry : by_file_) entry.second->functions.Clear();
  if (vdso_) vdso_->functions.Clear();
}

}  // namespace codexray
