#include "symbolizer.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <unordered_map>

#include "kernel_symbols.h"
#include "perf_map.h"

#include "static_libraries.h"

namespace codexray {

/// Kernel modules and BPF programs come and go at the same addresses.
static constexpr uint32_t kKernelRounds = 60;
/// Code that is loaded later lies elsewhere, and is found missing; what replaces other code is found after this.
static constexpr uint32_t kMappingRounds = 10;
/// Names that are kept between rounds; at the bound all are forgotten, and looked up again.
static constexpr size_t kMaxNameBytes = 8 << 20;

void Symbolizer::See(const ProcessKey& key) {
  SampledProcess* process = processes_.Ensure(key, round_);
  if (process != nullptr) processes_.Read(process, round_);
}

/// Return addresses point behind the call, which may be the end of the function.
static uint64_t CodeAddress(uint64_t address, bool leaf) { return leaf ? address : address - 1; }

void Symbolizer::Prepare(const SampleStore& store) {
  for (const ProcessFacts& facts : store.processes()) {
    SampledProcess* process = processes_.Ensure(facts.key, round_);
    if (process == nullptr) continue;
    process->comm.assign(facts.value.comm, strnlen(facts.value.comm, sizeof(facts.value.comm)));
    process->readable = access(("/proc/" + std::to_string(facts.key.pid) + "/root").c_str(), F_OK) == 0;
    if (process->read_in_round == 0 || round_ - process->read_in_round > kMappingRounds) {
      processes_.Read(process, round_);
    }
  }
}

void Symbolizer::WantUser(SampledProcess* process, uint64_t address) {
  const LoadedCode* code = process->CodeAt(address);
  if (code == nullptr && process->read_in_round < round_) {
    processes_.Read(process, round_);
    process->read_in_round = round_;
    code = process->CodeAt(address);
  }
  if (code == nullptr) return;
  if (!code->module) {
    process->wanted.push_back(address);
    return;
  }
  CodeModule* module = code->module.get();
  module->used_in_round = round_;
  uint64_t inside = address - code->start + code->offset;
  if (module->inode != 0 && !module->image.AddressOf(inside, &inside)) return;
  if (module->foreign || module->functions.Find(inside) != nullptr) return;
  module->wanted.insert(inside);
  if (module->pids.size() < 4 && (module->pids.empty() || module->pids.back() != process->key.pid)) {
    module->pids.push_back(process->key.pid);
    uint32_t sibling = process->readable ? 0 : processes_.PidOfMounts(process->mounts);
    if (sibling != 0) module->pids.push_back(sibling);
  }
}

void Symbolizer::WantAll(const SampleStore& store) {
  for (const Sample& sample : store.samples()) {
    const uint64_t* frames = store.frames().data() + sample.frames;
    SampledProcess* process = processes_.Find(sample.process);
    for (uint32_t i = 0; process != nullptr && i < sample.user_frames; i++) {
      WantUser(process, CodeAddress(frames[i], i == 0));
    }
    frames += sample.user_frames;
    for (uint32_t i = 0; i < sample.kernel_frames; i++) {
      uint64_t address = CodeAddress(frames[i], i == 0);
      if (kernel_.Find(address) == nullptr) kernel_wanted_.push_back(address);
    }
  }
}

void Symbolizer::Resolve(const SampleStore& store) {
  if (round_ % kKernelRounds == 0) kernel_.Clear();
  Prepare(store);
  WantAll(store);
  modules_.Search();
  for (const ProcessFacts& facts : store.processes()) {
    SampledProcess* process = processes_.Find(facts.key);
    if (process != nullptr) SearchCompiled(process);
  }
  SearchKernel();
}

void Symbolizer::SearchKernel() {
  if (kernel_wanted_.empty()) return;
  std::vector<FoundSymbol> found;
  FindKernelSymbols("/proc/kallsyms", std::move(kernel_wanted_), &found);
  kernel_wanted_ = {};
  std::vector<Function> functions;
  uint32_t file = names_.Add("[kernel]");
  for (const FoundSymbol& symbol : found) functions.push_back({symbol.start, symbol.end, names_.Add(symbol.name), file, 0});
  kernel_.Add(std::move(functions));
}

/// Names of code that the process compiled for itself, if it writes them down.
void Symbolizer::SearchCompiled(SampledProcess* process) {
  if (process->wanted.empty()) return;
  std::vector<uint64_t> wanted = std::move(process->wanted);
  process->wanted = {};
  uint32_t pid = process->key.pid;
  if (!process->readable && (pid = processes_.PidOfMounts(process->mounts)) == 0) return;
  char path[48];
  std::snprintf(path, sizeof(path), "/tmp/perf-%u.map", process->inner_pid);
  int fd = OpenInProcess(pid, path);
  if (fd < 0) return;
  FileSource owner(fd);
  struct stat facts;
  if (addon_fstat(fd, &facts) != 0) return;
  uint64_t time = static_cast<uint64_t>(facts.st_mtim.tv_sec) * 1000000000ULL + facts.st_mtim.tv_nsec;
  uint64_t size = static_cast<uint64_t>(facts.st_size);
  // A map that grew may say that other code lies now where code was known.
  if (time != process->map_time || size != process->map_size) process->compiled.Clear();
  process->map_time = time;
  process->map_size = size;
  std::vector<uint64_t> missing;
  for (uint64_t address : wanted) {
    if (process->compiled.Find(address) == nullptr) missing.push_back(address);
  }
  if (missing.empty()) return;
  std::vector<FoundSymbol> found;
  FindPerfMapSymbols(fd, missing, &found);
  std::vector<Function> functions;
  for (const FoundSymbol& symbol : found) {
    FunctionName name = ReadJitName(symbol.name);
    functions.push_back({symbol.start, symbol.end, names_.Add(name.function), names_.Add(name.file), name.line});
  }
  process->compiled.Add(std::move(functions));
}

Symbolizer::Frame Symbolizer::ModuleFrame(const CodeModule& module, uint64_t address) {
  const Function* function = module.functions.Find(address);
  if (function != nullptr && function->name != 0) return {function->name, function->file, function->line, false};
  char text[32];
  std::snprintf(text, sizeof(text), "+0x%llx", static_cast<unsigned long long>(address));
  std::string base = module.path.substr(module.path.rfind('/') + 1);
  return {names_.Add(base + text), names_.Add(module.path), 0, false};
}

Symbolizer::Frame Symbolizer::UserFrame(const SampledProcess& process, uint64_t address) {
  const LoadedCode* code = process.CodeAt(address);
  if (code == nullptr) return {names_.Add("[unknown]"), 0, 0, true};
  if (!code->module) {
    const Function* function = process.compiled.Find(address);
    if (function != nullptr) return {function->name, function->file, function->line, false};
    // One name for all code without one, so that it is one box of the flame graph, not thousands.
    const std::string& program = process.executable.empty() ? process.comm : process.executable;
    return {names_.Add("[JIT] " + program), 0, 0, true};
  }
  uint64_t inside = address - code->start + code->offset;
  if (code->module->inode != 0) code->module->image.AddressOf(inside, &inside);
  return ModuleFrame(*code->module, inside);
}

Symbolizer::Frame Symbolizer::KernelFrame(uint64_t address) {
  const Function* function = kernel_.Find(address);
  if (function != nullptr) return {function->name, function->file, 0, false};
  return {names_.Add("[unknown]"), names_.Add("[kernel]"), 0, true};
}

namespace {

/// Frames and strings of one call, numbered as they come.
class ColumnWriter {
 public:
  ColumnWriter(StackColumns* out, const NameTable& names) : out_(out), names_(names) {
    out_->string_ends.push_back(0);
    strings_.emplace(0, 0);
  }
  uint32_t Frame(uint32_t name, uint32_t file, uint32_t line) {
    uint64_t key = (uint64_t{name} << 32 | file) * 0x9e3779b97f4a7c15ULL + line;
    auto [at, fresh] = frames_.emplace(key, static_cast<uint32_t>(out_->frame_names.size()));
    if (fresh) {
      out_->frame_names.push_back(String(name));
      out_->frame_files.push_back(String(file));
      out_->frame_lines.push_back(line);
    }
    return at->second;
  }

