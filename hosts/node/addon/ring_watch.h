// Looks at rings on which nothing happens, ten times a second say, without running any JavaScript until something is in one:
// on an idle machine that is most of what a thread that drains rings would do.
#pragma once

#include <napi.h>

#include <vector>

namespace codexray {

class Ring;

/// `new RingWatch(rings, callback)`. Its timer keeps no thread alive; close() it before the rings.
class RingWatch : public Napi::ObjectWrap<RingWatch> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit RingWatch(const Napi::CallbackInfo& info);
  ~RingWatch() override;

 private:
  struct Timer;
  void Start(const Napi::CallbackInfo& info);
  void Stop(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void OnTick();
  void Let();

  Timer* timer_ = nullptr;
  std::vector<Napi::ObjectReference> rings_;
  Napi::FunctionReference callback_;
};

}  // namespace codexray
