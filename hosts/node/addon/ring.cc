#include "ring.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "bpf_object.h"
#include "errors.h"

namespace codexray {

// include/uapi/linux/bpf.h: the top two bits of a record's length.
static constexpr uint32_t kBusy = BPF_RINGBUF_BUSY_BIT;
static constexpr uint32_t kDiscarded = BPF_RINGBUF_DISCARD_BIT;
static constexpr uint64_t kHeader = BPF_RINGBUF_HDR_SZ;

Napi::Function Ring::Define(Napi::Env env) {
  return DefineClass(env, "Ring",
                     {
                         InstanceMethod<&Ring::Drain>("drain"),
                         InstanceMethod<&Ring::Close>("close"),
                         InstanceAccessor<&Ring::Records>("records"),
                         InstanceAccessor<&Ring::Bytes>("bytes"),
                         InstanceAccessor<&Ring::Waiting>("waiting"),
                         InstanceAccessor<&Ring::Size>("size"),
                     });
}

Ring::Ring(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Ring>(info) {
  Napi::Env env = info.Env();
  std::string name = info[1].As<Napi::String>();
  struct bpf_map* map = BpfObject::Unwrap(info[0].As<Napi::Object>())->FindMap(env, name);
  size_t page = sysconf(_SC_PAGE_SIZE);
  // A map that is shared takes the size of its first owner.
  struct bpf_map_info facts = {};
  uint32_t facts_size = sizeof(facts);
  if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &facts, &facts_size)) throw MakeError(env, "ring " + name, errno, "");
  size_ = facts.max_entries;
  // A descriptor of our own, so that the memory outlives the object.
  fd_ = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
  if (fd_ < 0) throw MakeError(env, "ring " + name, errno, "");
  void* written = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (written != MAP_FAILED) consumer_ = static_cast<uint64_t*>(written);
  void* read = mmap(nullptr, page + size_, PROT_READ, MAP_SHARED, fd_, page);
  if (read != MAP_FAILED) {
    producer_ = static_cast<const uint64_t*>(read);
    data_ = static_cast<const uint8_t*>(read) + page;
  }
  if (consumer_ == nullptr || producer_ == nullptr) {
    int error = errno;
    Unmap();
    throw MakeError(env, "map ring " + name, error, "");
  }
}

Ring::~Ring() { Unmap(); }

/// drain(out): bytes written, whole records only, each `[u32 length][u32 0][record, padded to 8]`.
Napi::Value Ring::Drain(const Napi::CallbackInfo& info) {
  Napi::Uint8Array out = info[0].As<Napi::Uint8Array>();
  if (data_ == nullptr) throw Napi::Error::New(info.Env(), "BUG: ring is closed");
  uint8_t* to = out.Data();
  uint64_t room = out.ByteLength();
  uint64_t written = 0;
  uint64_t at = *consumer_;
  uint64_t end = __atomic_load_n(producer_, __ATOMIC_ACQUIRE);
  while (at < end) {
    const uint8_t* from = data_ + (at & (size_ - 1));
    uint32_t length = __atomic_load_n(reinterpret_cast<const uint32_t*>(from), __ATOMIC_ACQUIRE);
    if (length & kBusy) break;
    uint32_t bare = length & ~(kBusy | kDiscarded);
    uint64_t padded = (bare + 7ULL) / 8 * 8;
    if (!(length & kDiscarded)) {
      if (written + kHeader + padded > room) break;
      const uint32_t header[2] = {bare, 0};
      std::memcpy(to + written, header, kHeader);
      CopyOut(to + written + kHeader, at + kHeader, padded);
      written += kHeader + padded;
      records_++;
    }
    at += kHeader + padded;
  }
  bytes_ += written;
  __atomic_store_n(consumer_, at, __ATOMIC_RELEASE);
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

/// Records, but no header, may wrap around the end.
void Ring::CopyOut(uint8_t* to, uint64_t at, uint64_t length) const {
  uint64_t from = at & (size_ - 1);
  uint64_t first = length < size_ - from ? length : size_ - from;
  std::memcpy(to, data_ + from, first);
  if (first < length) std::memcpy(to + first, data_, length - first);
}

Napi::Value Ring::Records(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(records_));
}

Napi::Value Ring::Bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bytes_));
}

Napi::Value Ring::Waiting(const Napi::CallbackInfo& info) {
  uint64_t waiting = data_ == nullptr ? 0 : __atomic_load_n(producer_, __ATOMIC_ACQUIRE) - *consumer_;
  return Napi::Number::New(info.Env(), static_cast<double>(waiting));
}

Napi::Value Ring::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(size_));
}

void Ring::Close(const Napi::CallbackInfo&) { Unmap(); }

void Ring::Unmap() {
  size_t page = sysconf(_SC_PAGE_SIZE);
  if (consumer_ != nullptr) munmap(consumer_, page);
  if (producer_ != nullptr) munmap(const_cast<uint64_t*>(producer_), page + size_);
  if (fd_ >= 0) close(fd_);
  consumer_ = nullptr;
  producer_ = nullptr;
  data_ = nullptr;
  fd_ = -1;
}

}  // namespace codexray
