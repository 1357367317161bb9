// A descriptor's text, line by line, through one small buffer.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace codexray {

/// Calls `each(line, length, offset)` for every line, without its line feed; lines of more than a buffer are cut.
/// Stops where `each` returns false. `at` is the offset of the first byte that comes.
template <typename Each>
void ForEachLine(int fd, uint64_t at, Each each) {
  std::vector<char> buffer(64 << 10);
  size_t have = 0;
  bool cut = false;
  for (;;) {
    ssize_t got = read(fd, buffer.data() + have, buffer.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<size_t>(got);
    size_t from = 0;
    while (from < have) {
      const void* end = std::memchr(buffer.data() + from, '\n', have - from);
      if (end == nullptr) break;
      size_t length = static_cast<const char*>(end) - (buffer.data() + from);
      if (!cut && !each(buffer.data() + from, length, at + from)) return;
      cut = false;
      from += length + 1;
    }
    if (from == 0 && have == buffer.size()) {
      if (!cut && !each(buffer.data(), have, at)) return;
      cut = true;
      from = have;
    }
    std::memmove(buffer.data(), buffer.data() + from, have - from);
    have -= from;
    at += from;
  }
  if (have > 0 && !cut) each(buffer.data(), have, at);
}

/// Hexadecimal digits at `*at`, moved behind them; false when there is none.
inline bool TakeHex(const char** at, const char* end, uint64_t* out) {
  const char* from = *at;
  uint64_t value = 0;
  for (; *at < end; (*at)++) {
    char c = **at;
    unsigned digit = c >= '0' && c <= '9'   ? c - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                            : 16;
    if (digit == 16) break;
    value = value << 4 | digit;
  }
  *out = value;
  return *at > from;
}

inline void SkipBlanks(const char** at, const char* end) {
  while (*at < end && (**at == ' ' || **at == '\t')) (*at)++;
}

}  // namespace codexray
