// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Start, exec and exit of processes (thread groups). */
#include "include/control.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void emit_process(struct task_struct *task, enum record_kind kind, __u32 parent)
{
	struct process_record record = {};

	record.kind = kind;
	record.pid = task->tgid;
	record.time = bpf_ktime_get_ns();
	/* The task's own, not the caller's: a child may be born into another cgroup. */
	record.cgroup = task->cgroups->dfl_cgrp->kn->id;
	record.parent = parent;
	/* The out-of-memory killer leaves the victim's memory here until the process is gone. */
	record.oom_victim = kind == RECORD_PROCESS_EXIT && task->signal->oom_mm != NULL;
	bpf_core_read(record.comm, sizeof(record.comm), &task->comm);
	emit_control(&record, sizeof(record), kind);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->tgid == child->pid && !(child->flags & PF_KTHREAD))
		emit_process(child, RECORD_PROCESS_START, parent->tgid);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	emit_process(task, RECORD_PROCESS_EXEC, 0);
	return 0;
}

/* A process has ended with its last thread, which need not be its leader. Two last threads that end at once
 * may both report it. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	if (!(task->flags & PF_KTHREAD) && task->signal->live.counter == 0)
		emit_process(task, RECORD_PROCESS_EXIT, 0);
	return 0;
}
