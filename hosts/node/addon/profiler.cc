#include "profiler.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <vector>

#include <bpf/bpf.h>

#include "bpf_object.h"
#include "errors.h"
#include "libbpf_log.h"
#include "ring_reader.h"
#include "text_lines.h"

namespace codexray {

/// Mappings of new processes are read at most that often: 0.1 to 0.2 ms each, so half a percent of a core.
static constexpr double kReadingsPerSecond = 25;
static constexpr double kReadingsAtOnce = 100;

Napi::Function Profiler::Define(Napi::Env env) {
  return DefineClass(env, "Profiler",
                     {
                         InstanceMethod<&Profiler::Watch>("watch"),
                         InstanceMethod<&Profiler::Collect>("collect"),
                         InstanceMethod<&Profiler::Resolve>("resolve"),
                         InstanceMethod<&Profiler::Refused>("refused"),
                         InstanceMethod<&Profiler::Stacks>("stacks"),
                         InstanceMethod<&Profiler::Release>("release"),
                         InstanceMethod<&Profiler::Numbers>("numbers"),
                         InstanceMethod<&Profiler::Close>("close"),
                     });
}

/// Profiler(object, hertz): over the loaded object profile.bpf.o; samples nothing before `watch`.
Profiler::Profiler(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Profiler>(info) {
  Napi::Env env = info.Env();
  Napi::Object wrapper = info[0].As<Napi::Object>();
  BpfObject* object = BpfObject::Unwrap(wrapper);
  object_ = Napi::Persistent(wrapper);
  hertz_ = info[1].As<Napi::Number>().Uint32Value();
  program_ = object->FindProgram(env, "on_sample");
  news_ = object->FindMap(env, "news");
  stats_ = object->FindMap(env, "sample_stats");
  store_ = std::make_unique<SampleStore>(SampleStore::Maps{
      object->FindMap(env, "counts"), object->FindMap(env, "processes"), object->FindMap(env, "stacks"),
      object->FindMap(env, "current_round")});
  readings_ = kReadingsAtOnce;
  readiness_ = std::make_unique<Readiness>(env, bpf_map__fd(news_), [this] { OnNews(); });
  readiness_->Start();
}

Profiler::~Profiler() { Detach(); }

void Profiler::MustBeOpen(Napi::Env env) const {
  if (closed_) throw Napi::Error::New(env, "BUG: the profiler is closed");
  if (resolving_) throw Napi::Error::New(env, "BUG: the profiler is still looking up names");
}

static int OpenTimer(uint32_t cpu, uint32_t hertz) {
  struct perf_event_attr attr = {};
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.freq = 1;
  attr.sample_freq = hertz;
  return static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC));
}

/// watch(cpus: Uint32Array): starts on CPUs that came, stops on those that went. Returns how many are watched;
/// throws only when none could be.
Napi::Value Profiler::Watch(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MustBeOpen(env);
  Napi::Uint32Array cpus = info[0].As<Napi::Uint32Array>();
  std::set<uint32_t> online(cpus.Data(), cpus.Data() + cpus.ElementLength());
  for (auto at = links_.begin(); at != links_.end();) {
    if (online.count(at->first)) {
      at++;
      continue;
    }
    bpf_link__destroy(at->second);
    at = links_.erase(at);
  }
  LibbpfLog log;
  int error = 0;
  for (uint32_t cpu : online) {
    if (links_.count(cpu)) continue;
    int fd = OpenTimer(cpu, hertz_);
    if (fd < 0) {
      error = errno;
      continue;
    }
    // Owns the descriptor from here.
    struct bpf_link* link = bpf_program__attach_perf_event(program_, fd);
    if (link == nullptr) {
      error = errno;
      close(fd);
      continue;
    }
    links_.emplace(cpu, link);
  }
  if (links_.empty()) throw MakeError(env, "sample the CPU clock", error, log.Tail());
  return Napi::Number::New(env, static_cast<double>(links_.size()));
}

/// Nanoseconds of one of the kernel's clocks.
static uint64_t Now(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000ULL + now.tv_nsec;
}

