import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BpfUsage } from '../../../app/node-agent/cost/usage.ts';
import type {
	CpuSampler,
	SampledProcesses,
	SamplerNumbers,
} from '../../../app/node-agent/profiles/cpu-sampler.ts';
import type { StackColumns } from '../../../app/node-agent/profiles/stack-fold.ts';
import type { BpfObject, KernelAddon, KernelProfiler } from '../events/kernel-addon.ts';

const ONLINE_CPUS = '/sys/devices/system/cpu/online';
/** Not a divisor of round rates, so that it does not run in step with timers. */
const HERTZ = 99;

/** The sampler over perf events and BPF. `open` throws with the kernel's words where it refuses. */
export class KernelCpuSampler implements CpuSampler {
	readonly hertz = HERTZ;
	readonly #object: BpfObject;
	readonly #profiler: KernelProfiler;
	#closed = false;

	private constructor(object: BpfObject, profiler: KernelProfiler) {
		this.#object = object;
		this.#profiler = profiler;
	}

	/** @param ownPids thread groups that are never sampled, at most 64 */
	static open(addon: KernelAddon, buildDir: string, ownPids: number[]): KernelCpuSampler {
		const object = new addon.BpfObject(join(buildDir, 'bpf', 'profile.bpf.o'));
		let profiler: KernelProfiler | undefined;
		try {
			object.load();
			for (const pid of ownPids) object.writeMap('unsampled', bytesOf(pid), new Uint8Array([1]));
			profiler = new addon.Profiler(object, HERTZ);
			profiler.watch(onlineCpus());
			return new KernelCpuSampler(object, profiler);
		} catch (error) {
			profiler?.close();
			object.close();
			throw error;
		}
	}

	async collect(): Promise<SampledProcesses> {
		// CPUs may have come and gone.
		this.#profiler.watch(onlineCpus());
		const processes = this.#profiler.collect();
		await this.#profiler.resolve();
		return { ...processes, refused: this.#profiler.refused() };
	}

	stacks(indices: Uint32Array): StackColumns {
		return this.#profiler.stacks(indices);
	}

	release(): void {
		this.#profiler.release();
	}

	numbers(): SamplerNumbers {
		return this.#profiler.numbers();
	}

	/** Of its one program. */
	bpf(): BpfUsage {
		return this.#object.usage();
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#profiler.close();
		this.#object.close();
	}
}

function bytesOf(pid: number): Uint8Array {
	return new Uint8Array(Uint32Array.of(pid).buffer);
}

/** `0-3,6` as numbers. Source: Linux, Documentation/admin-guide/cputopology.rst. */
export function parseCpuList(text: string): Uint32Array {
	const cpus: number[] = [];
	for (const part of text.trim().split(',')) {
		const [first, last = first] = part.split('-').map(Number);
		for (let cpu = first!; cpu <= last!; cpu++) cpus.push(cpu);
	}
	return Uint32Array.from(cpus);
}

function onlineCpus(): Uint32Array {
	return parseCpuList(readFileSync(ONLINE_CPUS, 'utf8'));
}
