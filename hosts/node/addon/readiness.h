// Calls back on Node's main loop while a descriptor has something to read.
#pragma once

#include <functional>

#include <napi.h>

namespace codexray {

class Readiness {
 public:
  Readiness(Napi::Env env, int fd, std::function<void()> callback);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  void Start();
  void Stop();

 private:
  struct Watch;
  Watch* watch_;
};

}  // namespace codexray
