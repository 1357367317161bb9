// Bytes at offsets: a file, read piece by piece so that nothing of it stays in memory, or memory itself.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace codexray {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// False unless all `size` bytes are there.
  virtual bool Read(uint64_t offset, void* out, size_t size) const = 0;

  /// Text at `offset` up to its NUL, at most `limit` bytes; what cannot be read counts as the end.
  size_t ReadText(uint64_t offset, char* out, size_t limit) const {
    size_t length = 0;
    while (length < limit && Read(offset + length, out + length, 1)) {
      // The end of a file may be near, so that a whole block cannot be read; most can.
      size_t block = limit - length < 64 ? limit - length : 64;
      if (!Read(offset + length, out + length, block)) block = 1;
      const void* end = std::memchr(out + length, 0, block);
      if (end != nullptr) return static_cast<const char*>(end) - out;
      length += block;
    }
    return length;
  }
};

/// Owns the descriptor.
class FileSource : public ByteSource {
 public:
  explicit FileSource(int fd) : fd_(fd) {}
  ~FileSource() override {
    if (fd_ >= 0) close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  bool Read(uint64_t offset, void* out, size_t size) const override {
    uint8_t* to = static_cast<uint8_t*>(out);
    while (size > 0) {
      ssize_t got = pread(fd_, to, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      offset += static_cast<uint64_t>(got);
      size -= static_cast<size_t>(got);
    }
    return true;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(const void* bytes, size_t size) : bytes_(static_cast<const uint8_t*>(bytes)), size_(size) {}
  bool Read(uint64_t offset, void* out, size_t size) const override {
    if (offset > size_ || size > size_ - offset) return false;
    std::memcpy(out, bytes_ + offset, size);
    return true;
  }

 private:
  const uint8_t* bytes_;
  size_t size_;
};

}  // namespace codexray
