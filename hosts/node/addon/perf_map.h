// Perf maps: what just-in-time compilers write about their code, lines of `start size name` in hexadecimal.
// Source: Linux, tools/perf/Documentation/jit-interface.txt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elf_image.h"

namespace codexray {

/// Later lines win, as code is written over. At most the last 64 MiB of the file are read. `fd` is at its start.
void FindPerfMapSymbols(int fd, std::vector<uint64_t> wanted, std::vector<FoundSymbol>* found);

struct FunctionName {
  std::string function;
  /// Empty when not known.
  std::string file;
  /// 0 when not known.
  uint32_t line = 0;
};

/// V8 writes `JS:*name /path/file.js:line:column`, where the mark before the name says which compiler made it.
FunctionName ReadJitName(const std::string& name);

}  // namespace codexray
