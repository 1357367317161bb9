/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * What the profiler's program leaves in its maps and rings (hosts/node/addon/sample_store.h reads the same;
 * docs/formats.md, "CPU samples"). */
#ifndef CODEXRAY_SAMPLES_H
#define CODEXRAY_SAMPLES_H

/* What the kernel itself walks at most (sysctl kernel.perf_event_max_stack). */
#define MAX_FRAMES 127

/* One life of a process between two execs: start of its leader (ns since boot) plus its count of execs. */
struct process_key { /* 16 bytes */
	__u64 life;
	__u32 pid; /* thread group */
	__u32 reserved;
};

struct sampled_process { /* 32 bytes */
	__u64 samples; /* in this life */
	__u64 cgroup; /* id of the cgroup v2 directory */
	char comm[16]; /* of the leader */
};

struct stack_key { /* 32 bytes */
	struct process_key process;
	__u64 stack; /* hash of all frames */
	__u32 round; /* user space raises it, then reads what lies under the last one */
	__u32 reserved;
};

/* Ring `stacks`: the frames of a key, when it is new in `counts`. */
struct stack_record { /* 48 bytes and the frames: user, then kernel, each leaf first */
	struct stack_key key;
	__u32 user_frames;
	__u32 kernel_frames;
	__u64 leaf_caller; /* return address of a function that has no frame of its own; 0: none was found */
	__u64 frames[256]; /* room that the verifier can check with a mask */
};

enum news_kind {
	NEWS_PROCESS = 1, /* its mappings should be read: sample 1, 4, 16, 64 ... of its life */
	NEWS_PRESSURE = 2, /* `stacks` is more than half full */
};

/* Ring `news`: wakes user space up. */
struct news_record { /* 24 bytes */
	__u32 kind;
	__u32 reserved;
	struct process_key process;
};

enum sample_stat {
	SAMPLE_TAKEN, /* kept: the sum of `counts` over all rounds */
	SAMPLE_KERNEL_THREAD,
	SAMPLE_IGNORED, /* of the product's own processes */
	SAMPLE_NO_COUNT, /* `counts` is full */
	SAMPLE_NO_STACK, /* `stacks` is full */
	SAMPLE_EMPTY, /* no frame could be read */
	SAMPLE_NO_PROCESS, /* `processes` is full: kept, but its mappings are read late and its name is not known */
	SAMPLE_STATS,
};

#endif
