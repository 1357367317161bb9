#include "bpf_object.h"

#include <cerrno>

#include "blocked_signals.h"
#include "bpf_usage.h"
#include "errors.h"
#include "libbpf_log.h"
#include "rodata.h"

namespace codexray {

Napi::Function BpfObject::Define(Napi::Env env) {
  return DefineClass(env, "BpfObject",
                     {
                         InstanceMethod<&BpfObject::Load>("load"),
                         InstanceMethod<&BpfObject::Attach>("attach"),
                         InstanceMethod<&BpfObject::ReadMap>("readMap"),
                         InstanceMethod<&BpfObject::WriteMap>("writeMap"),
                         InstanceMethod<&BpfObject::Usage>("usage"),
                         InstanceMethod<&BpfObject::Close>("close"),
                     });
}

BpfObject::BpfObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BpfObject>(info) {
  Napi::Env env = info.Env();
  std::string path = info[0].As<Napi::String>();
  LibbpfLog log;
  object_ = bpf_object__open_file(path.c_str(), nullptr);
  if (object_ == nullptr) throw MakeError(env, "open " + path, errno, log.Tail());
  if (!info[1].IsObject()) return;
  try {
    Configure(env, info[1].As<Napi::Object>());
  } catch (...) {
    Release();
    throw;
  }
}

BpfObject::~BpfObject() { Release(); }

void BpfObject::Configure(Napi::Env env, const Napi::Object& options) {
  LibbpfLog log;
  if (options.Get("rodata").IsObject()) SetRodata(object_, options.Get("rodata").As<Napi::Object>());
  if (options.Get("entries").IsObject()) {
    Napi::Object entries = options.Get("entries").As<Napi::Object>();
    for (const auto& item : entries.GetPropertyNames()) {
      std::string name = static_cast<Napi::Value>(item.second).As<Napi::String>();
      int error = bpf_map__set_max_entries(FindMap(env, name), entries.Get(name).As<Napi::Number>().Uint32Value());
      if (error) throw MakeError(env, "size of map " + name, error, log.Tail());
    }
  }
  if (options.Get("programs").IsArray()) {
    std::set<std::string> wanted;
    Napi::Array names = options.Get("programs").As<Napi::Array>();
    for (uint32_t i = 0; i < names.Length(); i++) wanted.insert(names.Get(i).As<Napi::String>());
    struct bpf_program* program;
    bpf_object__for_each_program(program, object_) {
      bpf_program__set_autoload(program, wanted.erase(bpf_program__name(program)) > 0);
    }
    if (!wanted.empty()) throw Napi::Error::New(env, "BUG: no program " + *wanted.begin());
  }
  if (options.Get("share").IsObject()) {
    Napi::Object share = options.Get("share").As<Napi::Object>();
    for (const auto& item : share.GetPropertyNames()) {
      std::string name = static_cast<Napi::Value>(item.second).As<Napi::String>();
      BpfObject* other = Unwrap(share.Get(name).As<Napi::Object>());
      int error = bpf_map__reuse_fd(FindMap(env, name), bpf_map__fd(other->FindMap(env, name)));
      if (error) throw MakeError(env, "share map " + name, error, log.Tail());
      shared_.insert(name);
    }
  }
}

void BpfObject::Load(const Napi::CallbackInfo& info) {
  if (object_ == nullptr) throw Napi::Error::New(info.Env(), "BUG: BPF object is closed");
  LibbpfLog log;
  int error;
  {
    BlockedSignals blocked;
    error = bpf_object__load(object_);
  }
  if (error) throw MakeError(info.Env(), std::string("load ") + bpf_object__name(object_), error, log.Tail());
}

void BpfObject::Attach(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  struct bpf_program* program = FindProgram(info.Env(), name);
  LibbpfLog log;
  struct bpf_link* link = bpf_program__attach(program);
  if (link == nullptr) {
    int error = errno;
    throw MakeError(info.Env(), "attach " + name + " (" + bpf_program__section_name(program) + ")", error, log.Tail());
  }
  links_.push_back(link);
}

/// readMap(name, key, out): bytes written. Per-CPU maps yield one value after another, each padded to 8.
Napi::Value BpfObject::ReadMap(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Napi::Uint8Array key = info[1].As<Napi::Uint8Array>();
  Napi::Uint8Array out = info[2].As<Napi::Uint8Array>();
  struct bpf_map* map = FindMap(info.Env(), name);
  size_t size = bpf_map__value_size(map);
  if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY || bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH) {
    size = (size + 7) / 8 * 8 * libbpf_num_possible_cpus();
  }
  if (out.ByteLength() < size) {
    throw Napi::RangeError::New(info.Env(), "BUG: map " + name + " needs " + std::to_string(size) + " bytes");
  }
  int error = bpf_map__lookup_elem(map, key.Data(), key.ByteLength(), out.Data(), size, 0);
  if (error) throw MakeError(info.Env(), "read map " + name, error, "");
  return Napi::Number::New(info.Env(), static_cast<double>(size));
}

void BpfObject::WriteMap(const Napi::CallbackInfo& info) {
  std::string name = info[0].As<Napi::String>();
  Napi::Uint8Array key = info[1].As<Napi::Uint8Array>();
  Napi::Uint8Array value = info[2].As<Napi::Uint8Array>();
  int error = bpf_map__update_elem(FindMap(info.Env(), name), key.Data(), key.ByteLength(), value.Data(),
                                   value.ByteLength(), 0);
  if (error) throw MakeError(info.Env(), "write map " + name, error, "");
}

/// usage(): what its programs and maps cost.
Napi::Value BpfObject::Usage(const Napi::CallbackInfo& info) {
  if (object_ == nullptr) throw Napi::Error::New(info.Env(), "BUG: BPF object is closed");
  return MeasureBpfUsage(info.Env(), object_, shared_);
}

/// Synchronous, about 100 ms: detaching waits until no CPU runs the programs.
void BpfObject::Close(const Napi::CallbackInfo&) { Release(); }

void BpfObject::Release() {
  LibbpfLog silence;
  for (struct bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
  if (object_ != nullptr) bpf_object__close(object_);
  object_ = nullptr;
}

struct bpf_map* BpfObject::FindMap(Napi::Env env, const std::string& name) const {
  if (object_ == nullptr) throw Napi::Error::New(env, "BUG: BPF object is closed");
  struct bpf_map* map = bpf_object__find_map_by_name(object_, name.c_str());
  if (map == nullptr) throw Napi::Error::New(env, "BUG: no map " + name);
  return map;
}

struct bpf_program* BpfObject::FindProgram(Napi::Env env, const std::string& name) const {
  if (object_ == nullptr) throw Napi::Error::New(env, "BUG: BPF object is closed");
  struct bpf_program* program = bpf_object__find_program_by_name(object_, name.c_str());
  if (program == nullptr) throw Napi::Error::New(env, "BUG: no program " + name);
  return program;
}

}  // namespace codexray
