#include "run_stats.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include "errors.h"

namespace codexray {

Napi::Function RunStats::Define(Napi::Env env) {
  return DefineClass(env, "RunStats", {InstanceMethod<&RunStats::Close>("close")});
}

RunStats::RunStats(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  fd_ = bpf_enable_stats(BPF_STATS_RUN_TIME);
  if (fd_ < 0) throw MakeError(info.Env(), "time BPF programs", fd_, "");
}

RunStats::~RunStats() { Release(); }

void RunStats::Close(const Napi::CallbackInfo&) { Release(); }

void RunStats::Release() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace codexray
