#include "process_maps.h"

#include <fcntl.h>

#include <cstdio>
#include <cstdlib>

#include "text_lines.h"

namespace codexray {

static constexpr char kDeleted[] = " (deleted)";

void ParseMapsLine(const char* line, size_t length, std::vector<CodeMapping>* out) {
  // start-end perms offset major:minor inode [path]
  const char* at = line;
  const char* end = line + length;
  CodeMapping mapping = {};
  if (!TakeHex(&at, end, &mapping.start) || at == end || *at++ != '-' || !TakeHex(&at, end, &mapping.end)) return;
  if (end - at < 6 || at[3] != 'x') return;
  at += 6;
  uint64_t major, minor;
  if (!TakeHex(&at, end, &mapping.offset)) return;
  SkipBlanks(&at, end);
  if (!TakeHex(&at, end, &major) || at == end || *at++ != ':' || !TakeHex(&at, end, &minor)) return;
  SkipBlanks(&at, end);
  mapping.device = major << 32 | minor;
  for (; at < end && *at >= '0' && *at <= '9'; at++) mapping.inode = mapping.inode * 10 + (*at - '0');
  SkipBlanks(&at, end);
  mapping.path.assign(at, end);
  size_t tail = sizeof(kDeleted) - 1;
  if (mapping.path.size() > tail && mapping.path.compare(mapping.path.size() - tail, tail, kDeleted) == 0) {
    mapping.path.resize(mapping.path.size() - tail);
  }
  // Names that a program gave to memory without a file, and files that never had a name, are not files.
  bool file = mapping.inode != 0 && !mapping.path.empty() && mapping.path[0] == '/';
  if (mapping.path.compare(0, 7, "/memfd:") == 0) file = false;
  // One page at the same place in every process, which nothing runs in any more.
  if (mapping.path == "[vsyscall]") return;
  if (!file && mapping.path != "[vdso]") {
    mapping.path.clear();
    mapping.inode = mapping.device = mapping.offset = 0;
  }
  if (!out->empty() && mapping.path.empty() && out->back().path.empty() && out->back().end == mapping.start) {
    out->back().end = mapping.end;
    return;
  }
  out->push_back(std::move(mapping));
}

bool ReadMaps(uint32_t pid, size_t limit, std::vector<CodeMapping>* out) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%u/maps", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool any = false;
  ForEachLine(fd, 0, [&](const char* line, size_t length, uint64_t) {
    any = true;
    ParseMapsLine(line, length, out);
    return out->size() < limit;
  });
  close(fd);
  return any;
}

uint32_t InnerPid(uint32_t pid) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%u/status", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return pid;
  uint32_t inner = pid;
  ForEachLine(fd, 0, [&](const char* line, size_t length, uint64_t) {
    if (length < 6 || std::memcmp(line, "NSpid:", 6) != 0) return true;
    std::string text(line, length);
    inner = static_cast<uint32_t>(std::strtoul(text.c_str() + text.find_last_of(" \t"), nullptr, 10));
    return false;
  });
  close(fd);
  return inner;
}

}  // namespace codexray
