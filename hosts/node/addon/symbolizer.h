// From addresses to functions, for one round of samples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "code_modules.h"
#include "sample_store.h"
#include "sampled_processes.h"

namespace codexray {

/// Stacks as core-as/facade/profiles.ts wants them: leaf first, frames by number.
struct StackColumns {
  std::string strings;
  std::vector<uint32_t> string_ends;
  std::vector<uint32_t> frame_names;
  std::vector<uint32_t> frame_files;
  std::vector<uint32_t> frame_lines;
  std::vector<uint32_t> stack_ends;
  std::vector<uint32_t> stack_frames;
  std::vector<double> values;
};

class Symbolizer {
 public:
  Symbolizer() : modules_(&names_), processes_(&modules_) {}

  /// A process was sampled for the first time, or often again: its mappings are read.
  void See(const ProcessKey& key);
  /// Looks up what the samples need and was not looked up before. Reads files; seconds at worst.
  void Resolve(const SampleStore& store);
  /// The stacks of these processes, each with the process's name as its root.
  StackColumns Columns(const SampleStore& store, const std::vector<ProcessKey>& processes);
  bool Refused(const ProcessKey& key);
  /// Ends the round.
  void Trim();

  size_t modules() const { return modules_.size(); }

 private:
  struct Frame {
    uint32_t name;
    uint32_t file;
    uint32_t line;
    /// Neighbours of this kind are shown as one.
    bool joined;
  };

  void Prepare(const SampleStore& store);
  void WantAll(const SampleStore& store);
  void WantUser(SampledProcess* process, uint64_t address);
  void SearchKernel();
  void SearchCompiled(SampledProcess* process);
  Frame UserFrame(const SampledProcess& process, uint64_t address);
  Frame KernelFrame(uint64_t address);
  Frame ModuleFrame(const CodeModule& module, uint64_t address);

  NameTable names_;
  CodeModules modules_;
  SampledProcesses processes_;
  FunctionTable kernel_;
  std::vector<uint64_t> kernel_wanted_;
  uint32_t round_ = 1;
};

}  // namespace codexray
