// The kernel's switch that counts and times the runs of BPF programs.
#pragma once

#include <napi.h>

namespace codexray {

/// `new RunStats()` switches it on for all programs of the machine, as long as any process holds it.
class RunStats : public Napi::ObjectWrap<RunStats> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit RunStats(const Napi::CallbackInfo& info);
  ~RunStats() override;

 private:
  void Close(const Napi::CallbackInfo& info);
  void Release();

  int fd_ = -1;
};

}  // namespace codexray
