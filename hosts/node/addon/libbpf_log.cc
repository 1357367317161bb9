#include <cstdarg>
#include <cstdio>

#include <bpf/libbpf.h>

#include "libbpf_log.h"

namespace codexray {

// libbpf has one printer per process, Node has several threads.
static thread_local LibbpfLog* current = nullptr;

int CollectLibbpfLog(int level, const char* format, va_list arguments) {
  if (current == nullptr || level > LIBBPF_WARN) return 0;
  char line[8192];
  int length = vsnprintf(line, sizeof(line), format, arguments);
  if (length <= 0) return 0;
  // libbpf blames RLIMIT_MEMLOCK for every EPERM; we report the errno ourselves.
  std::string text(line);
  if (text.find("ulimit") != std::string::npos) return 0;
  current->text_ += text;
  if (current->text_.size() > 4 * LibbpfLog::kTailBytes) {
    current->text_.erase(0, current->text_.size() - 2 * LibbpfLog::kTailBytes);
  }
  return length;
}

static int Print(enum libbpf_print_level level, const char* format, va_list arguments) {
  return CollectLibbpfLog(level, format, arguments);
}

LibbpfLog::LibbpfLog() : outer_(current) {
  static const bool installed = (libbpf_set_print(Print), true);
  (void)installed;
  current = this;
}

LibbpfLog::~LibbpfLog() { current = outer_; }

std::string LibbpfLog::Tail() const {
  if (text_.size() <= kTailBytes) return text_;
  size_t start = text_.size() - kTailBytes;
  size_t line = text_.find('\n', start);
  return text_.substr(line == std::string::npos ? start : line + 1);
}

}  // namespace codexray
