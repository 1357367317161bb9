import { type Bucket, bucketsOf } from './bucket-walk.ts';
import { type Histogram, hasCustomBounds } from './histogram.ts';
import { shareBelow } from './interpolate.ts';
import { type Estimate, narrowZeroBucket } from './quantile.ts';

/**
 * The share of observations between two values, interpolated as for quantiles. NaN without observations. Observations of
 * NaN count as such, but are between no two values.
 */
export function histogramFraction(lower: number, upper: number, h: Histogram): Estimate {
	if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, note: 'none' };
	if (lower >= upper) return { value: 0, note: 'none' };
	const buckets = bucketsOf(h);
	const low = new Rank(lower);
	const high = new Rank(upper);
	let rank = 0;
	let count = 0;
	let next = 0;
	while (next < buckets.length && !(low.known && high.known)) {
		const bucket = buckets[next++]!;
		count += bucket.count;
		const linear = hasCustomBounds(h) || (bucket.lower <= 0 && bucket.upper >= 0);
		if (hasCustomBounds(h)) {
			if (bucket.lower === Number.NEGATIVE_INFINITY && bucket.upper > 0) bucket.lower = 0;
		} else if (linear) narrowZeroBucket(h, bucket);
		low.pass(bucket, rank, linear);
		high.pass(bucket, rank, linear);
		rank += bucket.count;
	}
	let note: Estimate['note'] = 'none';
	if (Number.isNaN(h.sum)) {
		for (; next < buckets.length; next++) count += buckets[next]!.count;
		if (count < h.count) note = 'fraction-without';
	} else count = h.count;
	return { value: (high.atMost(count) - low.atMost(count)) / h.count, note };
}

/** How many observations lie below a value. */
class Rank {
	readonly #value: number;
	#rank = 0;
	known = false;

	constructor(value: number) {
		this.#value = value;
	}

	/** The next bucket; `before` are in the ones below. */
	pass(bucket: Bucket, before: number, linear: boolean): void {
		const { lower, upper, count } = bucket;
		if (this.known) return;
		if (lower >= this.#value) this.#set(before);
		else if (upper > this.#value) {
			// Nothing can be said inside of a bucket without a beginning.
			const endless = linear && lower === Number.NEGATIVE_INFINITY;
			this.#set(endless ? count : before + count * shareBelow(bucket, this.#value, linear));
		}
	}

	#set(rank: number): void {
		this.#rank = rank;
		this.known = true;
	}

	atMost(count: number): number {
		return !this.known || this.#rank > count ? count : this.#rank;
	}
}
