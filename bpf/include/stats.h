/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * Counters of the kernel side, one copy per CPU and object. User space reads them as u64[STATS_SIZE]
 * (hosts/node/events/kernel-counters.ts names the same slots). */
#ifndef CODEXRAY_STATS_H
#define CODEXRAY_STATS_H

#include "programs.h"

enum stat {
	/* Slots 0 to 31: records of kind N that found their ring full. */
	STAT_UNREADABLE = 32, /* calls whose payload was not in memory: reported without it */
	STAT_NO_STORAGE = 33, /* calls on sockets for which no state could be allocated */
	STAT_BUSY = 34, /* calls that found this CPU's scratch in use: reported without payload */
	STAT_MUTED = 35, /* calls on connections that carry no HTTP: counted in bytes only */
	STAT_IGNORED = 36, /* calls of the processes that must not be observed */
	STATS_SIZE = 40,
};

struct stats {
	__u64 counts[STATS_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stats);
} stats SEC(".maps");

static __always_inline void count(enum stat slot)
{
	__u32 zero = 0;
	struct stats *mine = bpf_map_lookup_elem(&stats, &zero);

	/* Not atomic: a nested program on this CPU may cost one count, never a wrong record. */
	if (mine && slot < STATS_SIZE)
		mine->counts[slot]++;
}

#endif
