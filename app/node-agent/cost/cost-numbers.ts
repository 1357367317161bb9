/** CPU time and memory of the agent by owner, and the runs of its BPF programs, for its self metrics. */

import type { KernelStats } from '../kernel-events.ts';
import { ProgramEstimate } from './program-estimate.ts';
import type { PartUsage, ProcessUsage, ProgramUsage, ThreadUsage } from './usage.ts';

export interface CostSources {
	process: () => ProcessUsage;
	/** Parts with a cost of their own, beside the kernel's thread. */
	parts: () => PartUsage[];
	/** Share of the time so far in which the kernel timed BPF programs, 0 to 1. */
	timedShare: () => number;
}

export interface CostNumbers {
	/** Seconds; together the process's CPU time. */
	cpu: Record<string, number>;
	/** All but the kernel's, of the owner `bpf`, make up the resident memory together. */
	memory: { owner: string; kind: string; bytes: number }[];
	/** Size of Wasm memories by component, in bytes; what of it is resident is `native` memory of the runtime. */
	wasm: Record<string, number>;
	/** Estimated from the time in which the kernel timed them; empty where it does not. */
	programs: ProgramUsage[];
	residentBytes: number;
}

export class CostMeter {
	/** By owner, as last told. */
	readonly #cpu: Record<string, number> = {};
	readonly #programs = new ProgramEstimate();

	read(sources: CostSources, { thread, bpf }: Pick<KernelStats, 'thread' | 'bpf'>): CostNumbers {
		const process = sources.process();
		const parts = sources.parts();
		this.#charge('main', process.main.cpuSeconds);
		this.#charge('kernel-worker', thread.cpuSeconds);
		for (const { owner, cpuSeconds } of parts) this.#charge(owner, cpuSeconds);
		const told = [process.main, thread, ...parts].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
		this.#charge('runtime', process.cpuSeconds - told);
		const threads = [...memoryOf('main', process.main), ...memoryOf('kernel-worker', thread)];
		const known = threads.reduce((sum, { bytes }) => sum + bytes, 0);
		const share = sources.timedShare();
		const usages = [bpf, ...parts.map((part) => part.bpf)];
		return {
			cpu: { ...this.#cpu },
			memory: [
				...threads,
				{ owner: 'runtime', kind: 'native', bytes: Math.max(0, process.residentBytes - known) },
				{ owner: 'bpf', kind: 'maps', bytes: usages.reduce((sum, { mapBytes }) => sum + mapBytes, 0) },
			],
			// No component runs in both threads.
			wasm: { ...process.main.wasmBytes, ...thread.wasmBytes },
			programs:
				share === 0
					? []
					: this.#programs.add(
							usages.flatMap(({ programs }) => programs),
							share,
						),
			residentBytes: process.residentBytes,
		};
	}

	/** Threads are asked one after the other, so that a remainder may seem to shrink; a counter never does. */
	#charge(owner: string, seconds: number): void {
		this.#cpu[owner] = Math.max(this.#cpu[owner] ?? 0, seconds);
	}
}

function memoryOf(owner: string, thread: ThreadUsage): CostNumbers['memory'] {
	return [
		{ owner, kind: 'heap', bytes: thread.heapBytes },
		{ owner, kind: 'buffers', bytes: thread.bufferBytes },
	];
}
