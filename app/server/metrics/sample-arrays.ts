/** What is kept for later: the columns of 6 million samples. */
const MAX_KEPT = 12_000_000;
const MAX_ARRAYS = 8;

/** Arrays for columns of samples that are used again: memory which is touched for the first time costs many times what filling it does. */
export class SampleArrays {
	/** Those that nobody has, and whether they were there at the last `trim`. */
	#free: { array: Float64Array; old: boolean }[] = [];

	/** One of at least this length, with anything in it. */
	take(least: number): Float64Array {
		let best = -1;
		for (const [i, { array }] of this.#free.entries()) {
			if (array.length < least) continue;
			if (best < 0 || array.length < this.#free[best]!.array.length) best = i;
		}
		if (best < 0) return new Float64Array(least);
		return this.#free.splice(best, 1)[0]!.array;
	}

	/** Takes one that nobody reads any more. */
	give(array: Float64Array): void {
		this.#free.push({ array, old: false });
		this.#free.sort((a, b) => b.array.length - a.array.length);
		let kept = 0;
		this.#free = this.#free.filter((it, i) => {
			if (i >= MAX_ARRAYS || kept + it.array.length > MAX_KEPT) return false;
			kept += it.array.length;
			return true;
		});
	}

	/** Lets go of what was not used since the last call. */
	trim(): void {
		this.#free = this.#free.filter((it) => !it.old);
		for (const it of this.#free) it.old = true;
	}
}
