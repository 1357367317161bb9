// One BPF object file: opened, configured, loaded, attached, closed.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <set>
#include <string>
#include <vector>

namespace codexray {

class BpfObject : public Napi::ObjectWrap<BpfObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit BpfObject(const Napi::CallbackInfo& info);
  ~BpfObject() override;

  /// The map of that name; throws when there is none, or when the object is closed.
  struct bpf_map* FindMap(Napi::Env env, const std::string& name) const;
  struct bpf_program* FindProgram(Napi::Env env, const std::string& name) const;

 private:
  void Load(const Napi::CallbackInfo& info);
  void Attach(const Napi::CallbackInfo& info);
  Napi::Value ReadMap(const Napi::CallbackInfo& info);
  void WriteMap(const Napi::CallbackInfo& info);
  Napi::Value Usage(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Configure(Napi::Env env, const Napi::Object& options);
  void Release();

  struct bpf_object* object_ = nullptr;
  std::vector<struct bpf_link*> links_;
  /// Names of maps that are another object's.
  std::set<std::string> shared_;
};

}  // namespace codexray
