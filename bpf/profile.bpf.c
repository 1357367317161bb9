// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* CPU samples of all processes: user and kernel stacks, counted in the kernel. Stacks are found through frame
 * pointers. Memory: counts 1.7 MB, processes 0.5 MB, stacks 2 MB, scratch 2 KB for each CPU. */
#include "include/programs.h"
#include "include/samples.h"

/* include/uapi/linux/bpf.h: numbers differ in no kernel, presence does. */
enum bpf_func_id {
	BPF_FUNC_task_pt_regs = 175,
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Bytes in `stacks` above which user space is woken up to empty it; set to half of the ring. */
const volatile __u32 stacks_limit = 1 << 20;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct stack_key);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct process_key);
	__type(value, struct sampled_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 * 1024 * 1024);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 * 1024);
} news SEC(".maps");

/* Thread groups that are never sampled. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u8);
} unsampled SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} current_round SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_record);
} scratch SEC(".maps");

struct sample_stats {
	__u64 counts[SAMPLE_STATS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sample_stats);
} sample_stats SEC(".maps");

static __always_inline void count_sample(enum sample_stat slot)
{
	__u32 zero = 0;
	struct sample_stats *mine = bpf_map_lookup_elem(&sample_stats, &zero);

	if (mine)
		mine->counts[slot]++;
}

static __always_inline void tell(enum news_kind kind, const struct process_key *process)
{
	struct news_record record = {};

	record.kind = kind;
	record.process = *process;
	/* Full: user space is behind, and what is there already wakes it up. */
	bpf_ringbuf_output(&news, &record, sizeof(record), 0);
}

/* Makes the process known to user space, which reads its mappings while it lives. More than once, because a
 * process is often sampled first while its libraries are still being mapped. */
static __always_inline void see_process(struct task_struct *leader, const struct process_key *key)
{
	struct sampled_process fresh = {};
	struct sampled_process *known = bpf_map_lookup_elem(&processes, key);
	__u64 samples;

	if (!known) {
		fresh.samples = 1;
		fresh.cgroup = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
		bpf_core_read(fresh.comm, sizeof(fresh.comm), &leader->comm);
		if (bpf_map_update_elem(&processes, key, &fresh, BPF_NOEXIST))
			count_sample(SAMPLE_NO_PROCESS);
		tell(NEWS_PROCESS, key);
		return;
	}
	samples = known->samples + 1;
	__sync_fetch_and_add(&known->samples, 1);
	/* A power of four: one bit, at an even place. */
	if ((samples & (samples - 1)) == 0 && (samples & 0x5555555555555555ULL))
		tell(NEWS_PROCESS, key);
}

