#include "rodata.h"

#include <bpf/btf.h>

#include <cstring>
#include <string>
#include <vector>

namespace codexray {

static struct bpf_map* FindRodata(struct bpf_object* object) {
  struct bpf_map* map;
  bpf_object__for_each_map(map, object) {
    if (std::strcmp(bpf_map__name(map), ".rodata") == 0) return map;
    std::string name = bpf_map__name(map);
    if (name.size() > 7 && name.compare(name.size() - 7, 7, ".rodata") == 0) return map;
  }
  return nullptr;
}

static const struct btf_var_secinfo* FindVariable(const struct btf* types, const std::string& name) {
  int section = btf__find_by_name_kind(types, ".rodata", BTF_KIND_DATASEC);
  if (section < 0) return nullptr;
  const struct btf_type* type = btf__type_by_id(types, section);
  const struct btf_var_secinfo* variable = btf_var_secinfos(type);
  for (int i = 0; i < btf_vlen(type); i++, variable++) {
    const struct btf_type* declaration = btf__type_by_id(types, variable->type);
    if (name == btf__name_by_offset(types, declaration->name_off)) return variable;
  }
  return nullptr;
}

static uint64_t ToUint64(const Napi::Value& value) {
  if (!value.IsBigInt()) return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

void SetRodata(struct bpf_object* object, const Napi::Object& values) {
  Napi::Env env = values.Env();
  size_t size = 0;
  struct bpf_map* map = FindRodata(object);
  const void* initial = map == nullptr ? nullptr : bpf_map__initial_value(map, &size);
  std::vector<char> bytes(size);
  if (initial != nullptr) std::memcpy(bytes.data(), initial, size);
  for (const auto& item : values.GetPropertyNames()) {
    std::string name = static_cast<Napi::Value>(item.second).As<Napi::String>();
    const struct btf_var_secinfo* variable = FindVariable(bpf_object__btf(object), name);
    if (initial == nullptr || variable == nullptr || variable->size > 8 || variable->offset + variable->size > size) {
      throw Napi::Error::New(env, "BUG: no constant " + name);
    }
    uint64_t value = ToUint64(values.Get(name));
    if (variable->size < 8 && value >> (8 * variable->size) != 0) {
      throw Napi::RangeError::New(env, "BUG: constant " + name + " is too large");
    }
    // Little-endian, as are all machines that we build for.
    std::memcpy(bytes.data() + variable->offset, &value, variable->size);
  }
  if (size > 0) bpf_map__set_initial_value(map, bytes.data(), size);
}

}  // namespace codexray
