#include "task_stats.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "errors.h"

namespace codexray {

/// The kernel answers within the call that asks, so that this is reached only when something is broken.
static constexpr timeval kPatience = {1, 0};

/// A generic netlink message with one attribute, laid out as the kernel reads it.
struct Request {
  nlmsghdr header;
  genlmsghdr generic;
  nlattr attribute;
  char value[16];
};

static Request MakeRequest(uint16_t family, uint8_t command, uint8_t version, uint16_t type, const void* value,
                           uint16_t length) {
  Request request = {};
  request.attribute.nla_type = type;
  request.attribute.nla_len = NLA_HDRLEN + length;
  std::memcpy(request.value, value, length);
  request.generic.cmd = command;
  request.generic.version = version;
  request.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(request.attribute.nla_len);
  request.header.nlmsg_type = family;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  return request;
}

/// The attributes of a message, or of another attribute.
struct Attributes {
  const char* at;
  const char* end;

  const nlattr* Find(uint16_t type) const {
    for (const char* place = at; end - place >= NLA_HDRLEN;) {
      const nlattr* attribute = reinterpret_cast<const nlattr*>(place);
      if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > end - place) break;
      if ((attribute->nla_type & NLA_TYPE_MASK) == type) return attribute;
      place += NLA_ALIGN(attribute->nla_len);
    }
    return nullptr;
  }
};

static Attributes Inside(const nlattr* attribute) {
  const char* start = reinterpret_cast<const char*>(attribute);
  return {start + NLA_HDRLEN, start + attribute->nla_len};
}

/// Sends, and waits for the one answer in `buffer`; its attributes, or a positive errno in `error`.
static Attributes Ask(int fd, const Request& request, char* buffer, size_t size, int* error) {
  *error = 0;
  if (send(fd, &request, request.header.nlmsg_len, 0) < 0) {
    *error = errno;
    return {};
  }
  ssize_t got = recv(fd, buffer, size, 0);
  const nlmsghdr* header = reinterpret_cast<const nlmsghdr*>(buffer);
  if (got < 0) {
    *error = errno;
  } else if (!NLMSG_OK(header, static_cast<size_t>(got))) {
    *error = EPROTO;
  } else if (header->nlmsg_type == NLMSG_ERROR) {
    *error = -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
  }
  if (*error != 0) return {};
  return {buffer + NLMSG_LENGTH(GENL_HDRLEN), buffer + header->nlmsg_len};
}

Napi::Function TaskStats::Define(Napi::Env env) {
  return DefineClass(env, "TaskStats",
                     {InstanceMethod("read", &TaskStats::Read), InstanceMethod("close", &TaskStats::Close)});
}

TaskStats::TaskStats(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  fd_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (fd_ < 0) throw MakeError(info.Env(), "no generic netlink", errno, "");
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  alignas(nlmsghdr) char buffer[4096];
  int error = 0;
  Request request = MakeRequest(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME,
                                sizeof(TASKSTATS_GENL_NAME));
  const nlattr* id = Ask(fd_, request, buffer, sizeof(buffer), &error).Find(CTRL_ATTR_FAMILY_ID);
  if (id != nullptr) {
    family_ = *reinterpret_cast<const uint16_t*>(Inside(id).at);
    uint32_t own = getpid();
    request = MakeRequest(family_, TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION, TASKSTATS_CMD_ATTR_TGID, &own,
                          sizeof(own));
    Ask(fd_, request, buffer, sizeof(buffer), &error);
  } else if (error == 0) {
    error = EPROTO;
  }
  if (error == 0) return;
  CloseSocket();
  throw MakeError(info.Env(), "no taskstats", error, "");
}

TaskStats::~TaskStats() { CloseSocket(); }

Napi::Value TaskStats::Read(const Napi::CallbackInfo& info) {
  if (fd_ < 0) throw Napi::Error::New(info.Env(), "BUG: the taskstats are closed");
  Napi::Uint32Array pids = info[0].As<Napi::Uint32Array>();
  Napi::Float64Array delays = Napi::Float64Array::New(info.Env(), pids.ElementLength() * 2);
  alignas(nlmsghdr) char buffer[4096];
  for (size_t i = 0; i < pids.ElementLength(); i++) {
    uint32_t pid = pids[i];
    int error = 0;
    Request request = MakeRequest(family_, TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION, TASKSTATS_CMD_ATTR_TGID, &pid,
                                  sizeof(pid));
    const nlattr* group =
        Ask(fd_, request, buffer, sizeof(buffer), &error).Find(TASKSTATS_TYPE_AGGR_TGID);
    const nlattr* stats = group == nullptr ? nullptr : Inside(group).Find(TASKSTATS_TYPE_STATS);
    delays[2 * i] = delays[2 * i + 1] = NAN;
    // An older kernel sends a shorter structure; what is read here stands in its first version.
    if (stats == nullptr || stats->nla_len < NLA_HDRLEN + offsetof(taskstats, swapin_count)) continue;
    uint64_t cpu, disk;
    std::memcpy(&cpu, Inside(stats).at + offsetof(taskstats, cpu_delay_total), sizeof(cpu));
    std::memcpy(&disk, Inside(stats).at + offsetof(taskstats, blkio_delay_total), sizeof(disk));
    delays[2 * i] = static_cast<double>(cpu);
    delays[2 * i + 1] = static_cast<double>(disk);
  }
  return delays;
}

void TaskStats::Close(const Napi::CallbackInfo&) { CloseSocket(); }

void TaskStats::CloseSocket() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace codexray
