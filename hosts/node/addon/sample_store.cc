#include "sample_store.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <bpf/bpf.h>

#include "ring_reader.h"

namespace codexray {

static constexpr size_t kMaxFrames = (16 << 20) / sizeof(uint64_t);
static constexpr uint32_t kBatch = 1024;
/// Longer than the program runs for one sample.
static constexpr useconds_t kSettleMicroseconds = 500;

int SampleStore::DrainStacks() {
  return DrainRing(maps_.stacks, [this](const uint8_t* record, uint32_t length) {
    StackRecord head;
    if (length < sizeof(head)) return;
    std::memcpy(&head, record, sizeof(head));
    if (!holding_ || head.key.round != round_) {
      Keep(record, length);
    } else if (early_bytes_ + length <= kMaxFrames * sizeof(uint64_t)) {
      early_.emplace_back(record, record + length);
      early_bytes_ += length;
    }
  });
}

void SampleStore::Keep(const uint8_t* record, uint32_t length) {
  StackRecord head;
  std::memcpy(&head, record, sizeof(head));
  size_t frames = size_t{head.user_frames} + head.kernel_frames;
  if (length < sizeof(head) + frames * sizeof(uint64_t) || frames_.size() + frames >= kMaxFrames) return;
  auto fresh = by_key_.emplace(head.key, static_cast<uint32_t>(samples_.size())).second;
  if (!fresh) return;
  size_t at = frames_.size();
  frames_.resize(at + frames);
  std::memcpy(frames_.data() + at, record + sizeof(head), frames * sizeof(uint64_t));
  // The walk found it too where the function has a frame after all.
  bool missed = head.leaf_caller != 0 && head.user_frames > 0 &&
                (head.user_frames == 1 || frames_[at + 1] != head.leaf_caller);
  if (missed) frames_.insert(frames_.begin() + static_cast<ptrdiff_t>(at) + 1, head.leaf_caller);
  samples_.push_back({head.key.process, at, head.user_frames + (missed ? 1 : 0), head.kernel_frames, 0});
}

int SampleStore::Collect() {
  uint32_t zero = 0;
  uint32_t next = round_ + 1;
  if (bpf_map_update_elem(bpf_map__fd(maps_.round), &zero, &next, BPF_ANY)) return errno;
  round_ = next;
  holding_ = true;
  usleep(kSettleMicroseconds);
  int error = DrainStacks();
  if (error == 0) error = ReadCounts(next);
  if (error == 0) error = ReadProcesses();
  by_key_ = {};
  return error;
}

/// All entries of a hash, in batches; `each` may not delete.
template <typename Key, typename Value, typename Each>
static int ForEachEntry(int fd, Each each) {
  std::vector<Key> keys(kBatch);
  std::vector<Value> values(kBatch);
  uint32_t in = 0, out = 0;
  void* from = nullptr;
  for (;;) {
    uint32_t count = kBatch;
    int failed = bpf_map_lookup_batch(fd, from, &out, keys.data(), values.data(), &count, nullptr);
    int error = failed ? errno : 0;
    if (error != 0 && error != ENOENT) return error;
    for (uint32_t i = 0; i < count; i++) each(keys[i], values[i]);
    if (error == ENOENT) return 0;
    in = out;
    from = &in;
  }
}

int SampleStore::ReadCounts(uint32_t current) {
  int fd = bpf_map__fd(maps_.counts);
  std::vector<StackKey> done;
  int error = ForEachEntry<StackKey, uint64_t>(fd, [&](const StackKey& key, uint64_t count) {
    if (key.round == current) return;
    done.push_back(key);
    auto found = by_key_.find(key);
    if (found == by_key_.end()) lost_ += count;
    else samples_[found->second].count += count;
  });
  fill_ = static_cast<double>(done.size()) / bpf_map__max_entries(maps_.counts);
  for (size_t at = 0; at < done.size() && error == 0;) {
    uint32_t count = static_cast<uint32_t>(done.size() - at);
    if (bpf_map_delete_batch(fd, done.data() + at, &count, nullptr)) error = errno;
    at += count;
  }
  return error;
}

/// Processes without a sample in this round leave the map, so that there is room for others. One that was sampled
/// between the end of its round and that moment is in the next round, but no longer in the map: its facts are kept.
int SampleStore::ReadProcesses() {
  std::unordered_map<ProcessKey, bool, ProcessKeyHash> found;
  for (const Sample& sample : samples_) found.emplace(sample.process, false);
  int fd = bpf_map__fd(maps_.processes);
  std::unordered_map<ProcessKey, ProcessValue, ProcessKeyHash> idle;
  int error = ForEachEntry<ProcessKey, ProcessValue>(fd, [&](const ProcessKey& key, const ProcessValue& value) {
    auto sampled = found.find(key);
    if (sampled == found.end()) {
      idle.emplace(key, value);
    } else if (!sampled->second) {
      sampled->second = true;
      processes_.push_back({key, value});
    }
  });
  for (const auto& entry : idle) bpf_map_delete_elem(fd, &entry.first);
  for (const auto& [key, in_map] : found) {
    if (in_map) continue;
    auto left = left_.find(key);
    // Without facts where the map was full: the program counted that.
    processes_.push_back({key, left == left_.end() ? ProcessValue{} : left->second});
  }
  left_ = std::move(idle);
  return error;
}

void SampleStore::Clear() {
  samples_ = {};
  frames_ = {};
  processes_ = {};
  holding_ = false;
  early_bytes_ = 0;
  std::vector<std::vector<uint8_t>> early = std::move(early_);
  early_ = {};
  for (const std::vector<uint8_t>& record : early) Keep(record.data(), static_cast<uint32_t>(record.size()));
}

}  // namespace codexray