bool Profiler::MayRead() {
  uint64_t now = Now(CLOCK_MONOTONIC);
  readings_ = std::min(kReadingsAtOnce, readings_ + (now - last_reading_) / 1e9 * kReadingsPerSecond);
  last_reading_ = now;
  if (readings_ < 1) return false;
  readings_ -= 1;
  return true;
}

void Profiler::OnNews() {
  if (resolving_ || closed_) return;
  std::vector<ProcessKey> seen;
  bool pressure = false;
  DrainRing(news_, [&](const uint8_t* record, uint32_t length) {
    NewsRecord news;
    if (length < sizeof(news)) return;
    std::memcpy(&news, record, sizeof(news));
    if (news.kind == kNewsProcess) seen.push_back(news.process);
    if (news.kind == kNewsPressure) pressure = true;
  });
  for (const ProcessKey& key : seen) {
    if (MayRead()) symbolizer_.See(key);
    else unread_++;
  }
  if (pressure && store_->DrainStacks() != 0) errors_++;
}

/// collect(): ends the round; its processes as columns.
Napi::Value Profiler::Collect(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MustBeOpen(env);
  OnNews();
  int error = store_->Collect();
  if (error != 0) {
    errors_++;
    throw MakeError(env, "read the samples", error, "");
  }
  const std::vector<ProcessFacts>& processes = store_->processes();
  std::unordered_map<ProcessKey, double, ProcessKeyHash> counts;
  for (const Sample& sample : store_->samples()) counts[sample.process] += static_cast<double>(sample.count);
  Napi::Uint32Array pids = Napi::Uint32Array::New(env, processes.size());
  Napi::BigUint64Array cgroups = Napi::BigUint64Array::New(env, processes.size());
  Napi::Float64Array samples = Napi::Float64Array::New(env, processes.size());
  for (size_t i = 0; i < processes.size(); i++) {
    pids[i] = processes[i].key.pid;
    cgroups[i] = processes[i].value.cgroup;
    samples[i] = counts[processes[i].key];
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("pids", pids);
  result.Set("cgroups", cgroups);
  result.Set("samples", samples);
  return result;
}

class Profiler::Resolving : public Napi::AsyncWorker {
 public:
  Resolving(Napi::Env env, Profiler* profiler)
      : Napi::AsyncWorker(env), profiler_(profiler), done_(Napi::Promise::Deferred::New(env)) {
    profiler_->Ref();
  }
  Napi::Promise Promise() const { return done_.Promise(); }
  void Execute() override {
    uint64_t before = Now(CLOCK_THREAD_CPUTIME_ID);
    profiler_->symbolizer_.Resolve(*profiler_->store_);
    spent_ = Now(CLOCK_THREAD_CPUTIME_ID) - before;
  }
  void OnOK() override {
    Finish();
    done_.Resolve(Env().Undefined());
  }
  void OnError(const Napi::Error& error) override {
    Finish();
    done_.Reject(error.Value());
  }

 private:
  void Finish() {
    profiler_->resolving_ = false;
    profiler_->lookup_ns_ += spent_;
    if (profiler_->readiness_) profiler_->readiness_->Start();
    profiler_->Unref();
  }
  Profiler* profiler_;
  uint64_t spent_ = 0;
  Napi::Promise::Deferred done_;
};

/// resolve(): looks up all functions of the round, on another thread. Mappings of new processes wait meanwhile.
Napi::Value Profiler::Resolve(const Napi::CallbackInfo& info) {
  MustBeOpen(info.Env());
  resolving_ = true;
  readiness_->Stop();
  Resolving* work = new Resolving(info.Env(), this);
  Napi::Promise promise = work->Promise();
  work->Queue();
  return promise;
}

/// refused(): for each process of the round, 1 where it asks not to be profiled; after `resolve`.
Napi::Value Profiler::Refused(const Napi::CallbackInfo& info) {
  MustBeOpen(info.Env());
  const std::vector<ProcessFacts>& processes = store_->processes();
  Napi::Uint8Array refused = Napi::Uint8Array::New(info.Env(), processes.size());
  for (size_t i = 0; i < processes.size(); i++) refused[i] = symbolizer_.Refused(processes[i].key) ? 1 : 0;
  return refused;
}

template <typename Array, typename Value>
static Array ToArray(Napi::Env env, const std::vector<Value>& values) {
  Array array = Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(Value));
  return array;
}

