import { type ProcessStat, parseProcessStat } from './process-stat.ts';

/**
 * What the agent reads of /proc. Adapter: hosts/node/procfs; tests use recorded trees.
 * Paths are relative to /proc (`123/cgroup`). Nothing throws: a process may be gone at any moment,
 * and that reads as undefined or empty.
 */
export interface ProcFiles {
	/** Ids of the processes that live now. */
	pids(): number[];
	/** Text of a file, bytes that are not UTF-8 replaced. */
	read(path: string): string | undefined;
	/** Target of a symbolic link. */
	link(path: string): string | undefined;
	/** Names in a directory. */
	list(path: string): string[];
}

/** Inode of the network namespace of a process. */
export function networkNamespace(proc: ProcFiles, pid: number | 'self'): number | undefined {
	const target = proc.link(`${pid}/ns/net`);
	const match = target?.match(/^net:\[(\d+)\]$/);
	return match ? Number(match[1]) : undefined;
}

/** The network namespace of the host: that of pid 1, or the agent's own where pid 1 may not be looked at. */
export function hostNetworkNamespace(proc: ProcFiles): number | undefined {
	return networkNamespace(proc, 1) ?? networkNamespace(proc, 'self');
}

/** Undefined: the process is gone. */
export function processStat(proc: ProcFiles, pid: number): ProcessStat | undefined {
	const text = proc.read(`${pid}/stat`);
	return text === undefined ? undefined : parseProcessStat(text);
}

/** Boot time in ms since the epoch: `btime` of /proc/stat. */
export function bootTime(proc: ProcFiles): number | undefined {
	const match = proc.read('stat')?.match(/^btime (\d+)$/m);
	return match ? Number(match[1]) * 1000 : undefined;
}
