// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* TCP connections and the data on them. Programs of one feature and tier:
 *   connections: on_state, on_destroy
 *   socket data, tier A (kernel 6.3): on_send_length, on_recv_length
 * Other tiers are further programs that end in on_transfer(); user space loads the ones it chose. */
#include "include/control.h"
#include "include/transfer.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void on_connecting(struct sock *sk)
{
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!c) {
		count(STAT_NO_STORAGE);
		return;
	}
	/* A socket can connect again after connect(AF_UNSPEC) or a failure: same socket, same cookie. */
	if (c->announced == ANNOUNCED)
		finish(sk, c);
	c->cookie = bpf_get_socket_cookie(sk);
	c->started = bpf_ktime_get_ns();
	c->duration = 0;
	c->sent = 0;
	c->received = 0;
	c->flushed = 0;
	c->announced = NOT_ANNOUNCED;
	c->role = ROLE_OUTBOUND;
	c->known = 0;
	c->captured_calls = 0;
	take_ownership(c);
}

/* Runs in softirq: the current process is nobody in particular. */
static __always_inline void on_established(struct sock *sk, int old)
{
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!c) {
		count(STAT_NO_STORAGE);
		return;
	}
	if (!c->role) {
		/* Owner is whoever sends or receives first. */
		c->cookie = bpf_get_socket_cookie(sk);
		c->role = old == TCP_SYN_RECV ? ROLE_INBOUND : ROLE_OUTBOUND;
		return;
	}
	if (c->role != ROLE_OUTBOUND || c->ignored)
		return;
	c->duration = bpf_ktime_get_ns() - c->started;
	if (c->announced != ANNOUNCED)
		announce(sk, c);
}

static __always_inline void on_connect_failed(struct sock *sk)
{
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, 0);

	/* Announced already: TCP Fast Open had sent data. on_destroy closes it. */
	if (!c || c->role != ROLE_OUTBOUND || c->announced == ANNOUNCED)
		return;
	if (!c->ignored) {
		c->duration = bpf_ktime_get_ns() - c->started;
		emit_connection(sk, c, RECORD_CONNECT_FAILED);
	}
	c->role = SOCKET_CLOSED;
}

static __always_inline void emit_listen(struct sock *sk, struct connection *c, enum record_kind kind)
{
	struct listen_record record = {};

	record.kind = kind;
	record.port = read_local_port(sk);
	record.pid = c->pid;
	record.time = bpf_ktime_get_ns();
	record.cgroup = c->cgroup;
	record.netns = sk->__sk_common.skc_net.net->ns.inum;
	read_local(sk, record.address);
	emit_control(&record, sizeof(record), kind);
}

static __always_inline void on_listen(struct sock *sk)
{
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!c) {
		count(STAT_NO_STORAGE);
		return;
	}
	c->role = SOCKET_LISTENS;
	take_ownership(c);
	emit_listen(sk, c, RECORD_LISTEN);
}

static __always_inline void on_unlisten(struct sock *sk)
{
	/* Owner is who listened, not who closed last; unknown when it listened before we attached. */
	struct connection *c = bpf_sk_storage_get(&connections, sk, 0, 0);
	struct connection unknown = {};

	if (!c) {
		unknown.pid = bpf_get_current_pid_tgid() >> 32;
		unknown.cgroup = bpf_get_current_cgroup_id();
		c = &unknown;
	}
	emit_listen(sk, c, RECORD_UNLISTEN);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new)
{
	if (!is_tcp(sk))
		return 0;
	if (new == TCP_SYN_SENT)
		on_connecting(sk);
	else if (new == TCP_ESTABLISHED)
		on_established(sk, old);
	else if (new == TCP_LISTEN)
		on_listen(sk);
	else if (new == TCP_CLOSE && old == TCP_LISTEN)
		on_unlisten(sk);
	else if (new == TCP_CLOSE && (old == TCP_SYN_SENT || old == TCP_SYN_RECV))
		on_connect_failed(sk);
	return 0;
}

/* The socket is closed by its owner and by TCP, whichever came last. TCP_CLOSE alone is too early to close
 * a connection: its receive queue may hold data that the owner reads afterwards. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	struct connection *c;

	if (!is_tcp(sk))
		return 0;
	c = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (c)
		finish(sk, c);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int result, int flags)
{
	on_transfer(sk, DIRECTION_SEND, result, flags);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int result, int flags)
{
	on_transfer(sk, DIRECTION_RECEIVE, result, flags);
	return 0;
}
