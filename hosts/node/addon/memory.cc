#include "memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstring>

namespace codexray {

// Without a word, glibc has up to eight arenas a CPU, and raises the bound from which on a block is a mapping of its
// own to the largest block that was ever freed: the compilers' blocks at the start.
static constexpr int kArenas = 2;
static constexpr int kMappedFrom = 64 * 1024;
static constexpr int kKeptAtTop = 128 * 1024;

static void KeepLittle(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, kArenas);
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKeptAtTop);
#endif
}

/// Unmaps pages of files that are mapped for reading or execution only. A mapping that has pages of its own (what the
/// loader relocated, a debugger's breakpoints) is left alone: those do not come back.
static void ReleaseCode() {
  FILE* maps = std::fopen("/proc/self/smaps", "re");
  if (maps == nullptr) return;
  char line[512];
  char access[5];
  unsigned long start = 0, end = 0, from = 0, to = 0, own = 0;
  bool fromFile = false;
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    if (std::sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3) {
      start = from;
      end = to;
      fromFile = access[1] == '-' && access[3] == 'p' && std::strchr(line, '/') != nullptr;
    } else if (fromFile && std::sscanf(line, "Anonymous: %lu", &own) == 1 && own == 0) {
      madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
    }
  }
  std::fclose(maps);
}

static void Release(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  ReleaseCode();
}

void DefineMemory(Napi::Env env, Napi::Object exports) {
  Napi::Object memory = Napi::Object::New(env);
  memory.Set("keepLittle", Napi::Function::New<KeepLittle>(env, "keepLittle"));
  memory.Set("release", Napi::Function::New<Release>(env, "release"));
  exports.Set("memory", memory);
}

}  // namespace codexray
