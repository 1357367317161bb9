// Functions of the kernel by address, from /proc/kallsyms: lines of `address type name [module]`.
#pragma once

#include <cstdint>
#include <vector>

#include "elf_image.h"

namespace codexray {

/// Reads the table once, which costs the kernel some 50 ms; the caller keeps what it found. False when it cannot be
/// read; nothing is found when the kernel hides its addresses.
bool FindKernelSymbols(const char* path, std::vector<uint64_t> wanted, std::vector<FoundSymbol>* found);

}  // namespace codexray
