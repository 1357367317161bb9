#include "elf_image.h"

#include <elf.h>

#include <algorithm>

namespace codexray {

static constexpr size_t kMaxSegments = 64;
static constexpr size_t kMaxSections = 4096;
static constexpr size_t kMaxNoteBytes = 64 << 10;
/// Names are cut here; the longest C++ names are useless on a page.
static constexpr size_t kMaxNameBytes = 1024;
static constexpr uint64_t kMaxSymbols = 8 << 20;
static constexpr size_t kSymbolsPerRead = 2048;

static bool ReadHeader(const ByteSource& source, Elf64_Ehdr* header) {
  return source.Read(0, header, sizeof(*header)) && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
         header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB;
}

static std::string ReadBuildId(const ByteSource& source, uint64_t offset, uint64_t size) {
  std::vector<uint8_t> notes(std::min<uint64_t>(size, kMaxNoteBytes));
  if (!source.Read(offset, notes.data(), notes.size())) return "";
  for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= notes.size();) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data() + at, sizeof(note));
    uint64_t name = at + sizeof(note);
    uint64_t content = name + (note.n_namesz + 3ULL) / 4 * 4;
    uint64_t next = content + (note.n_descsz + 3ULL) / 4 * 4;
    if (next > notes.size()) return "";
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(&notes[name], "GNU", 4) == 0) {
      return std::string(reinterpret_cast<const char*>(&notes[content]), note.n_descsz);
    }
    at = next;
  }
  return "";
}

bool ElfImage::Open(const ByteSource& source, ElfImage* out) {
  Elf64_Ehdr header;
  if (!ReadHeader(source, &header) || header.e_phentsize != sizeof(Elf64_Phdr)) return false;
  std::vector<Elf64_Phdr> segments(std::min<size_t>(header.e_phnum, kMaxSegments));
  if (!source.Read(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) return false;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD) out->segments.push_back({segment.p_offset, segment.p_filesz, segment.p_vaddr});
    if (segment.p_type == PT_NOTE && out->build_id.empty()) {
      out->build_id = ReadBuildId(source, segment.p_offset, segment.p_filesz);
    }
  }
  return true;
}

bool ElfImage::AddressOf(uint64_t offset, uint64_t* address) const {
  for (const ElfSegment& segment : segments) {
    if (offset < segment.offset || offset - segment.offset >= segment.size) continue;
    *address = offset - segment.offset + segment.address;
    return true;
  }
  return false;
}

std::vector<ElfSection> ReadSections(const ByteSource& source) {
  Elf64_Ehdr header;
  if (!ReadHeader(source, &header) || header.e_shentsize != sizeof(Elf64_Shdr)) return {};
  std::vector<Elf64_Shdr> raw(std::min<size_t>(header.e_shnum, kMaxSections));
  if (raw.empty() || !source.Read(header.e_shoff, raw.data(), raw.size() * sizeof(Elf64_Shdr))) return {};
  std::vector<ElfSection> sections;
  for (const Elf64_Shdr& section : raw) {
    sections.push_back({section.sh_name, section.sh_type, section.sh_flags, section.sh_addr, section.sh_offset,
                        section.sh_size, section.sh_link});
  }
  // Names are needed for .gopclntab only; the index of their table is kept where section 0 has no use for it.
  sections[0].link = header.e_shstrndx;
  return sections;
}

static bool IsCode(const std::vector<ElfSection>& sections, const Elf64_Sym& symbol) {
  unsigned type = ELF64_ST_TYPE(symbol.st_info);
  if (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC) return false;
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= sections.size() || symbol.st_name == 0) return false;
  return (sections[symbol.st_shndx].flags & SHF_EXECINSTR) != 0;
}

static uint8_t RankOf(const Elf64_Sym& symbol) {
  unsigned binding = ELF64_ST_BIND(symbol.st_info);
  uint8_t rank = binding == STB_GLOBAL ? 2 : binding == STB_WEAK ? 1 : 0;
  return ELF64_ST_TYPE(symbol.st_info) == STT_NOTYPE ? rank : rank + 3;
}

static void Keep(const AddressSearch& search, const std::vector<std::string>& names, std::vector<uint64_t>* wanted,
                 std::vector<FoundSymbol>* found) {
  wanted->clear();
  for (size_t i = 0; i < search.slots().size(); i++) {
    const AddressSearch::Slot& slot = search.slots()[i];
    if (slot.end == 0 || names[i].empty()) wanted->push_back(search.wanted()[i]);
    else found->push_back({slot.start, slot.end, names[i]});
  }
}