 private:
  uint32_t String(uint32_t name) {
    auto [at, fresh] = strings_.emplace(name, static_cast<uint32_t>(out_->string_ends.size()));
    if (fresh) {
      out_->strings += names_.Get(name);
      out_->string_ends.push_back(static_cast<uint32_t>(out_->strings.size()));
    }
    return at->second;
  }
  StackColumns* out_;
  const NameTable& names_;
  std::unordered_map<uint32_t, uint32_t> strings_;
  std::unordered_map<uint64_t, uint32_t> frames_;
};

}  // namespace

StackColumns Symbolizer::Columns(const SampleStore& store, const std::vector<ProcessKey>& processes) {
  std::unordered_map<ProcessKey, bool, ProcessKeyHash> wanted;
  for (const ProcessKey& key : processes) wanted.emplace(key, true);
  StackColumns out;
  ColumnWriter writer(&out, names_);
  for (const Sample& sample : store.samples()) {
    if (sample.count == 0 || !wanted.count(sample.process)) continue;
    const SampledProcess* process = processes_.Find(sample.process);
    const uint64_t* frames = store.frames().data() + sample.frames;
    const uint64_t* kernel = frames + sample.user_frames;
    uint32_t before = ~0u;
    auto add = [&](const Frame& frame) {
      uint32_t number = writer.Frame(frame.name, frame.file, frame.line);
      if (!frame.joined || number != before) out.stack_frames.push_back(number);
      before = number;
    };
    for (uint32_t i = 0; i < sample.kernel_frames; i++) add(KernelFrame(CodeAddress(kernel[i], i == 0)));
    for (uint32_t i = 0; i < sample.user_frames; i++) {
      if (process == nullptr) add({names_.Add("[unknown]"), 0, 0, true});
      else add(UserFrame(*process, CodeAddress(frames[i], i == 0)));
    }
    std::string comm = process == nullptr || process->comm.empty() ? "[unknown]" : process->comm;
    add({names_.Add(comm), 0, 0, false});
    out.stack_ends.push_back(static_cast<uint32_t>(out.stack_frames.size()));
    out.values.push_back(static_cast<double>(sample.count));
  }
  return out;
}

bool Symbolizer::Refused(const ProcessKey& key) {
  const SampledProcess* process = processes_.Find(key);
  return process != nullptr && process->refused;
}

void Symbolizer::Trim() {
  processes_.Trim(round_);
  modules_.Trim(round_);
  if (names_.bytes() > kMaxNameBytes) {
    modules_.ForgetFunctions();
    processes_.ForgetFunctions();
    kernel_.Clear();
    names_.Clear();
  }
  round_++;
  malloc_trim(0);
}

}  // namespace codexray
