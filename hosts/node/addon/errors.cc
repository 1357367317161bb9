#include <cstring>

#include "errors.h"

namespace codexray {

Napi::Error MakeError(Napi::Env env, const std::string& what, int error, const std::string& log) {
  int number = error < 0 ? -error : error;
  char buffer[128];
  // The GNU variant: the returned text need not be in `buffer`.
  std::string words = strerror_r(number, buffer, sizeof(buffer));
  Napi::Error result = Napi::Error::New(env, what + ": " + words + " (errno " + std::to_string(number) + ")");
  Napi::Object object = result.Value();
  object.Set("errno", Napi::Number::New(env, number));
  object.Set("log", Napi::String::New(env, log));
  return result;
}

}  // namespace codexray
