/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * Copies what the current system call moved, from the caller's own buffers, whose addresses still stand
 * in its saved registers. Never guesses: whatever is not plainly this socket's buffer yields 0 bytes. */
#ifndef CODEXRAY_CAPTURE_H
#define CODEXRAY_CAPTURE_H

#include "protocols.h"
#include "stats.h"

#define CAPTURE_MAX 1024 /* a power of two: the masks below rely on it */
#define IOVECS_MAX 6

/* Set before load, at most CAPTURE_MAX; 0 reports sizes only. */
const volatile __u32 capture_bytes = CAPTURE_MAX;

#if defined(__TARGET_ARCH_arm64)
#define SYSCALL_NUMBER(regs) ((regs)->syscallno)
#define SYSCALL_FD(regs) ((regs)->orig_x0)
#define SYSCALL_ARGUMENT_2(regs) ((regs)->regs[1])
#define SYSCALL_ARGUMENT_3(regs) ((regs)->regs[2])
enum {
	NR_READ = 63, NR_WRITE = 64, NR_READV = 65, NR_WRITEV = 66, NR_SENDTO = 206, NR_RECVFROM = 207,
	NR_SENDMSG = 211, NR_RECVMSG = 212, NR_RECVMMSG = 243, NR_SENDMMSG = 269, NR_PREADV2 = 286,
	NR_PWRITEV2 = 287,
};
#else
#define SYSCALL_NUMBER(regs) ((__s32)(regs)->orig_ax)
#define SYSCALL_FD(regs) ((regs)->di)
#define SYSCALL_ARGUMENT_2(regs) ((regs)->si)
#define SYSCALL_ARGUMENT_3(regs) ((regs)->dx)
/* None of these numbers moves socket data in the 32-bit table, so such callers yield 0 bytes. */
enum {
	NR_READ = 0, NR_WRITE = 1, NR_READV = 19, NR_WRITEV = 20, NR_SENDTO = 44, NR_RECVFROM = 45,
	NR_SENDMSG = 46, NR_RECVMSG = 47, NR_RECVMMSG = 299, NR_SENDMMSG = 307, NR_PREADV2 = 327,
	NR_PWRITEV2 = 328,
};
#endif

enum buffer_shape {
	SHAPE_NONE,
	SHAPE_BUFFER,
	SHAPE_IOVECS,
	SHAPE_MESSAGE,
	SHAPE_MESSAGES,
};

/* One record under construction. The slack after the payload satisfies the verifier's worst case. */
struct scratch {
	__u32 busy;
	__u32 roomy; /* calls that need not look whether the ring has room */
	struct data_record head;
	__u8 payload[3 * CAPTURE_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline enum buffer_shape shape_of(__s32 number, enum data_direction direction)
{
	if (direction == DIRECTION_SEND) {
		switch (number) {
		case NR_WRITE:
		case NR_SENDTO:
			return SHAPE_BUFFER;
		case NR_WRITEV:
		case NR_PWRITEV2:
			return SHAPE_IOVECS;
		case NR_SENDMSG:
			return SHAPE_MESSAGE;
		case NR_SENDMMSG:
			return SHAPE_MESSAGES;
		}
		return SHAPE_NONE;
	}
	switch (number) {
	case NR_READ:
	case NR_RECVFROM:
		return SHAPE_BUFFER;
	case NR_READV:
	case NR_PREADV2:
		return SHAPE_IOVECS;
	case NR_RECVMSG:
		return SHAPE_MESSAGE;
	case NR_RECVMMSG:
		return SHAPE_MESSAGES;
	}
	return SHAPE_NONE;
}

/* io_uring may finish its work at the end of any system call of the same task, whose registers then speak
 * of something else. Only tasks that use io_uring pay for the check. */
static __always_inline bool is_callers_socket(struct sock *sk, struct task_struct *task, struct pt_regs *regs)
{
	struct file **table, *file = 0;

	if (bpf_core_field_exists(task->io_uring) && !task->io_uring)
		return true;
	table = task->files->fdt->fd;
	bpf_probe_read_kernel(&file, sizeof(file), table + (__u32)SYSCALL_FD(regs));
	return file && file == sk->sk_socket->file;
}

/* Appends `length` bytes at `from`; returns the new end, or `end` itself when nothing could be read. */
static __always_inline __u32 append(struct scratch *s, __u32 end, const void *from, __u64 length)
{
	__u32 size = length > CAPTURE_MAX ? CAPTURE_MAX : length;
	__u32 at = end;

	asm volatile("%0 &= %1" : "+r"(size) : "i"(2 * CAPTURE_MAX - 1));
	asm volatile("%0 &= %1" : "+r"(at) : "i"(CAPTURE_MAX - 1));
	if (bpf_probe_read_user(s->payload + at, size, from)) {
		count(STAT_UNREADABLE);
		return end;
	}
	return end + size;
}

/* Is this the head of an HTTP response and nothing else? Servers that write head and body from two places do so. */
static __always_inline bool is_head(const __u8 *p, __u32 size)
{
	__u32 last = size - 4;

	asm volatile("%0 &= %1" : "+r"(last) : "i"(CAPTURE_MAX - 1));
	return *(const __u32 *)p == BYTES4('H', 'T', 'T', 'P') &&
	       *(const __u32 *)(p + last) == BYTES4('\r', '\n', '\r', '\n');
}

static __noinline __u32 append_iovecs(struct scratch *s, const struct user_iovec *from, __u64 total, __u32 limit)
{
	struct user_iovec iovecs[IOVECS_MAX] = {};
	__u32 end = 0;

	if (total > IOVECS_MAX)
		total = IOVECS_MAX;
	if (bpf_probe_read_user(iovecs, (__u32)total * sizeof(struct user_iovec), from)) {
		count(STAT_UNREADABLE);
		return 0;
	}
#pragma unroll
	for (int i = 0; i < IOVECS_MAX; i++) {
		__u64 length = iovecs[i].length;
		__u32 before = end;

		if (end >= limit || end >= CAPTURE_MAX)
			break;
		if (length > limit - end)
			length = limit - end;
		if (!length)
			continue;
		end = append(s, end, iovecs[i].base, length);
		if (end == before || (i == 0 && total == 2 && is_head(s->payload, end)))
			break;
	}
	return end;
}

/* Fills s->payload with the first bytes of a call that moved `size` bytes; returns how many. */
static __always_inline __u32 capture(struct scratch *s, struct sock *sk, enum data_direction direction, __u32 size)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 limit = size < capture_bytes ? size : capture_bytes;
	struct user_msghdr message;
	enum buffer_shape shape;
	struct pt_regs *regs;
	void *argument;

	/* Kernel threads and io_uring's workers have no system call to read from. */
	if (!limit || task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	shape = shape_of(SYSCALL_NUMBER(regs), direction);
	if (shape == SHAPE_NONE || !is_callers_socket(sk, task, regs))
		return 0;
	argument = (void *)SYSCALL_ARGUMENT_2(regs);
	if (shape == SHAPE_BUFFER)
		return append(s, 0, argument, limit);
	if (shape == SHAPE_IOVECS)
		return append_iovecs(s, argument, SYSCALL_ARGUMENT_3(regs), limit);
	/* With several messages in a call, which one this is cannot be known. */
	if (shape == SHAPE_MESSAGES && SYSCALL_ARGUMENT_3(regs) != 1)
		return 0;
	if (bpf_probe_read_user(&message, sizeof(message), argument)) {
		count(STAT_UNREADABLE);
		return 0;
	}
	return append_iovecs(s, message.iovecs, message.iovec_count, limit);
}

#endif
