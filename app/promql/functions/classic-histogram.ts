/** Relative differences between buckets below this are rounding. */
const TOLERANCE = 1e-12;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** Where counts of buckets fell from one bound to the next, and were lifted. */
export interface Lift {
	minBound: number;
	maxBound: number;
	maxDifference: number;
}

/**
 * A classic histogram at one step: cumulative counts at rising upper bounds, made to rise. Buckets with the same bound are
 * added up.
 */
export class ClassicHistogram {
	readonly bounds: number[] = [];
	readonly counts: number[] = [];

	clear(): void {
		this.bounds.length = 0;
		this.counts.length = 0;
	}

	/** Bounds come in order. */
	add(bound: number, count: number): void {
		const last = this.bounds.length - 1;
		if (last >= 0 && this.bounds[last] === bound) this.counts[last]! += count;
		else {
			this.bounds.push(bound);
			this.counts.push(count);
		}
	}

	get #complete(): boolean {
		return this.bounds.at(-1) === Number.POSITIVE_INFINITY;
	}

	/**
	 * Linear inside the bucket that holds the quantile, from 0 in the first one; the highest finite bound when it lies in the
	 * last. NaN without observations or without a bucket +Inf. `lifted` takes what had to be corrected.
	 */
	quantile(q: number, lifted: (lift: Lift) => void): number {
		if (Number.isNaN(q)) return Number.NaN;
		if (q < 0) return Number.NEGATIVE_INFINITY;
		if (q > 1) return Number.POSITIVE_INFINITY;
		if (!this.#complete) return Number.NaN;
		const lift = this.#rise();
		if (lift) lifted(lift);
		const { bounds, counts } = this;
		const last = bounds.length - 1;
		const total = counts[last]!;
		if (bounds.length < 2 || total === 0) return Number.NaN;
		let rank = q * total;
		const bucket = firstReaching(counts, rank, last);
		if (bucket === last) return bounds[last - 1]!;
		if (bucket === 0 && bounds[0]! <= 0) return bounds[0]!;
		let start = 0;
		let count = counts[bucket]!;
		if (bucket > 0) {
			start = bounds[bucket - 1]!;
			count -= counts[bucket - 1]!;
			rank -= counts[bucket - 1]!;
		}
		return start + (bounds[bucket]! - start) * (rank / count);
	}

	/** The share of observations between two values. */
	fraction(lower: number, upper: number): number {
		if (!this.#complete) return Number.NaN;
		const total = this.counts.at(-1)!;
		if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
		if (lower >= upper) return 0;
		return (this.#rankOf(upper, total) - this.#rankOf(lower, total)) / total;
	}

	/** How many observations lie below a value, at most all. */
	#rankOf(value: number, total: number): number {
		const { bounds, counts } = this;
		let rank = 0;
		for (let i = 0; i < bounds.length; i++) {
			const lower = i > 0 ? bounds[i - 1]! : bounds[0]! <= 0 ? Number.NEGATIVE_INFINITY : 0;
			if (lower >= value) return atMost(rank, total);
			const upper = bounds[i]!;
			if (upper > value) {
				// Nothing can be said inside of a bucket without end.
				if (lower === Number.NEGATIVE_INFINITY) return atMost(counts[i]!, total);
				return atMost(rank + ((counts[i]! - rank) * (value - lower)) / (upper - lower), total);
			}
			rank = counts[i]!;
		}
		return total;
	}

	/** Lifts counts that fall; differences that are only rounding without saying so. */
	#rise(): Lift | undefined {
		const { bounds, counts } = this;
		let lift: Lift | undefined;
		let before = counts[0]!;
		for (let i = 1; i < counts.length; i++) {
			const count = counts[i]!;
			if (count === before) continue;
			if (almostEqual(before, count)) counts[i] = before;
			else if (count < before) {
				counts[i] = before;
				lift ??= { minBound: bounds[i]!, maxBound: bounds[i]!, maxDifference: 0 };
				lift.maxBound = bounds[i]!;
				lift.maxDifference = Math.max(lift.maxDifference, before - count);
			} else before = count;
		}
		return lift;
	}
}

/** Index of the first count that reaches `rank`, by bisection; `last` if none before it does. */
function firstReaching(counts: readonly number[], rank: number, last: number): number {
	let low = 0;
	let high = last;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (!(counts[middle]! >= rank)) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** A NaN stays. */
function atMost(rank: number, total: number): number {
	return Number.isNaN(rank) ? rank : Math.min(rank, total);
}

function almostEqual(a: number, b: number): boolean {
	if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
	const sum = Math.abs(a) + Math.abs(b);
	const difference = Math.abs(a - b);
	if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
	return difference / Math.min(sum, Number.MAX_VALUE) < TOLERANCE;
}
