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
// Moved some hundred times a second at 100 MB/s.
static constexpr uint64_t kWindow = 512 * 1024;

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
  void* read = mmap(nullptr, page, PROT_READ, MAP_SHARED, fd_, page);
  if (read != MAP_FAILED) producer_ = static_cast<const uint64_t*>(read);
  window_size_ = size_ < kWindow ? size_ : kWindow;
  if (consumer_ == nullptr || producer_ == nullptr || Window(0) == nullptr) {
    int error = errno;
    Unmap();
    throw MakeError(env, "map ring " + name, error, "");
  }
}

Ring::~Ring() { Unmap(); }

/// drain(out): bytes written, whole records only, each `[u32 length][u32 0][record, padded to 8]`.
Napi::Value Ring::Drain(const Napi::CallbackInfo& info) {
  Napi::Uint8Array out = info[0].As<Napi::Uint8Array>();
  if (producer_ == nullptr) throw Napi::Error::New(info.Env(), "BUG: ring is closed");
  uint8_t* to = out.Data();
  uint64_t room = out.ByteLength();
  uint64_t written = 0;
  uint64_t at = *consumer_;
  uint64_t end = __atomic_load_n(producer_, __ATOMIC_ACQUIRE);
  int error = 0;
  while (at < end) {
    const uint8_t* from = Window(at & (size_ - 1));
    if (from == nullptr) {
      error = errno;
      break;
    }
    uint32_t length = __atomic_load_n(reinterpret_cast<const uint32_t*>(from), __ATOMIC_ACQUIRE);
    if (length & kBusy) break;
    uint32_t bare = length & ~(kBusy | kDiscarded);
    uint64_t padded = (bare + 7ULL) / 8 * 8;
    if (!(length & kDiscarded)) {
      if (written + kHeader + padded > room) break;
      const uint32_t header[2] = {bare, 0};
      std::memcpy(to + written, header, kHeader);
      if (!CopyOut(to + written + kHeader, at + kHeader, padded)) {
        error = errno;
        break;
      }
      written += kHeader + padded;
      records_++;
    }
    at += kHeader + padded;
  }
  bytes_ += written;
  __atomic_store_n(consumer_, at, __ATOMIC_RELEASE);
  // What was read before is handed on first; the next call meets the same error.
  if (error != 0 && written == 0) throw MakeError(info.Env(), "map ring", error, "");
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

/// The data at `from`, mapped to the end of its window; nullptr and errno when it cannot be mapped.
const uint8_t* Ring::Window(uint64_t from) {
  uint64_t start = from & ~(window_size_ - 1);
  if (window_ == nullptr || start != window_at_) {
    // Data begin behind the two pages of positions. The new window takes the old one's place.
    off_t offset = static_cast<off_t>(2 * sysconf(_SC_PAGE_SIZE) + start);
    int fixed = window_ == nullptr ? 0 : MAP_FIXED;
    void* mapped = mmap(window_, window_size_, PROT_READ, MAP_SHARED | fixed, fd_, offset);
    if (mapped == MAP_FAILED) {
      // The kernel may have taken the old one away already.
      int error = errno;
      if (window_ != nullptr) munmap(window_, window_size_);
      window_ = nullptr;
      errno = error;
      return nullptr;
    }
    window_ = static_cast<uint8_t*>(mapped);
    window_at_ = start;
  }
  return window_ + (from - start);
}

/// Records, but no header, may go on in the next window or wrap around the end. False: see Window.
bool Ring::CopyOut(uint8_t* to, uint64_t at, uint64_t length) {
  while (length > 0) {
    uint64_t from = at & (size_ - 1);
    uint64_t room = window_size_ - (from & (window_size_ - 1));
    uint64_t count = length < room ? length : room;
    const uint8_t* data = Window(from);
    if (data == nullptr) return false;
    std::memcpy(to, data, count);
    to += count;
    at += count;
    length -= count;
  }
  return true;
}

Napi::Value Ring::Records(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(records_));
}

Napi::Value Ring::Bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bytes_));
}

uint64_t Ring::waiting() const {
  return producer_ == nullptr ? 0 : __atomic_load_n(producer_, __ATOMIC_ACQUIRE) - *consumer_;
}

Napi::Value Ring::Waiting(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(waiting()));
}

Napi::Value Ring::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(size_));
}

void Ring::Close(const Napi::CallbackInfo&) { Unmap(); }

void Ring::Unmap() {
  size_t page = sysconf(_SC_PAGE_SIZE);
  if (consumer_ != nullptr) munmap(consumer_, page);
  if (producer_ != nullptr) munmap(const_cast<uint64_t*>(producer_), page);
  if (window_ != nullptr) munmap(window_, window_size_);
  if (fd_ >= 0) close(fd_);
  consumer_ = nullptr;
  producer_ = nullptr;
  window_ = nullptr;
  fd_ = -1;
}

}  // namespace codexray
