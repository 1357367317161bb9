/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * One call that moved data over a socket. Every tier of hooks ends here. */
#ifndef CODEXRAY_TRANSFER_H
#define CODEXRAY_TRANSFER_H

#include "capture.h"
#include "data.h"
#include "protocols.h"

/* Captured calls that start no message of a known protocol, after which a connection goes quiet. */
#define QUIET_AFTER 8
/* Connections found open may be in the middle of a body: more patience. */
#define QUIET_AFTER_FOUND_OPEN 64
#define FLUSH_EVERY_NS 1000000000ULL
/* Calls of a CPU for which one look at the ring's fill is enough: the ring holds much more, and a look costs a twentieth of a call. */
#define ROOMY_CALLS 4

static __always_inline bool is_quiet(const struct connection *c)
{
	return !c->known &&
	       c->captured_calls >= (c->role == ROLE_FOUND_OPEN ? QUIET_AFTER_FOUND_OPEN : QUIET_AFTER);
}

/* First contact with a socket that no state change introduced, or that came from accept. */
static __noinline struct connection *adopt(struct sock *sk)
{
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!c) {
		count(STAT_NO_STORAGE);
		return 0;
	}
	if (!c->role) {
		c->cookie = bpf_get_socket_cookie(sk);
		/* Data before ESTABLISHED: TCP Fast Open on the accepting side. */
		c->role = sk->__sk_common.skc_state == TCP_SYN_RECV ? ROLE_INBOUND : ROLE_FOUND_OPEN;
	}
	if (!c->pid)
		take_ownership(c);
	return c;
}

static __always_inline bool emit_call(struct connection *c, struct sock *sk, enum data_direction direction,
				      __u32 size, bool unreadable)
{
	__u32 zero = 0, captured;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	bool emitted;

	if (!s)
		return false;
	if (!s->roomy) {
		if (!has_room_for_payload()) {
			count((enum stat)RECORD_DATA);
			return false;
		}
		s->roomy = ROOMY_CALLS;
	}
	s->roomy--;
	if (s->busy) {
		struct data_record head = { .kind = RECORD_DATA, .direction = direction, .size = size };

		/* Only where hooks can be preempted, or interrupted by one of their own. */
		count(STAT_BUSY);
		head.time = bpf_ktime_get_ns();
		head.cookie = c->cookie;
		return emit(&head, sizeof(head), RECORD_DATA);
	}
	s->busy = 1;
	*(__u64 *)s->payload = 0;
	captured = unreadable ? 0 : capture(s, sk, direction, size);
	s->head.kind = RECORD_DATA;
	s->head.direction = direction;
	s->head.captured = captured;
	s->head.size = size;
	s->head.time = bpf_ktime_get_ns();
	s->head.cookie = c->cookie;
	asm volatile("%0 &= %1" : "+r"(captured) : "i"(2 * CAPTURE_MAX - 1));
	if (captured && !c->known) {
		if (starts_known(s->payload, size))
			c->known = 1;
		else if (c->captured_calls < 255)
			c->captured_calls++;
	}
	emitted = emit(&s->head, sizeof(struct data_record) + captured, RECORD_DATA);
	s->busy = 0;
	return emitted;
}

static __always_inline void on_transfer(struct sock *sk, enum data_direction direction, int result, int flags)
{
	struct connection *c;

	if (!is_tcp(sk) || (direction == DIRECTION_RECEIVE && flags & MSG_PEEK))
		return;
	if (result <= 0) {
		/* The owner has read what the closed connection still held. Mostly it only asks whether something came. */
		if (direction == DIRECTION_RECEIVE && sk->__sk_common.skc_state == TCP_CLOSE) {
			c = bpf_sk_storage_get(&connections, sk, 0, 0);
			if (c)
				finish(sk, c);
		}
		return;
	}
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!c || !c->pid) {
		c = adopt(sk);
		if (!c)
			return;
	}
	if (c->ignored || c->role > ROLE_FOUND_OPEN) {
		count(STAT_IGNORED);
		return;
	}
	if (is_quiet(c)) {
		__u64 now = bpf_ktime_get_ns();

		count(STAT_MUTED);
		add_unreported(c, direction, result);
		if (now - c->flushed >= FLUSH_EVERY_NS && (c->announced == ANNOUNCED || announce(sk, c))) {
			c->flushed = now;
			emit_bytes(c, RECORD_BYTES, 0);
		}
		return;
	}
	if (c->announced != ANNOUNCED && !announce(sk, c)) {
		add_unreported(c, direction, result);
		return;
	}
	if (c->sent | c->received)
		emit_bytes(c, RECORD_BYTES, 0);
	if (!emit_call(c, sk, direction, result, direction == DIRECTION_RECEIVE && flags & MSG_TRUNC))
		add_unreported(c, direction, result);
}

#endif
