/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * The control ring: processes and listening sockets. Apart from the data ring, so that traffic never
 * displaces it. User space may make several objects share one ring. */
#ifndef CODEXRAY_CONTROL_H
#define CODEXRAY_CONTROL_H

#include "stats.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} control SEC(".maps");

/* Full ring: the record is dropped and counted by kind; user space then reads /proc again. */
static __always_inline void emit_control(void *record, __u64 size, enum record_kind kind)
{
	if (bpf_ringbuf_output(&control, record, size, BPF_RB_NO_WAKEUP))
		count((enum stat)kind);
}

#endif
