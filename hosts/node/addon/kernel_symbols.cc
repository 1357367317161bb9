#include "kernel_symbols.h"

#include <fcntl.h>

#include "text_lines.h"

namespace codexray {

bool FindKernelSymbols(const char* path, std::vector<uint64_t> wanted, std::vector<FoundSymbol>* found) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  AddressSearch search(std::move(wanted));
  std::vector<std::string> names(search.wanted().size() + 1);
  ForEachLine(fd, 0, [&](const char* line, size_t length, uint64_t) {
    const char* at = line;
    const char* end = line + length;
    uint64_t start;
    if (!TakeHex(&at, end, &start) || start == 0 || end - at < 4) return true;
    char type = at[1] | 0x20;
    if (type != 't' && type != 'w') return true;
    at += 3;
    const char* name = at;
    while (at < end && *at != '\t' && *at != ' ') at++;
    // Of several names for one function the exported one, which has a capital letter.
    size_t place = search.Point(start, 0, line[0] != 0 && (name[-2] & 0x20) == 0 ? 1 : 0);
    if (place != AddressSearch::kNone) names[place].assign(name, at);
    return true;
  });
  close(fd);
  search.Finish();
  for (size_t i = 0; i < search.slots().size(); i++) {
    const AddressSearch::Slot& slot = search.slots()[i];
    if (slot.end != 0) found->push_back({slot.start, slot.end, names[search.PointOf(i)]});
  }
  return true;
}

}  // namespace codexray
