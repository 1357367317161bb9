// The sampler: a timer on every CPU, the rounds of samples that they make, and the functions in them.
#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>

#include <bpf/libbpf.h>

#include "readiness.h"
#include "sample_store.h"
#include "symbolizer.h"

namespace codexray {

class Profiler : public Napi::ObjectWrap<Profiler> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Profiler(const Napi::CallbackInfo& info);
  ~Profiler() override;

 private:
  class Resolving;

  Napi::Value Watch(const Napi::CallbackInfo& info);
  Napi::Value Collect(const Napi::CallbackInfo& info);
  Napi::Value Resolve(const Napi::CallbackInfo& info);
  Napi::Value Refused(const Napi::CallbackInfo& info);
  Napi::Value Stacks(const Napi::CallbackInfo& info);
  void Release(const Napi::CallbackInfo& info);
  Napi::Value Numbers(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void OnNews();
  bool MayRead();
  void Detach();
  void MustBeOpen(Napi::Env env) const;

  /// Keeps the maps alive.
  Napi::ObjectReference object_;
  struct bpf_program* program_;
  struct bpf_map* news_;
  struct bpf_map* stats_;
  uint32_t hertz_;
  /// By CPU.
  std::unordered_map<uint32_t, struct bpf_link*> links_;
  std::unique_ptr<Readiness> readiness_;
  std::unique_ptr<SampleStore> store_;
  Symbolizer symbolizer_;
  bool resolving_ = false;
  bool closed_ = false;
  /// Readings of mappings that may be done now.
  double readings_ = 0;
  uint64_t last_reading_ = 0;
  uint64_t unread_ = 0;
  uint64_t errors_ = 0;
  /// CPU time of the lookups that are done.
  uint64_t lookup_ns_ = 0;
};

}  // namespace codexray
