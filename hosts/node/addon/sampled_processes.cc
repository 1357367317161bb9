#include "sampled_processes.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "static_libraries.h"

namespace codexray {

static constexpr size_t kMaxProcesses = 4096;
static constexpr size_t kMaxMappings = 4096;

static constexpr size_t kMaxEnvironment = 256 << 10;

/// COROOT_EBPF_PROFILING or CODEXRAY_EBPF_PROFILING with "disabled" in its value.
static bool Refuses(uint32_t pid) {
  int fd = open(("/proc/" + std::to_string(pid) + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string text(1, '\0');
  char block[4096];
  ssize_t got;
  while (text.size() < kMaxEnvironment && (got = read(fd, block, sizeof(block))) > 0) {
    text.append(block, static_cast<size_t>(got));
  }
  close(fd);
  for (const char* name : {"COROOT_EBPF_PROFILING=", "CODEXRAY_EBPF_PROFILING="}) {
    size_t at = text.find(std::string(1, '\0') + name);
    if (at == std::string::npos) continue;
    std::string value = text.c_str() + at + 1;
    if (value.find("disabled") != std::string::npos) return true;
  }
  return false;
}

const LoadedCode* SampledProcess::CodeAt(uint64_t address) const {
  auto after = std::upper_bound(code.begin(), code.end(), address,
                                [](uint64_t wanted, const LoadedCode& c) { return wanted < c.start; });
  if (after == code.begin()) return nullptr;
  after--;
  return address < after->end ? &*after : nullptr;
}

SampledProcess* SampledProcesses::Find(const ProcessKey& key) {
  auto found = processes_.find(key);
  return found == processes_.end() ? nullptr : found->second.get();
}

SampledProcess* SampledProcesses::Ensure(const ProcessKey& key, uint32_t round) {
  SampledProcess* known = Find(key);
  if (known == nullptr) {
    if (processes_.size() >= kMaxProcesses) return nullptr;
    auto process = std::make_unique<SampledProcess>();
    process->key = key;
    known = process.get();
    processes_.emplace(key, std::move(process));
  }
  known->sampled_in_round = round;
  return known;
}

void SampledProcesses::Read(SampledProcess* process, uint32_t round) {
  uint32_t pid = process->key.pid;
  std::vector<CodeMapping> mappings;
  process->readable = ReadMaps(pid, kMaxMappings, &mappings);
  // What is gone keeps the mappings that it had.
  if (!process->readable || mappings.empty()) return;
  process->read_in_round = round;
  process->code.clear();
  for (const CodeMapping& mapping : mappings) {
    process->code.push_back({mapping.start, mapping.end, mapping.offset, modules_->Of(mapping, pid, round)});
  }
  std::string folder = "/proc/" + std::to_string(pid);
  char target[PATH_MAX];
  ssize_t length = readlink((folder + "/exe").c_str(), target, sizeof(target));
  if (length > 0) {
    process->executable.assign(target, static_cast<size_t>(length));
    process->executable.erase(0, process->executable.rfind('/') + 1);
    size_t deleted = process->executable.rfind(" (deleted)");
    if (deleted != std::string::npos) process->executable.resize(deleted);
  }
  struct stat facts;
  if (addon_stat((folder + "/ns/mnt").c_str(), &facts) == 0) process->mounts = facts.st_ino;
  if (process->inner_pid == 0) {
    process->inner_pid = InnerPid(pid);
    process->refused = Refuses(pid);
  }
}

uint32_t SampledProcesses::PidOfMounts(uint64_t mounts) const {
  if (mounts == 0) return 0;
  for (const auto& entry : processes_) {
    const SampledProcess& process = *entry.second;
    if (process.mounts != mounts || !process.readable) continue;
    if (access(("/proc/" + std::to_string(process.key.pid) + "/root").c_str(), F_OK) == 0) return process.key.pid;
  }
  return 0;
}

void SampledProcesses::ForgetFunctions() {
  for (auto& entry : processes_) entry.second->compiled.Clear();
}

void SampledProcesses::Trim(uint32_t round) {
  for (auto at = processes_.begin(); at != processes_.end();) {
    if (at->second->sampled_in_round < round) at = processes_.erase(at);
    else at++;
  }
}

}  // namespace codexray
