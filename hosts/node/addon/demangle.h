// Names of C++ and Rust functions as people write them.
#pragma once

#include <string>

namespace codexray {

/// The name itself when it is not mangled, or too long, or wrong. At most 1024 bytes.
std::string Demangle(const std::string& name);

}  // namespace codexray
