#include "symbol_doors.h"

#include <fcntl.h>
#include <unistd.h>

#include "code_modules.h"
#include "demangle.h"
#include "kernel_symbols.h"
#include "perf_map.h"
#include "process_maps.h"

namespace codexray {

static std::vector<uint64_t> AddressesOf(const Napi::Value& value) {
  Napi::BigUint64Array array = value.As<Napi::BigUint64Array>();
  return std::vector<uint64_t>(array.Data(), array.Data() + array.ElementLength());
}

/// The names found, in the order of the addresses; empty where there is none.
static Napi::Value Names(Napi::Env env, const std::vector<uint64_t>& wanted, const std::vector<FoundSymbol>& found) {
  Napi::Array names = Napi::Array::New(env, wanted.size());
  for (size_t i = 0; i < wanted.size(); i++) {
    std::string name;
    for (const FoundSymbol& symbol : found) {
      if (symbol.start <= wanted[i] && wanted[i] < symbol.end) name = symbol.name;
    }
    names.Set(static_cast<uint32_t>(i), Napi::String::New(env, name));
  }
  return names;
}

static Napi::Value ElfNames(const Napi::CallbackInfo& info) {
  FileSource source(open(info[0].As<Napi::String>().Utf8Value().c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<uint64_t> wanted = AddressesOf(info[1]);
  std::vector<uint64_t> left = wanted;
  std::vector<FoundSymbol> found;
  ElfImage image;
  if (ElfImage::Open(source, &image)) FindFileSymbols(source, image.build_id, 0, &left, &found);
  return Names(info.Env(), wanted, found);
}

static Napi::Value KernelNames(const Napi::CallbackInfo& info) {
  std::vector<uint64_t> wanted = AddressesOf(info[1]);
  std::vector<FoundSymbol> found;
  FindKernelSymbols(info[0].As<Napi::String>().Utf8Value().c_str(), wanted, &found);
  return Names(info.Env(), wanted, found);
}

static Napi::Value PerfMapNames(const Napi::CallbackInfo& info) {
  FileSource source(open(info[0].As<Napi::String>().Utf8Value().c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<uint64_t> wanted = AddressesOf(info[1]);
  std::vector<FoundSymbol> found;
  FindPerfMapSymbols(source.fd(), wanted, &found);
  return Names(info.Env(), wanted, found);
}

static Napi::Value JitName(const Napi::CallbackInfo& info) {
  FunctionName name = ReadJitName(info[0].As<Napi::String>());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("function", name.function);
  result.Set("file", name.file);
  result.Set("line", Napi::Number::New(info.Env(), name.line));
  return result;
}

static Napi::Value MapsLine(const Napi::CallbackInfo& info) {
  std::string line = info[0].As<Napi::String>();
  std::vector<CodeMapping> mappings;
  ParseMapsLine(line.data(), line.size(), &mappings);
  if (mappings.empty()) return info.Env().Undefined();
  const CodeMapping& mapping = mappings[0];
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("start", Napi::BigInt::New(info.Env(), mapping.start));
  result.Set("end", Napi::BigInt::New(info.Env(), mapping.end));
  result.Set("offset", Napi::BigInt::New(info.Env(), mapping.offset));
  result.Set("inode", Napi::BigInt::New(info.Env(), mapping.inode));
  result.Set("path", mapping.path);
  return result;
}

static Napi::Value DemangledName(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), Demangle(info[0].As<Napi::String>()));
}

void DefineSymbolDoors(Napi::Env env, Napi::Object exports) {
  Napi::Object doors = Napi::Object::New(env);
  doors.Set("elfNames", Napi::Function::New<ElfNames>(env));
  doors.Set("kernelNames", Napi::Function::New<KernelNames>(env));
  doors.Set("perfMapNames", Napi::Function::New<PerfMapNames>(env));
  doors.Set("jitName", Napi::Function::New<JitName>(env));
  doors.Set("mapsLine", Napi::Function::New<MapsLine>(env));
  doors.Set("demangle", Napi::Function::New<DemangledName>(env));
  exports.Set("symbols", doors);
}

}  // namespace codexray
