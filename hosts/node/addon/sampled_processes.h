// The processes that were sampled, and what is mapped where in them. Mappings are read when a process is first
// sampled, so that they are there when it has ended.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "code_modules.h"
#include "sample_layout.h"

namespace codexray {

struct LoadedCode {
  uint64_t start;
  uint64_t end;
  uint64_t offset;
  /// Null: memory without a file, mostly code that a program compiled for itself.
  std::shared_ptr<CodeModule> module;
};

struct SampledProcess {
  ProcessKey key = {};
  std::string comm;
  /// Sorted by start.
  std::vector<LoadedCode> code;
  /// Name of the executable's file; empty when the process was gone before anybody looked.
  std::string executable;
  /// Of its mount namespace: processes that share it see the same files.
  uint64_t mounts = 0;
  uint32_t inner_pid = 0;
  uint32_t read_in_round = 0;
  uint32_t sampled_in_round = 0;
  bool readable = false;
  /// Its environment asks not to be profiled.
  bool refused = false;
  /// From its perf map, as long as the file does not change.
  FunctionTable compiled;
  uint64_t map_size = 0;
  uint64_t map_time = 0;
  /// Addresses in memory without a file that this round hit.
  std::vector<uint64_t> wanted;

  const LoadedCode* CodeAt(uint64_t address) const;
};

class SampledProcesses {
 public:
  explicit SampledProcesses(CodeModules* modules) : modules_(modules) {}

  /// At most 4096, and 4096 mappings each: others stay without names. Null at the bound.
  SampledProcess* Ensure(const ProcessKey& key, uint32_t round);
  SampledProcess* Find(const ProcessKey& key);
  /// Reads the mappings, if the process still lives.
  void Read(SampledProcess* process, uint32_t round);
  /// Forgets the processes that were not sampled in this round.
  void Trim(uint32_t round);
  void ForgetFunctions();
  /// A living process that sees the files of that mount namespace; 0 when there is none.
  uint32_t PidOfMounts(uint64_t mounts) const;
  size_t size() const { return processes_.size(); }

 private:
  CodeModules* modules_;
  std::unordered_map<ProcessKey, std::unique_ptr<SampledProcess>, ProcessKeyHash> processes_;
};

}  // namespace codexray
