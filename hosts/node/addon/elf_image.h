// What a profile needs of an ELF file: where it is loaded, its build id, its sections, its symbols. Files come out
// of containers, so nothing in them is believed: all offsets are checked by the reads, all counts are bounded.
// Source: System V ABI, "Object Files"; 64-bit little-endian files only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "address_search.h"
#include "byte_source.h"

namespace codexray {

struct ElfSegment {
  uint64_t offset;
  uint64_t size;
  uint64_t address;
};

struct ElfSection {
  uint32_t name;
  uint32_t type;
  uint64_t flags;
  uint64_t address;
  uint64_t offset;
  uint64_t size;
  uint32_t link;
};

/// Found function; addresses are those of the file.
struct FoundSymbol {
  uint64_t start;
  uint64_t end;
  std::string name;
};

struct ElfImage {
  std::vector<ElfSegment> segments;
  /// Raw bytes; empty when the file has none.
  std::string build_id;

  /// False when this is no ELF file that we can read.
  static bool Open(const ByteSource& source, ElfImage* out);
  /// The file's own address of what lies at `offset`.
  bool AddressOf(uint64_t offset, uint64_t* address) const;
};

/// The section headers; empty when there are none, or they are damaged.
std::vector<ElfSection> ReadSections(const ByteSource& source);

/// Looks the wanted addresses up in the symbol tables of that type (SHT_SYMTAB or SHT_DYNSYM) and takes away from
/// `wanted` what was found.
void FindElfSymbols(const ByteSource& source, const std::vector<ElfSection>& sections, uint32_t type,
                    std::vector<uint64_t>* wanted, std::vector<FoundSymbol>* found);

/// The same in the function table of a Go program (section .gopclntab, Go 1.18 and newer).
void FindGoSymbols(const ByteSource& source, const std::vector<ElfSection>& sections, std::vector<uint64_t>* wanted,
                   std::vector<FoundSymbol>* found);

}  // namespace codexray
