#include "bpf_usage.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace codexray {

/// Kernel memory of a map, in bytes; 0 where /proc does not say. Nothing but this file of /proc tells it.
static uint64_t MapMemory(int map) {
  static const char kField[] = "\nmemlock:";
  std::string path = "/proc/self/fdinfo/" + std::to_string(map);
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[1024];
  ssize_t length = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  const char* field = std::strstr(text, kField);
  return field == nullptr ? 0 : std::strtoull(field + sizeof(kField) - 1, nullptr, 10);
}

Napi::Object MeasureBpfUsage(Napi::Env env, struct bpf_object* object, const std::set<std::string>& shared) {
  Napi::Array programs = Napi::Array::New(env);
  struct bpf_program* program;
  bpf_object__for_each_program(program, object) {
    struct bpf_prog_info info = {};
    uint32_t size = sizeof(info);
    int fd = bpf_program__fd(program);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0) continue;
    Napi::Object entry = Napi::Object::New(env);
    // The kernel's own name of it may be cut.
    entry.Set("program", bpf_program__name(program));
    entry.Set("runs", static_cast<double>(info.run_cnt));
    entry.Set("seconds", static_cast<double>(info.run_time_ns) / 1e9);
    programs.Set(programs.Length(), entry);
  }
  uint64_t bytes = 0;
  struct bpf_map* map;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__fd(map) >= 0 && !shared.count(bpf_map__name(map))) bytes += MapMemory(bpf_map__fd(map));
  }
  Napi::Object usage = Napi::Object::New(env);
  usage.Set("programs", programs);
  usage.Set("mapBytes", static_cast<double>(bytes));
  return usage;
}

}  // namespace codexray
