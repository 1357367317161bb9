import type { KernelStats, RingStats } from '../../../app/node-agent/kernel-events.ts';
import type { BpfObject } from './kernel-addon.ts';

/** Slots of the per-CPU map `stats`; bpf/include/stats.h. */
const SLOTS = 40;
const UNREADABLE = 32;
const NO_STORAGE = 33;
const BUSY = 34;
const MUTED = 35;
const IGNORED = 36;

/** Record kinds, by the ring that carries them; bpf/include/records.h. */
const KINDS: Record<RingStats['ring'], Record<string, number>> = {
	data: { connection: 1, connect_failed: 2, data: 3, bytes: 4, close: 5 },
	control: { process_start: 16, process_exec: 17, process_exit: 18, listen: 19, unlisten: 20 },
};

/** The kernel's counters, summed over CPUs and objects. */
export class KernelCounters {
	readonly #objects: BpfObject[];
	readonly #key = new Uint8Array(4);
	readonly #values: BigUint64Array;
	readonly #sums = new Float64Array(SLOTS);

	constructor(objects: BpfObject[], cpus: number) {
		this.#objects = objects;
		this.#values = new BigUint64Array(SLOTS * cpus);
	}

	/** Reads the maps; the other methods then speak of that moment. */
	read(): void {
		this.#sums.fill(0);
		for (const object of this.#objects) {
			const bytes = object.readMap('stats', this.#key, new Uint8Array(this.#values.buffer));
			for (let i = 0; i < bytes / 8; i++) {
				this.#sums[i % SLOTS]! += Number(this.#values[i]);
			}
		}
	}

	lost(ring: RingStats['ring']): Record<string, number> {
		const lost: Record<string, number> = {};
		for (const [name, slot] of Object.entries(KINDS[ring])) lost[name] = this.#sums[slot]!;
		return lost;
	}

	calls(): KernelStats['calls'] {
		return {
			unreadable: this.#sums[UNREADABLE]!,
			noStorage: this.#sums[NO_STORAGE]!,
			busy: this.#sums[BUSY]!,
			muted: this.#sums[MUTED]!,
			ignored: this.#sums[IGNORED]!,
		};
	}
}
