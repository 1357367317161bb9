/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * The data ring: everything about connections. One rule keeps totals exact whatever is lost: bytes leave
 * `sent` and `received` only inside a record that is in the ring. */
#ifndef CODEXRAY_DATA_H
#define CODEXRAY_DATA_H

#include "connection.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} data SEC(".maps");

/* Fill at which payloads stop, so that connections and byte counts still fit; set before load. */
const volatile __u64 data_limit = 7 * 1024 * 1024;

/* True when the record is in the ring. Full: counted by kind. */
static __always_inline bool emit(void *record, __u64 size, enum record_kind kind)
{
	if (bpf_ringbuf_output(&data, record, size, BPF_RB_NO_WAKEUP) == 0)
		return true;
	count((enum stat)kind);
	return false;
}

static __always_inline bool has_room_for_payload(void)
{
	return bpf_ringbuf_query(&data, BPF_RB_AVAIL_DATA) < data_limit;
}

static __always_inline bool emit_connection(struct sock *sk, struct connection *c, enum record_kind kind)
{
	struct connection_record record = {};

	record.kind = kind;
	record.role = c->role;
	record.pid = c->pid;
	record.time = bpf_ktime_get_ns();
	record.cookie = c->cookie;
	record.cgroup = c->cgroup;
	record.duration = c->duration;
	record.netns = sk->__sk_common.skc_net.net->ns.inum;
	record.local_port = read_local_port(sk);
	record.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	read_local(sk, record.local);
	read_remote(sk, record.remote);
	return emit(&record, sizeof(record), kind);
}

/* True once the connection is known to user space; tried again at each event until it is. */
static __noinline bool announce(struct sock *sk, struct connection *c)
{
	/* Send and receive may race on two CPUs: one of them announces. */
	if (__sync_val_compare_and_swap(&c->announced, NOT_ANNOUNCED, ANNOUNCED) == ANNOUNCED)
		return true;
	if (emit_connection(sk, c, RECORD_CONNECTION))
		return true;
	c->announced = NOT_ANNOUNCED;
	return false;
}

static __always_inline void add_unreported(struct connection *c, enum data_direction direction, __u64 size)
{
	if (direction == DIRECTION_SEND)
		__sync_fetch_and_add(&c->sent, size);
	else
		__sync_fetch_and_add(&c->received, size);
}

/* RECORD_BYTES, or RECORD_CLOSE when `kind` says so, with all that is not reported yet. */
static __always_inline bool emit_bytes(struct connection *c, enum record_kind kind, __u32 retransmits)
{
	struct bytes_record record = {};

	record.kind = kind;
	record.retransmits = retransmits;
	record.time = bpf_ktime_get_ns();
	record.cookie = c->cookie;
	record.sent = __sync_lock_test_and_set(&c->sent, 0);
	record.received = __sync_lock_test_and_set(&c->received, 0);
	if (emit(&record, sizeof(record), kind))
		return true;
	__sync_fetch_and_add(&c->sent, record.sent);
	__sync_fetch_and_add(&c->received, record.received);
	return false;
}

/* The connection is gone: announces it late where it could not be before, and closes it, once. */
static __noinline bool finish(struct sock *sk, struct connection *c)
{
	if (c->role > ROLE_FOUND_OPEN)
		return false;
	/* Nobody owns an inbound connection that never carried a byte. */
	if (c->ignored || !c->pid) {
		c->role = SOCKET_CLOSED;
		return true;
	}
	if (c->announced != ANNOUNCED && !announce(sk, c))
		return false;
	if (!emit_bytes(c, RECORD_CLOSE, BPF_CORE_READ((struct tcp_sock *)sk, total_retrans)))
		return false;
	c->role = SOCKET_CLOSED;
	return true;
}

#endif
