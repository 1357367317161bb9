// Reads a BPF ring buffer in pull mode: no thread, no callback, one copy.
#pragma once

#include <napi.h>

#include <cstdint>

namespace codexray {

/// `new Ring(object, mapName)`. Its memory is mapped until close(); it may outlive the object.
/// One reader per ring.
class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Ring(const Napi::CallbackInfo& info);
  ~Ring() override;

 private:
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Records(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value Waiting(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void Unmap();
  void CopyOut(uint8_t* to, uint64_t at, uint64_t length) const;

  int fd_ = -1;
  uint64_t size_ = 0;
  // Page that we write: how far we have read. Page and data that the kernel writes. The kernel offers its data
  // twice in a row, so that a record never wraps; we map it once, because resident memory counts both.
  uint64_t* consumer_ = nullptr;
  const uint64_t* producer_ = nullptr;
  const uint8_t* data_ = nullptr;
  uint64_t records_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace codexray
