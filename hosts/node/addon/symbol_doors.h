// The parts of symbol lookup, one by one: for tests over real files.
#pragma once

#include <napi.h>

namespace codexray {

void DefineSymbolDoors(Napi::Env env, Napi::Object exports);

}  // namespace codexray
