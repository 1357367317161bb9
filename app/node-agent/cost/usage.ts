/** What parts of the agent have used so far, as its host tells. Adapters: hosts/node. */

/** One thread that runs JavaScript. */
export interface ThreadUsage {
	/** User and system time. */
	cpuSeconds: number;
	/** Of the JavaScript heap, as far as it takes memory. */
	heapBytes: number;
	/** Array buffers outside the heap. */
	bufferBytes: number;
	/** Size of Wasm memories by component; pages that were never touched take no memory. */
	wasmBytes: Record<string, number>;
}

/** The whole process. */
export interface ProcessUsage {
	residentBytes: number;
	/** User and system time of all threads, those that have ended included. */
	cpuSeconds: number;
	main: ThreadUsage;
}

/** One BPF program; counters since it was loaded, at 0 while the kernel does not time programs. */
export interface ProgramUsage {
	program: string;
	runs: number;
	seconds: number;
}

export interface BpfUsage {
	programs: ProgramUsage[];
	/** Kernel memory of the maps. */
	mapBytes: number;
}

/** A part that works on threads of the engine's pool, or has BPF programs of its own. */
export interface PartUsage {
	owner: string;
	/** Of the pool's threads. */
	cpuSeconds: number;
	bpf: BpfUsage;
}
