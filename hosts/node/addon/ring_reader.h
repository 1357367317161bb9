// One pass over a ring buffer, mapped only while it is read: its pages count as memory of the process that maps them.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace codexray {

/// Calls `each(record, length)` for what is in the ring now and releases it. 0 or an errno.
template <typename Each>
int DrainRing(struct bpf_map* map, Each each) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
  const uint64_t size = bpf_map__max_entries(map);
  int fd = bpf_map__fd(map);
  void* written = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (written == MAP_FAILED) return errno;
  // The kernel maps the data twice in a row, so that no record wraps around.
  void* read = mmap(nullptr, page + 2 * size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page));
  if (read == MAP_FAILED) {
    int error = errno;
    munmap(written, page);
    return error;
  }
  uint64_t* consumer = static_cast<uint64_t*>(written);
  const uint8_t* data = static_cast<const uint8_t*>(read) + page;
  uint64_t at = *consumer;
  uint64_t end = __atomic_load_n(static_cast<const uint64_t*>(read), __ATOMIC_ACQUIRE);
  while (at < end) {
    const uint8_t* from = data + (at & (size - 1));
    uint32_t header = __atomic_load_n(reinterpret_cast<const uint32_t*>(from), __ATOMIC_ACQUIRE);
    if (header & BPF_RINGBUF_BUSY_BIT) break;
    uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    if (!(header & BPF_RINGBUF_DISCARD_BIT)) each(from + BPF_RINGBUF_HDR_SZ, length);
    at += BPF_RINGBUF_HDR_SZ + (length + 7ULL) / 8 * 8;
  }
  __atomic_store_n(consumer, at, __ATOMIC_RELEASE);
  munmap(written, page);
  munmap(read, page + 2 * size);
  return 0;
}

}  // namespace codexray
