#include "demangle.h"

#include <cstring>

// libstdc++.a, cp-demangle.o: hands the text out piece by piece, so that a name made to unfold without end can be
// stopped. abi::__cxa_demangle would fill the memory.
extern "C" int __gcclibcxx_demangle_callback(const char* mangled, void (*callback)(const char*, size_t, void*),
                                             void* opaque);

namespace codexray {

static constexpr size_t kMaxMangled = 1024;
static constexpr size_t kMaxText = 1024;

namespace {
struct TooLong {};
}  // namespace

static void Append(const char* piece, size_t length, void* opaque) {
  std::string* text = static_cast<std::string*>(opaque);
  if (text->size() + length > kMaxText) throw TooLong();
  text->append(piece, length);
}

static void ReplaceAll(std::string* text, const char* what, const char* by) {
  for (size_t at = 0; (at = text->find(what, at)) != std::string::npos; at += std::strlen(by)) {
    text->replace(at, std::strlen(what), by);
  }
}

/// Rust's older mangling is C++'s with escapes, and a hash at the end: `::h` and 16 digits.
static void TidyRust(std::string* text) {
  size_t tail = text->rfind("::h");
  if (tail == std::string::npos || text->size() - tail != 19) return;
  if (text->find_first_not_of("0123456789abcdef", tail + 3) != std::string::npos) return;
  text->resize(tail);
  static const char* const escapes[][2] = {{"$LT$", "<"},  {"$GT$", ">"},  {"$RF$", "&"},  {"$BP$", "*"},
                                           {"$LP$", "("},  {"$RP$", ")"},  {"$C$", ","},   {"$SP$", "@"},
                                           {"$u20$", " "}, {"$u27$", "'"}, {"$u5b$", "["}, {"$u5d$", "]"},
                                           {"$u7b$", "{"}, {"$u7d$", "}"}, {"$u7e$", "~"}, {"..", "::"}};
  for (const auto& escape : escapes) ReplaceAll(text, escape[0], escape[1]);
  // A segment that starts with an escape has an underscore before it.
  ReplaceAll(text, "_<", "<");
}

std::string Demangle(const std::string& name) {
  if (name.size() < 3 || name.size() > kMaxMangled || name[0] != '_' || name[1] != 'Z') return name;
  std::string text;
  try {
    if (__gcclibcxx_demangle_callback(name.c_str(), Append, &text) != 0) return name;
  } catch (const TooLong&) {
    return name;
  }
  TidyRust(&text);
  return text;
}

}  // namespace codexray
