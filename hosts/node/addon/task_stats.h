// How long processes waited, summed over all their threads, from the kernel's taskstats (generic netlink).
#pragma once

#include <napi.h>

#include <cstdint>

namespace codexray {

/// One netlink socket in the network namespace of the agent; the kernel answers only in the first one.
class TaskStats : public Napi::ObjectWrap<TaskStats> {
 public:
  static Napi::Function Define(Napi::Env env);

  /// Throws where the kernel has no taskstats, or does not tell them to this process.
  explicit TaskStats(const Napi::CallbackInfo& info);
  ~TaskStats() override;

 private:
  /// Thread groups to two doubles each: ns of waiting for a CPU, and for disks; NaN where there is no process.
  Napi::Value Read(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void CloseSocket();

  int fd_ = -1;
  uint16_t family_ = 0;
};

}  // namespace codexray