void FindElfSymbols(const ByteSource& source, const std::vector<ElfSection>& sections, uint32_t type,
                    std::vector<uint64_t>* wanted, std::vector<FoundSymbol>* found) {
  for (const ElfSection& table : sections) {
    if (wanted->empty()) return;
    if (table.type != type || table.link >= sections.size()) continue;
    const ElfSection& strings = sections[table.link];
    AddressSearch search(*wanted);
    std::vector<Elf64_Sym> symbols(kSymbolsPerRead);
    uint64_t count = std::min<uint64_t>(table.size / sizeof(Elf64_Sym), kMaxSymbols);
    for (uint64_t at = 0; at < count; at += kSymbolsPerRead) {
      size_t now = std::min<uint64_t>(count - at, kSymbolsPerRead);
      if (!source.Read(table.offset + at * sizeof(Elf64_Sym), symbols.data(), now * sizeof(Elf64_Sym))) break;
      for (size_t i = 0; i < now; i++) {
        const Elf64_Sym& symbol = symbols[i];
        if (!IsCode(sections, symbol)) continue;
        uint64_t end = symbol.st_value + symbol.st_size;
        if (end > symbol.st_value) search.Range(symbol.st_value, end, symbol.st_name, RankOf(symbol));
        else search.Point(symbol.st_value, symbol.st_name, RankOf(symbol));
      }
    }
    uint64_t limit = 0;
    for (const ElfSection& section : sections) {
      if (section.flags & SHF_EXECINSTR) limit = std::max(limit, section.address + section.size);
    }
    search.Finish(limit);
    std::vector<std::string> names(search.slots().size());
    char name[kMaxNameBytes];
    for (size_t i = 0; i < names.size(); i++) {
      const AddressSearch::Slot& slot = search.slots()[i];
      if (slot.end == 0 || slot.name >= strings.size) continue;
      if (i > 0 && search.slots()[i - 1].end != 0 && search.slots()[i - 1].name == slot.name) names[i] = names[i - 1];
      else names[i].assign(name, source.ReadText(strings.offset + slot.name, name, sizeof(name)));
    }
    Keep(search, names, wanted, found);
  }
}

/// runtime/symtab.go, pcHeader, of Go 1.18 (0xfffffff0) and 1.20 (0xfffffff1).
struct GoHeader {
  uint32_t magic;
  uint8_t zero[2];
  uint8_t min_instruction;
  uint8_t pointer_size;
  uint64_t functions;
  uint64_t files;
  uint64_t text_start;
  uint64_t names;
  uint64_t units;
  uint64_t file_table;
  uint64_t pc_table;
  uint64_t function_table;
};

static const ElfSection* FindSection(const ByteSource& source, const std::vector<ElfSection>& sections,
                                     const char* wanted) {
  if (sections.empty() || sections[0].link >= sections.size()) return nullptr;
  const ElfSection& names = sections[sections[0].link];
  for (const ElfSection& section : sections) {
    char name[64];
    size_t length = source.ReadText(names.offset + section.name, name, sizeof(name));
    std::string text(name, length);
    if (text == wanted || text == std::string(".data.rel.ro") + wanted) return &section;
  }
  return nullptr;
}

void FindGoSymbols(const ByteSource& source, const std::vector<ElfSection>& sections, std::vector<uint64_t>* wanted,
                   std::vector<FoundSymbol>* found) {
  const ElfSection* table = FindSection(source, sections, ".gopclntab");
  GoHeader header;
  if (table == nullptr || !source.Read(table->offset, &header, sizeof(header))) return;
  if ((header.magic != 0xfffffff0 && header.magic != 0xfffffff1) || header.pointer_size != 8) return;
  uint64_t text = header.text_start;
  const ElfSection* code = FindSection(source, sections, ".text");
  // Relocated at load in position-independent programs, and no longer written by new linkers.
  if (text == 0 && code != nullptr) text = code->address;
  if (header.functions == 0 || header.functions > kMaxSymbols) return;
  std::vector<uint64_t> missing;
  uint64_t functions = table->offset + header.function_table;
  for (uint64_t address : *wanted) {
    // Entries are (offset of the code from `text`, offset of the function's record), sorted; one more ends them.
    uint64_t low = 0;
    uint64_t high = header.functions;
    uint32_t entry[2];
    while (low < high) {
      uint64_t middle = low + (high - low) / 2;
      if (!source.Read(functions + middle * 8, entry, 8)) break;
      if (text + entry[0] <= address) low = middle + 1;
      else high = middle;
    }
    uint32_t next[3];
    int32_t name_at;
    char name[kMaxNameBytes];
    size_t length = 0;
    if (low > 0 && low == high && source.Read(functions + (low - 1) * 8, next, 12) && text + next[2] > address &&
        source.Read(functions + next[1] + 4, &name_at, 4) && name_at >= 0) {
      length = source.ReadText(table->offset + header.names + static_cast<uint32_t>(name_at), name, sizeof(name));
    }
    if (length == 0) missing.push_back(address);
    else found->push_back({text + next[0], text + next[2], std::string(name, length)});
  }
  *wanted = missing;
}

}  // namespace codexray
