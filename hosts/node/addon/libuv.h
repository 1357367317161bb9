// The functions of libuv that wake us up: when a descriptor has something to read, and after a time. Node exports them; the
// headers that the addon is built against do not declare them. Source: uv.h of libuv 1, stable since 1.0 (1.19).
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
struct uv_loop_s;
struct uv_poll_s;
struct uv_timer_s;
struct uv_handle_s;
size_t uv_handle_size(int type);
void uv_handle_set_data(uv_handle_s* handle, void* data);
void* uv_handle_get_data(const uv_handle_s* handle);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* poll, int fd);
int uv_poll_start(uv_poll_s* poll, int events, void (*callback)(uv_poll_s* poll, int status, int events));
int uv_poll_stop(uv_poll_s* poll);
int uv_timer_init(uv_loop_s* loop, uv_timer_s* timer);
int uv_timer_start(uv_timer_s* timer, void (*callback)(uv_timer_s* timer), uint64_t timeout, uint64_t repeat);
int uv_timer_stop(uv_timer_s* timer);
void uv_unref(uv_handle_s* handle);
void uv_close(uv_handle_s* handle, void (*callback)(uv_handle_s* handle));
}

namespace codexray {
/// enum uv_handle_type, enum uv_poll_event.
constexpr int kUvPoll = 8;
constexpr int kUvTimer = 13;
constexpr int kUvReadable = 1;
}  // namespace codexray
