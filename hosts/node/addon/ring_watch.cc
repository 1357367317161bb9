#include "ring_watch.h"

#include <node_api.h>

#include <cstdlib>

#include "libuv.h"
#include "ring.h"

namespace codexray {

/// Outlives its owner until libuv has let go of the handle.
struct RingWatch::Timer {
  uv_timer_s* handle;
  RingWatch* owner;

  static uv_handle_s* HandleOf(uv_timer_s* timer) { return reinterpret_cast<uv_handle_s*>(timer); }
  static void OnTime(uv_timer_s* timer) {
    Timer* self = static_cast<Timer*>(uv_handle_get_data(HandleOf(timer)));
    if (self->owner != nullptr) self->owner->OnTick();
  }
  static void OnClosed(uv_handle_s* handle) {
    delete static_cast<Timer*>(uv_handle_get_data(handle));
    std::free(handle);
  }
};

Napi::Function RingWatch::Define(Napi::Env env) {
  return DefineClass(env, "RingWatch",
                     {
                         InstanceMethod<&RingWatch::Start>("start"),
                         InstanceMethod<&RingWatch::Stop>("stop"),
                         InstanceMethod<&RingWatch::Close>("close"),
                     });
}

RingWatch::RingWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RingWatch>(info) {
  Napi::Env env = info.Env();
  Napi::Array rings = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < rings.Length(); i++) rings_.push_back(Napi::Persistent(rings.Get(i).As<Napi::Object>()));
  callback_ = Napi::Persistent(info[1].As<Napi::Function>());
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
  uv_timer_s* handle = static_cast<uv_timer_s*>(std::calloc(1, uv_handle_size(kUvTimer)));
  if (handle == nullptr || uv_timer_init(loop, handle) != 0) {
    std::free(handle);
    throw Napi::Error::New(env, "no timer");
  }
  timer_ = new Timer{handle, this};
  uv_handle_set_data(Timer::HandleOf(handle), timer_);
  uv_unref(Timer::HandleOf(handle));
}

RingWatch::~RingWatch() { Let(); }

/// start(intervalMs): the callback comes once, when something is in a ring.
void RingWatch::Start(const Napi::CallbackInfo& info) {
  if (timer_ == nullptr) throw Napi::Error::New(info.Env(), "BUG: the watch is closed");
  uint64_t interval = info[0].As<Napi::Number>().Uint32Value();
  uv_timer_start(timer_->handle, Timer::OnTime, interval, interval);
}

void RingWatch::Stop(const Napi::CallbackInfo&) {
  if (timer_ != nullptr) uv_timer_stop(timer_->handle);
}

void RingWatch::Close(const Napi::CallbackInfo&) { Let(); }

void RingWatch::OnTick() {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  for (const Napi::ObjectReference& ring : rings_) {
    if (Ring::Unwrap(ring.Value())->waiting() == 0) continue;
    uv_timer_stop(timer_->handle);
    // An exception of the callback is the thread's, as that of any timer.
    Napi::AsyncContext context(env, "codexray:ring-watch");
    callback_.MakeCallback(env.Global(), {}, context);
    return;
  }
}

void RingWatch::Let() {
  if (timer_ == nullptr) return;
  timer_->owner = nullptr;
  uv_close(Timer::HandleOf(timer_->handle), Timer::OnClosed);
  timer_ = nullptr;
}

}  // namespace codexray
