// One round of samples: drained out of the kernel's maps, kept until it is folded.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include <bpf/libbpf.h>

#include "sample_layout.h"

namespace codexray {

struct Sample {
  ProcessKey process;
  /// Place of its frames: user, then kernel, each leaf first. At least one of them.
  size_t frames;
  uint32_t user_frames;
  uint32_t kernel_frames;
  uint64_t count;
};

struct ProcessFacts {
  ProcessKey key;
  ProcessValue value;
};

class SampleStore {
 public:
  struct Maps {
    struct bpf_map* counts;
    struct bpf_map* processes;
    struct bpf_map* stacks;
    struct bpf_map* round;
  };
  explicit SampleStore(const Maps& maps) : maps_(maps) {}

  /// Moves new stacks out of the ring; when it is half full, and at the end of a round. 0 or an errno.
  int DrainStacks();
  /// Ends the round: all its samples, with counts. 0 or an errno.
  int Collect();
  /// Frees the round; what came of the next one meanwhile begins it.
  void Clear();

  const std::vector<Sample>& samples() const { return samples_; }
  const std::vector<uint64_t>& frames() const { return frames_; }
  const std::vector<ProcessFacts>& processes() const { return processes_; }
  /// Samples whose frames were lost, because more than 16 MiB of them came in one round.
  uint64_t lost() const { return lost_; }
  /// Share of the map `counts` that the last round took.
  double fill() const { return fill_; }

 private:
  void Keep(const uint8_t* record, uint32_t length);
  int ReadCounts(uint32_t current);
  int ReadProcesses();

  Maps maps_;
  uint32_t round_ = 0;
  std::vector<Sample> samples_;
  std::vector<uint64_t> frames_;
  std::unordered_map<StackKey, uint32_t, StackKeyHash> by_key_;
  /// From `Collect` to `Clear`: records of the next round, whose counts are read at its end.
  bool holding_ = false;
  std::vector<std::vector<uint8_t>> early_;
  size_t early_bytes_ = 0;
  std::vector<ProcessFacts> processes_;
  /// Those that left the map at the end of the last round: at most as many as the map holds.
  std::unordered_map<ProcessKey, ProcessValue, ProcessKeyHash> left_;
  uint64_t lost_ = 0;
  double fill_ = 0;
};

}  // namespace codexray
