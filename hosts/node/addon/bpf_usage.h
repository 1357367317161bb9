// What the programs and maps of one BPF object cost.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <set>
#include <string>

namespace codexray {

/// BpfUsage of hosts/node/events/kernel-addon.ts: every loaded program with its runs and their seconds, and the
/// bytes of the maps but `shared`, which are another object's.
Napi::Object MeasureBpfUsage(Napi::Env env, struct bpf_object* object, const std::set<std::string>& shared);

}  // namespace codexray
