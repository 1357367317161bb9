import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BpfUsage } from '../../../app/node-agent/cost/usage.ts';
import type { SampledProcesses, SamplerNumbers } from '../../../app/node-agent/profiles/cpu-sampler.ts';
import type { StackColumns } from '../../../app/node-agent/profiles/stack-fold.ts';

/** One BPF object file. Errors carry `errno` and `log`, the tail of the verifier's words. */
export interface BpfObject {
	load(): void;
	attach(program: string): void;
	/** Bytes written to `out`. Per-CPU maps yield the values of all possible CPUs, each padded to 8 bytes. */
	readMap(map: string, key: Uint8Array, out: Uint8Array): number;
	writeMap(map: string, key: Uint8Array, value: Uint8Array): void;
	/** What its programs and maps cost; maps that are another object's are left to that. */
	usage(): BpfUsage;
	/** Detaches and unloads; synchronous, about 100 ms. Again: does nothing. */
	close(): void;
}

export interface BpfObjectOptions {
	/** Constants, set before load. */
	rodata?: Record<string, number | bigint>;
	/** Size of a map; bytes for a ring buffer (a power of two, at least a page). */
	entries?: Record<string, number>;
	/** Programs to load; all when absent. */
	programs?: string[];
	/** Maps that are those of another, loaded object. */
	share?: Record<string, BpfObject>;
}

/** A ring buffer, for one reader; it may outlive its object. */
export interface KernelRing {
	/** Bytes written to `out`: whole records only, each `[u32 length][u32 0][record, padded to 8]`. */
	drain(out: Uint8Array): number;
	close(): void;
	/** Drained so far. */
	readonly records: number;
	/** Drained so far, headers included. */
	readonly bytes: number;
	/** Bytes that wait now. */
	readonly waiting: number;
	readonly size: number;
}

/** Looks at rings without running JavaScript. */
export interface KernelRingWatch {
	/** Looks as often until something is in a ring: then the callback comes, once. It keeps no thread alive. */
	start(intervalMs: number): void;
	stop(): void;
	/** Call it before the rings are closed. */
	close(): void;
}

/** The sampler over a loaded profile.bpf.o; `close` it before its object. */
export interface KernelProfiler {
	/** Samples these CPUs from now on, and no others; how many there are. Throws when none can be. */
	watch(cpus: Uint32Array): number;
	/** Ends the round. */
	collect(): Omit<SampledProcesses, 'refused'>;
	/** Looks up the functions of the round on another thread. */
	resolve(): Promise<void>;
	/** After `resolve`, as are the stacks. */
	refused(): Uint8Array;
	stacks(indices: Uint32Array): StackColumns;
	release(): void;
	numbers(): SamplerNumbers;
	close(): void;
}

/** The kernel's taskstats; opening throws where it has none, or does not tell them to this process. */
export interface KernelTaskStats {
	/** Two numbers for each process: ns that its threads waited for a CPU, and for disks; NaN where it is gone. */
	read(pids: Uint32Array): Float64Array;
	close(): void;
}

/** Switches on that the kernel counts and times the runs of all BPF programs; throws where it refuses. */
export interface KernelRunStats {
	close(): void;
}

/** Memory of the whole process. */
export interface KernelMemory {
	/** From now on malloc gives back soon what is freed. */
	keepLittle(): void;
	/** Gives back what is free, and code that has run: what runs again comes back from the page cache. Some milliseconds. */
	release(): void;
}

/** Symbol lookup, part by part; for tests. */
export interface SymbolDoors {
	/** Names of functions at addresses of an ELF file; empty where there is none. */
	elfNames(path: string, addresses: BigUint64Array): string[];
	/** The same from a file like /proc/kallsyms, and from a perf map. */
	kernelNames(path: string, addresses: BigUint64Array): string[];
	perfMapNames(path: string, addresses: BigUint64Array): string[];
	/** What a name of a perf map says. */
	jitName(name: string): { function: string; file: string; line: number };
	/** A line of /proc/PID/maps; undefined when it holds no code. */
	mapsLine(
		line: string,
	): { start: bigint; end: bigint; offset: bigint; inode: bigint; path: string } | undefined;
	demangle(name: string): string;
}

export interface KernelAddon {
	BpfObject: new (path: string, options?: BpfObjectOptions) => BpfObject;
	Ring: new (object: BpfObject, map: string) => KernelRing;
	RingWatch: new (rings: KernelRing[], onRecords: () => void) => KernelRingWatch;
	Profiler: new (object: BpfObject, hertz: number) => KernelProfiler;
	RunStats: new () => KernelRunStats;
	TaskStats: new () => KernelTaskStats;
	memory: KernelMemory;
	symbols: SymbolDoors;
	/** How many values a per-CPU map has for each key. */
	possibleCpus: number;
}

/** The native addon of `buildDir`; throws when it is not built or not for this machine. */
export function loadKernelAddon(buildDir: string): KernelAddon {
	return createRequire(import.meta.url)(join(buildDir, 'addon', 'codexray.node')) as KernelAddon;
}
