#include "readiness.h"

#include <node_api.h>

#include <cstdlib>

#include "libuv.h"

namespace codexray {

/// Outlives its owner until libuv has let go of the handle.
struct Readiness::Watch {
  uv_poll_s* poll;
  std::function<void()> callback;

  static uv_handle_s* HandleOf(uv_poll_s* poll) { return reinterpret_cast<uv_handle_s*>(poll); }
  static void OnReadable(uv_poll_s* poll, int status, int) {
    Watch* watch = static_cast<Watch*>(uv_handle_get_data(HandleOf(poll)));
    if (status == 0 && watch->callback) watch->callback();
  }
  static void OnClosed(uv_handle_s* handle) {
    delete static_cast<Watch*>(uv_handle_get_data(handle));
    std::free(handle);
  }
};

Readiness::Readiness(Napi::Env env, int fd, std::function<void()> callback) {
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
  uv_poll_s* poll = static_cast<uv_poll_s*>(std::calloc(1, uv_handle_size(kUvPoll)));
  if (poll == nullptr || uv_poll_init(loop, poll, fd) != 0) {
    std::free(poll);
    throw Napi::Error::New(env, "cannot wait for descriptor " + std::to_string(fd));
  }
  watch_ = new Watch{poll, std::move(callback)};
  uv_handle_set_data(Watch::HandleOf(poll), watch_);
  uv_unref(Watch::HandleOf(poll));
}

Readiness::~Readiness() {
  watch_->callback = nullptr;
  uv_close(Watch::HandleOf(watch_->poll), Watch::OnClosed);
}

void Readiness::Start() { uv_poll_start(watch_->poll, kUvReadable, Watch::OnReadable); }

void Readiness::Stop() { uv_poll_stop(watch_->poll); }

}  // namespace codexray