/// stacks(indices: Uint32Array): the stacks of those processes of the last `collect`; StackColumns of the facade.
Napi::Value Profiler::Stacks(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MustBeOpen(env);
  Napi::Uint32Array indices = info[0].As<Napi::Uint32Array>();
  std::vector<ProcessKey> wanted;
  for (size_t i = 0; i < indices.ElementLength(); i++) {
    if (indices[i] >= store_->processes().size()) throw Napi::RangeError::New(env, "BUG: no such process");
    wanted.push_back(store_->processes()[indices[i]].key);
  }
  StackColumns columns = symbolizer_.Columns(*store_, wanted);
  Napi::Object strings = Napi::Object::New(env);
  std::vector<uint8_t> bytes(columns.strings.begin(), columns.strings.end());
  strings.Set("bytes", ToArray<Napi::Uint8Array>(env, bytes));
  strings.Set("ends", ToArray<Napi::Uint32Array>(env, columns.string_ends));
  Napi::Object result = Napi::Object::New(env);
  result.Set("strings", strings);
  result.Set("frameNames", ToArray<Napi::Uint32Array>(env, columns.frame_names));
  result.Set("frameFiles", ToArray<Napi::Uint32Array>(env, columns.frame_files));
  result.Set("frameLines", ToArray<Napi::Uint32Array>(env, columns.frame_lines));
  result.Set("stackEnds", ToArray<Napi::Uint32Array>(env, columns.stack_ends));
  result.Set("stackFrames", ToArray<Napi::Uint32Array>(env, columns.stack_frames));
  result.Set("values", ToArray<Napi::Float64Array>(env, columns.values));
  return result;
}

/// release(): frees the round.
void Profiler::Release(const Napi::CallbackInfo& info) {
  MustBeOpen(info.Env());
  store_->Clear();
  symbolizer_.Trim();
}

/// numbers(): counters since the start.
Napi::Value Profiler::Numbers(const Napi::CallbackInfo& info) {
  static const char* const names[kSampleStats] = {"taken",   "kernelThread", "ignored",  "noCount",
                                                  "noStack", "empty",        "noProcess"};
  Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  std::vector<uint64_t> values(kSampleStats * libbpf_num_possible_cpus());
  uint32_t zero = 0;
  if (!closed_) bpf_map_lookup_elem(bpf_map__fd(stats_), &zero, values.data());
  for (size_t slot = 0; slot < kSampleStats; slot++) {
    uint64_t sum = 0;
    for (size_t at = slot; at < values.size(); at += kSampleStats) sum += values[at];
    result.Set(names[slot], Napi::Number::New(env, static_cast<double>(sum)));
  }
  result.Set("lost", Napi::Number::New(env, static_cast<double>(store_->lost())));
  result.Set("unread", Napi::Number::New(env, static_cast<double>(unread_)));
  result.Set("errors", Napi::Number::New(env, static_cast<double>(errors_)));
  result.Set("lookupSeconds", Napi::Number::New(env, static_cast<double>(lookup_ns_) / 1e9));
  result.Set("fill", Napi::Number::New(env, store_->fill()));
  result.Set("cpus", Napi::Number::New(env, static_cast<double>(links_.size())));
  return result;
}

/// close(): stops sampling. The BPF object is closed by its owner, afterwards.
void Profiler::Close(const Napi::CallbackInfo& info) {
  if (resolving_) throw Napi::Error::New(info.Env(), "BUG: the profiler is still looking up names");
  Detach();
}

void Profiler::Detach() {
  if (closed_) return;
  closed_ = true;
  LibbpfLog silence;
  for (auto& entry : links_) bpf_link__destroy(entry.second);
  links_.clear();
  readiness_.reset();
  store_->Clear();
}

}  // namespace codexray
