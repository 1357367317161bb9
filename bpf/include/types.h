/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * The kernel types that the programs read, and no field more. CO-RE relocates the fields at load, so
 * order and offsets here mean nothing; written by hand so that a build needs no running kernel. */
#ifndef CODEXRAY_TYPES_H
#define CODEXRAY_TYPES_H

/* Makes bpf_tracing.h use the kernel's register names. */
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef signed short __s16;
typedef unsigned int __u32;
typedef signed int __s32;
typedef unsigned long long __u64;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
#include <stdbool.h>

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_USER_STACK = 256,
	BPF_SK_STORAGE_GET_F_CREATE = 1,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_AVAIL_DATA = 0,
};

/* include/net/tcp_states.h */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_CLOSE = 7,
	TCP_LISTEN = 10,
};

enum {
	AF_INET = 2,
	AF_INET6 = 10,
	IPPROTO_TCP = 6,
	MSG_PEEK = 0x2,
	MSG_TRUNC = 0x20,
};

/* include/linux/sched.h, task_struct.flags */
enum {
	PF_IO_WORKER = 0x00000010,
	PF_USER_WORKER = 0x00004000,
	PF_KTHREAD = 0x00200000,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct file;

struct socket {
	struct file *file;
};

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	__u16 sk_protocol;
};

struct inet_sock {
	__be16 inet_sport;
};

struct tcp_sock {
	__u32 total_retrans;
};

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct mm_struct;

struct signal_struct {
	atomic_t live;
	struct mm_struct *oom_mm;
};

struct io_uring_task;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	char comm[16];
	struct files_struct *files;
	struct io_uring_task *io_uring;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct task_struct *group_leader;
	__u64 start_boottime;
	__u64 self_exec_id;
};

struct linux_binprm;

#if defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
#else
struct pt_regs {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long orig_ax;
	unsigned long sp;
};
#endif

#pragma clang attribute pop

/* User space ABI: fixed, therefore not relocated. 64-bit callers only. */
struct user_iovec {
	void *base;
	__u64 length;
};

struct user_msghdr {
	void *name;
	__u64 name_length;
	struct user_iovec *iovecs;
	__u64 iovec_count;
};

#endif
