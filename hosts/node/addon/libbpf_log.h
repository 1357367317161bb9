// What libbpf says while it works on one object, for the error that may follow.
#pragma once

#include <string>

namespace codexray {

/// Collects libbpf's warnings of this thread while it lives. Keeps the tail: the verifier's reason stands
/// in the last lines.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  /// At most kTailBytes, from a line's start.
  std::string Tail() const;

 private:
  static constexpr size_t kTailBytes = 2048;
  std::string text_;
  LibbpfLog* outer_;
  friend int CollectLibbpfLog(int level, const char* format, va_list arguments);
};

}  // namespace codexray
