#include "perf_map.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "text_lines.h"

#include "static_libraries.h"

namespace codexray {

static constexpr off_t kMaxBytes = 64 << 20;
static constexpr size_t kMaxNameBytes = 1024;

void FindPerfMapSymbols(int fd, std::vector<uint64_t> wanted, std::vector<FoundSymbol>* found) {
  AddressSearch search(std::move(wanted));
  struct stat facts;
  off_t from = addon_fstat(fd, &facts) == 0 && facts.st_size > kMaxBytes ? facts.st_size - kMaxBytes : 0;
  if (lseek(fd, from, SEEK_SET) < 0) return;
  auto name_of = [](const char* line, size_t length, uint64_t* start, uint64_t* size) {
    const char* at = line;
    const char* end = line + length;
    if (!TakeHex(&at, end, start) || at == end || *at++ != ' ' || !TakeHex(&at, end, size)) return end;
    return at < end && *at == ' ' ? at + 1 : end;
  };
  ForEachLine(fd, static_cast<uint64_t>(from), [&](const char* line, size_t length, uint64_t offset) {
    uint64_t start, size;
    const char* name = name_of(line, length, &start, &size);
    if (name < line + length && size < uint64_t{1} << 32) search.Replace(start, start + size, offset);
    return true;
  });
  search.Finish();
  for (size_t i = 0; i < search.slots().size(); i++) {
    const AddressSearch::Slot& slot = search.slots()[i];
    if (slot.end == 0) continue;
    char text[kMaxNameBytes + 64];
    ssize_t got = pread(fd, text, sizeof(text), static_cast<off_t>(slot.name));
    if (got <= 0) continue;
    const void* feed = std::memchr(text, '\n', static_cast<size_t>(got));
    size_t length = feed == nullptr ? static_cast<size_t>(got) : static_cast<const char*>(feed) - text;
    uint64_t start, size;
    const char* name = name_of(text, length, &start, &size);
    // Only this address: what lies beside it may have been written over since.
    uint64_t address = search.wanted()[i];
    found->push_back({address, address + 1, std::string(name, static_cast<const char*>(text) + length)});
  }
}

static bool TakeNumberTail(std::string* text, uint32_t* number) {
  size_t colon = text->rfind(':');
  if (colon == std::string::npos || colon + 1 == text->size()) return false;
  if (text->find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
  *number = static_cast<uint32_t>(std::strtoul(text->c_str() + colon + 1, nullptr, 10));
  text->resize(colon);
  return true;
}

FunctionName ReadJitName(const std::string& name) {
  static const char* const kinds[] = {"JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};
  FunctionName result;
  size_t at = 0;
  for (const char* kind : kinds) {
    if (name.compare(0, std::strlen(kind), kind) == 0) at = std::strlen(kind);
  }
  if (at == 0) {
    result.function = name;
    return result;
  }
  // Interpreted, Sparkplug, Maglev and TurboFan code of one function is one function; a mark may have a second one behind
  // it, for code of one context only.
  at = std::min(name.find_first_not_of("*~^+'", at), name.size());
  size_t blank = name.find(' ', at);
  result.function = name.substr(at, blank == std::string::npos ? blank : blank - at);
  if (result.function.empty()) result.function = "(anonymous)";
  if (blank == std::string::npos) return result;
  result.file = name.substr(blank + 1);
  uint32_t column;
  if (TakeNumberTail(&result.file, &column) && !TakeNumberTail(&result.file, &result.line)) result.line = column;
  if (result.file.compare(0, 7, "file://") == 0) result.file.erase(0, 7);
  return result;
}

}  // namespace codexray
