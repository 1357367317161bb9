/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * State of one TCP socket, kept in the socket's own storage: it is bounded by the number of sockets and
 * dies with the socket, so nothing can leak. */
#ifndef CODEXRAY_CONNECTION_H
#define CODEXRAY_CONNECTION_H

#include "stats.h"

/* Private continuation of enum connection_role. */
enum socket_role {
	SOCKET_LISTENS = 200,
	SOCKET_CLOSED = 201, /* RECORD_CLOSE or RECORD_CONNECT_FAILED is out */
};

enum announcement {
	NOT_ANNOUNCED = 0,
	ANNOUNCED = 1,
};

struct connection {
	__u64 cookie;
	__u64 cgroup;
	__u64 started; /* time of SYN_SENT; 0 unless outbound */
	__u64 duration; /* SYN_SENT to ESTABLISHED; 0 until then */
	__u64 sent; /* bytes that no record has reported yet */
	__u64 received;
	__u64 flushed; /* time of the last RECORD_BYTES */
	__u32 announced; /* enum announcement; a word of its own for compare-and-swap */
	__u32 pid; /* 0: owner not known yet */
	__u8 role;
	__u8 ignored;
	__u8 known; /* a message that user space reads started here once: every call is reported from now on */
	__u8 captured_calls; /* up to the limit at which a connection of no known protocol goes quiet */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

/* Thread groups that must not be observed: the agent itself, and whom user space adds. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u8);
} own_pids SEC(".maps");

/* When not 0, nobody but this thread group is observed; set before load. */
const volatile __u32 only_pid = 0;

/* Makes the calling process the owner. Only where the hook runs in the caller's context. */
static __always_inline void take_ownership(struct connection *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	c->pid = pid;
	c->cgroup = bpf_get_current_cgroup_id();
	/* Sockets of the kernel itself (NFS, iSCSI...) are nobody's traffic. */
	c->ignored = (task->flags & PF_KTHREAD) || (only_pid && pid != only_pid) ||
		     bpf_map_lookup_elem(&own_pids, &pid);
}

static __always_inline bool is_tcp(const struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return (family == AF_INET || family == AF_INET6) && sk->sk_protocol == IPPROTO_TCP;
}

/* IPv4 becomes ::ffff:a.b.c.d, as the records want it. */
static __always_inline void read_local(const struct sock *sk, __u8 *address)
{
	if (sk->__sk_common.skc_family == AF_INET6) {
		bpf_core_read(address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		return;
	}
	*(__u16 *)(address + 10) = 0xffff;
	*(__u32 *)(address + 12) = sk->__sk_common.skc_rcv_saddr;
}

static __always_inline void read_remote(const struct sock *sk, __u8 *address)
{
	if (sk->__sk_common.skc_family == AF_INET6) {
		bpf_core_read(address, 16, &sk->__sk_common.skc_v6_daddr);
		return;
	}
	*(__u16 *)(address + 10) = 0xffff;
	*(__u32 *)(address + 12) = sk->__sk_common.skc_daddr;
}

/* skc_num is already 0 when a socket with an ephemeral port reaches TCP_CLOSE; inet_sport survives. */
static __always_inline __u16 read_local_port(const struct sock *sk)
{
	__u16 port = sk->__sk_common.skc_num;

	return port ? port : bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

#endif
