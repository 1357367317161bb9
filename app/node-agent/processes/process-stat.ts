/** What the agent reads of /proc/PID/stat; see proc_pid_stat(5). */
export interface ProcessStat {
	/** 0 for what the kernel started. */
	parent: number;
	session: number;
	/** Whether it is ending, or has ended and waits for its parent to ask for it. */
	ending: boolean;
	/** Seconds in user and in system mode since it started, all threads. */
	cpuSeconds: number;
	/** Ms from the boot to its start. */
	startedAfterMs: number;
}

/** The kernel shows user space 100 ticks a second, whatever it counts with. */
export const TICKS_PER_SECOND = 100;

/** PF_EXITING of the kernel. */
const ENDING = 4;
/** Number of the first field behind the name, and of the last one that is read. */
const FIRST = 3;
const LAST = 22;

export function parseProcessStat(text: string): ProcessStat {
	// The name in parentheses may hold anything, parentheses and blanks included.
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', LAST - FIRST + 1);
	const field = (number: number) => Number(fields[number - FIRST]);
	return {
		parent: field(4),
		session: field(6),
		ending: (field(9) & ENDING) !== 0,
		cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
		startedAfterMs: (field(22) / TICKS_PER_SECOND) * 1000,
	};
}
