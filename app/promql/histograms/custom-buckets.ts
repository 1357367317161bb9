import { KahanSum } from '../functions/kahan-sum.ts';
import type { Side } from './histogram.ts';
import type { CompensatedSide } from './side.ts';

/** The bounds that both have. */
export function sharedBounds(a: Float64Array, b: Float64Array): Float64Array {
	const known = new Set(b);
	return a.filter((bound) => known.has(bound));
}

const kahan = new KahanSum();

/** Sums of custom buckets whose bounds differ, in the buckets between the bounds that all of them share. */
export class SharedBuckets {
	readonly #bounds: Float64Array;
	readonly #counts: Float64Array;
	readonly #lost: Float64Array;

	constructor(bounds: Float64Array) {
		this.#bounds = bounds;
		this.#counts = new Float64Array(bounds.length + 1);
		this.#lost = new Float64Array(bounds.length + 1);
	}

	add({ indexes, counts }: Side, bounds: Float64Array, sign: 1 | -1, lost?: Float64Array): void {
		let to = 0;
		for (let i = 0; i < indexes.length; i++) {
			const bound = bounds[indexes[i]!] ?? Number.POSITIVE_INFINITY;
			while (to < this.#bounds.length && !(this.#bounds[to]! >= bound)) to++;
			kahan.reset(this.#counts[to]!, this.#lost[to]!);
			kahan.add(sign * counts[i]!);
			if (lost) kahan.add(lost[i]!);
			this.#counts[to] = kahan.sum;
			this.#lost[to] = kahan.compensation;
		}
	}

	/** Without the empty ones. */
	get sums(): CompensatedSide {
		const kept: number[] = [];
		for (let i = 0; i < this.#counts.length; i++)
			if (this.#counts[i] !== 0 || this.#lost[i] !== 0) kept.push(i);
		return {
			side: { indexes: Int32Array.from(kept), counts: Float64Array.from(kept, (i) => this.#counts[i]!) },
			lost: Float64Array.from(kept, (i) => this.#lost[i]!),
		};
	}
}
