// Errors that leave the addon: a JavaScript Error with `code` (errno name), `errno`, and the kernel's words.
#pragma once

#include <napi.h>

#include <string>

namespace codexray {

/// `error`: a positive or negative errno. `log`: tail of the verifier's or libbpf's log, may be empty.
Napi::Error MakeError(Napi::Env env, const std::string& what, int error, const std::string& log);

}  // namespace codexray
