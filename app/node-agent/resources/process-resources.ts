/** What /proc says of one process; man 5 proc. */

import { parseProcessStat } from '../processes/process-stat.ts';
import { keyedNumber } from './kernel-text.ts';

/** Files by path under /proc (`123/stat`); undefined: the process is gone, or nobody may look. */
export interface ProcessFiles {
	read(path: string): string | undefined;
}

/** Seconds of CPU since the process started; undefined where it is gone. */
export function readProcessCpu(files: ProcessFiles, pid: number): [seconds: number] | undefined {
	const stat = files.read(`${pid}/stat`);
	return stat === undefined ? undefined : [parseProcessStat(stat).cpuSeconds];
}

/** Bytes that the process made disks read and write since it started; undefined where nobody may know. */
export function readProcessIo(files: ProcessFiles, pid: number): [read: number, written: number] | undefined {
	const io = files.read(`${pid}/io`);
	const read = keyedNumber(io, 'read_bytes', ':');
	const written = keyedNumber(io, 'write_bytes', ':');
	return read === undefined || written === undefined ? undefined : [read, written];
}

/** Bytes in memory now: its own alone, and those that it may share with others; undefined for threads of the kernel. */
export function readProcessMemory(
	files: ProcessFiles,
	pid: number,
): { own: number; shareable: number } | undefined {
	const status = files.read(`${pid}/status`);
	const own = keyedNumber(status, 'RssAnon', ':');
	if (own === undefined) return undefined;
	const [file, shared] = [keyedNumber(status, 'RssFile', ':'), keyedNumber(status, 'RssShmem', ':')];
	return { own: own * 1024, shareable: ((file ?? 0) + (shared ?? 0)) * 1024 };
}
