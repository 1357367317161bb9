// /proc/PID/maps, its executable mappings. Source: proc_pid_maps(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace codexray {

struct CodeMapping {
  uint64_t start;
  uint64_t end;
  /// In the file.
  uint64_t offset;
  uint64_t device;
  uint64_t inode;
  /// Path as the process sees it, without " (deleted)"; "[vdso]"; empty for memory without a file.
  std::string path;
};

/// Adds the executable mapping that this line describes, if it is one; adjacent ones without a file are joined.
void ParseMapsLine(const char* line, size_t length, std::vector<CodeMapping>* out);

/// Reads the file; at most `limit` mappings. False when it cannot be read, or is empty: the process has ended.
bool ReadMaps(uint32_t pid, size_t limit, std::vector<CodeMapping>* out);

/// Last number of the line NSpid of /proc/PID/status: the pid as the process itself knows it.
uint32_t InnerPid(uint32_t pid);

}  // namespace codexray
