// Memory of the process: how malloc keeps it, and what is given back once the start is over.
#pragma once

#include <napi.h>

namespace codexray {

/// `memory.keepLittle()`: malloc keeps few arenas, and gives freed memory back soon. Of the whole process, for good.
/// `memory.release()`: gives back what malloc has free, and unmaps code that has run; what runs again comes back from
/// the page cache by itself.
void DefineMemory(Napi::Env env, Napi::Object exports);

}  // namespace codexray
