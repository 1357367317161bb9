/** CPU samples of the node's processes, as the agent sees them. Adapter: hosts/node/profiles. */

import type { StackColumns } from './stack-fold.ts';

/** The processes of one round; one entry for each life of a process between two execs. */
export interface SampledProcesses {
	pids: Uint32Array;
	/** Ids of cgroup v2 directories. */
	cgroups: BigUint64Array;
	samples: Float64Array;
	/** 1 where the process's environment asks not to be profiled. */
	refused: Uint8Array;
}

/** Counters since the start, in samples unless said otherwise. */
export interface SamplerNumbers {
	/** Kept in the kernel's maps. */
	taken: number;
	/** Of threads of the kernel itself. */
	kernelThread: number;
	/** Of the product's own processes. */
	ignored: number;
	/** The map of counts was full. */
	noCount: number;
	/** The ring of stacks was full. */
	noStack: number;
	/** No frame could be read. */
	empty: number;
	/** The map of processes was full: no name, no service. */
	noProcess: number;
	/** Taken, but more came in one round than memory is given. */
	lost: number;
	/** Processes whose mappings were not read when they were first seen, because too many came at once. */
	unread: number;
	errors: number;
	/** CPU time of looking up functions. */
	lookupSeconds: number;
	/** Share of the map of counts that the last round took. */
	fill: number;
	/** CPUs that are sampled now. */
	cpus: number;
}

/** `collect`, `stacks` as often as wanted, `release`: one round. */
export interface CpuSampler {
	/** Samples a second and CPU. */
	readonly hertz: number;
	/** Ends the round and looks up the functions of its samples, on another thread. */
	collect(): Promise<SampledProcesses>;
	/** The stacks of some of the round's processes, by their index; values are samples. */
	stacks(indices: Uint32Array): StackColumns;
	/** Frees the round. */
	release(): void;
	numbers(): SamplerNumbers;
	close(): void;
}
