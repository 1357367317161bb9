// Reads a BPF ring buffer in pull mode: no thread, no callback, one copy. Of its data only a window is mapped, which
// moves along: resident memory counts every mapped page, although they are the kernel's and counted there.
#pragma once

#include <napi.h>

#include <cstdint>

namespace codexray {

/// `new Ring(object, mapName)`. It holds the map until close(); it may outlive the object.
/// One reader per ring.
class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Ring(const Napi::CallbackInfo& info);
  ~Ring() override;
  /// Bytes that wait; 0 in one that is closed.
  uint64_t waiting() const;

 private:
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Records(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value Waiting(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void Unmap();
  const uint8_t* Window(uint64_t from);
  bool CopyOut(uint8_t* to, uint64_t at, uint64_t length);

  int fd_ = -1;
  uint64_t size_ = 0;
  // Page that we write: how far we have read. Page that the kernel writes: how far it has written.
  uint64_t* consumer_ = nullptr;
  const uint64_t* producer_ = nullptr;
  // The mapped part of the data, and where it begins.
  uint8_t* window_ = nullptr;
  uint64_t window_at_ = 0;
  uint64_t window_size_ = 0;
  uint64_t records_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace codexray