static __always_inline __u64 hash_frames(const struct stack_record *record, __u32 frames)
{
	__u64 hash = record->user_frames ^ record->leaf_caller;

	for (__u32 i = 0; i < 2 * MAX_FRAMES; i++) {
		if (i >= frames)
			break;
		hash = (hash ^ record->frames[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	return hash;
}

/* Compilers give a function that calls nothing no frame, and the walk along frame pointers then misses its caller.
 * Such a function has its return address on top of its stack: a word that points behind a call instruction. Other
 * functions have something else there. Also right in the first and the last instruction of any function. */
static __always_inline __u64 leaf_caller(void *ctx, bool in_kernel)
{
#if defined(__TARGET_ARCH_x86)
	struct pt_regs *regs = ctx;
	__u64 stack, caller;
	__u8 code[8] = {};

	if (in_kernel) {
		/* Kernel 5.15. */
		if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
			return 0;
		regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
		stack = BPF_CORE_READ(regs, sp);
	} else {
		stack = regs->sp;
	}
	if (bpf_probe_read_user(&caller, sizeof(caller), (void *)stack) ||
	    bpf_probe_read_user(code, 7, (void *)(caller - 7)))
		return 0;
	/* e8 and four bytes; ff /2 with none, one or four bytes of offset, and one more with an index. */
	if (code[2] == 0xe8 || (code[5] == 0xff && (code[6] & 0x38) == 0x10) ||
	    (code[4] == 0xff && (code[5] & 0x38) == 0x10) || (code[1] == 0xff && (code[2] & 0x38) == 0x10) ||
	    (code[0] == 0xff && (code[1] & 0x38) == 0x10))
		return caller;
#endif
	return 0;
}

/* A stack that is new in this round: its count and its frames. */
static __always_inline void keep_stack(struct stack_record *record, __u32 frame_bytes)
{
	__u64 one = 1;
	__u64 *known;
	__u64 before;
	long error = bpf_map_update_elem(&counts, &record->key, &one, BPF_NOEXIST);

	if (error) {
		/* Another CPU was faster, or the map is full. */
		known = bpf_map_lookup_elem(&counts, &record->key);
		if (known)
			__sync_fetch_and_add(known, 1);
		count_sample(known ? SAMPLE_TAKEN : SAMPLE_NO_COUNT);
		return;
	}
	before = bpf_ringbuf_query(&stacks, BPF_RB_AVAIL_DATA);
	asm volatile("%0 &= 2047" : "+r"(frame_bytes));
	if (bpf_ringbuf_output(&stacks, record, __builtin_offsetof(struct stack_record, frames) + frame_bytes,
			       BPF_RB_NO_WAKEUP)) {
		bpf_map_delete_elem(&counts, &record->key);
		count_sample(SAMPLE_NO_STACK);
		tell(NEWS_PRESSURE, &record->key.process);
		return;
	}
	count_sample(SAMPLE_TAKEN);
	if (before <= stacks_limit && before + sizeof(*record) > stacks_limit &&
	    bpf_ringbuf_query(&stacks, BPF_RB_AVAIL_DATA) > stacks_limit)
		tell(NEWS_PRESSURE, &record->key.process);
}

SEC("perf_event")
int on_sample(void *ctx)
{
	__u32 zero = 0;
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct task_struct *task, *leader;
	struct stack_record *record;
	__u32 *now;
	__u64 *known;
	long user, kernel;

	if (!pid)
		return 0;
	if (bpf_map_lookup_elem(&unsampled, &pid)) {
		count_sample(SAMPLE_IGNORED);
		return 0;
	}
	task = (struct task_struct *)bpf_get_current_task();
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD) {
		count_sample(SAMPLE_KERNEL_THREAD);
		return 0;
	}
	/* No second sample interrupts this one on the same CPU: the event's timer runs with interrupts off. */
	record = bpf_map_lookup_elem(&scratch, &zero);
	now = bpf_map_lookup_elem(&current_round, &zero);
	if (!record || !now)
		return 0;
	user = bpf_get_stack(ctx, record->frames, MAX_FRAMES * 8, BPF_F_USER_STACK);
	if (user < 0)
		user = 0;
	asm volatile("%0 &= 1023" : "+r"(user));
	kernel = bpf_get_stack(ctx, (void *)record->frames + user, MAX_FRAMES * 8, 0);
	if (kernel < 0)
		kernel = 0;
	asm volatile("%0 &= 1023" : "+r"(kernel));
	if (user + kernel == 0) {
		count_sample(SAMPLE_EMPTY);
		return 0;
	}
	record->user_frames = (__u64)user >> 3;
	record->leaf_caller = user ? leaf_caller(ctx, kernel > 0) : 0;
	record->kernel_frames = (__u64)kernel >> 3;
	leader = BPF_CORE_READ(task, group_leader);
	record->key.process.life = BPF_CORE_READ(leader, start_boottime) + BPF_CORE_READ(task, self_exec_id);
	record->key.process.pid = pid;
	record->key.stack = hash_frames(record, record->user_frames + record->kernel_frames);
	record->key.round = *now;
	see_process(leader, &record->key.process);
	known = bpf_map_lookup_elem(&counts, &record->key);
	if (known) {
		__sync_fetch_and_add(known, 1);
		count_sample(SAMPLE_TAKEN);
	} else {
		keep_stack(record, user + kernel);
	}
	return 0;
}
