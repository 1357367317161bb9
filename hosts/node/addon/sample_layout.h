// bpf/include/samples.h, as user space reads it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace codexray {

struct ProcessKey {
  uint64_t life;
  uint32_t pid;
  uint32_t reserved;
  bool operator==(const ProcessKey& other) const { return life == other.life && pid == other.pid; }
};

struct ProcessKeyHash {
  size_t operator()(const ProcessKey& key) const { return (key.life ^ key.pid) * 0x9e3779b97f4a7c15ULL; }
};

struct ProcessValue {
  uint64_t samples;
  uint64_t cgroup;
  char comm[16];
};

struct StackKey {
  ProcessKey process;
  uint64_t stack;
  uint32_t round;
  uint32_t reserved;
  bool operator==(const StackKey& other) const {
    return process == other.process && stack == other.stack && round == other.round;
  }
};

struct StackKeyHash {
  size_t operator()(const StackKey& key) const { return key.stack ^ ProcessKeyHash()(key.process); }
};

struct StackRecord {
  StackKey key;
  uint32_t user_frames;
  uint32_t kernel_frames;
  uint64_t leaf_caller;
  // The frames follow.
};

struct NewsRecord {
  uint32_t kind;
  uint32_t reserved;
  ProcessKey process;
};
enum : uint32_t { kNewsProcess = 1, kNewsPressure = 2 };

/// Slots of `sample_stats`, in the order of enum sample_stat.
enum : size_t { kSampleStats = 7 };

static_assert(sizeof(ProcessKey) == 16 && sizeof(ProcessValue) == 32 && sizeof(StackKey) == 32, "bpf/include/samples.h");
static_assert(sizeof(StackRecord) == 48 && sizeof(NewsRecord) == 24, "bpf/include/samples.h");

}  // namespace codexray
