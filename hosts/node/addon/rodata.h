// Constants of an object, set before load: the verifier then removes the code they switch off.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

namespace codexray {

/// `values`: variable name -> number or bigint. Throws when there is no such constant, or when the value
/// does not fit it.
void SetRodata(struct bpf_object* object, const Napi::Object& values);

}  // namespace codexray
