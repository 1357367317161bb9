// Node's door to the kernel. Types of what it exports: hosts/node/events/kernel-addon.ts.
#include <bpf/libbpf.h>
#include <napi.h>

#include "bpf_object.h"
#include "memory.h"
#include "profiler.h"
#include "ring.h"
#include "ring_watch.h"
#include "run_stats.h"
#include "symbol_doors.h"
#include "task_stats.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("BpfObject", codexray::BpfObject::Define(env));
  exports.Set("Ring", codexray::Ring::Define(env));
  exports.Set("RingWatch", codexray::RingWatch::Define(env));
  exports.Set("Profiler", codexray::Profiler::Define(env));
  exports.Set("RunStats", codexray::RunStats::Define(env));
  exports.Set("TaskStats", codexray::TaskStats::Define(env));
  codexray::DefineMemory(env, exports);
  codexray::DefineSymbolDoors(env, exports);
  exports.Set("possibleCpus", Napi::Number::New(env, libbpf_num_possible_cpus()));
  return exports;
}

NODE_API_MODULE(codexray, Init)
