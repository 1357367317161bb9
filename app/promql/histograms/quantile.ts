import { type Bucket, bucketsOf } from './bucket-walk.ts';
import { type Histogram, hasCustomBounds } from './histogram.ts';
import { binaryLogarithm } from './interpolate.ts';

/** What observations of NaN, which are in no bucket, do to a result. */
export type NaNNote = 'none' | 'quantile-nan' | 'quantile-skewed' | 'fraction-without';

export interface Estimate {
	value: number;
	note: NaNNote;
}

const plain = (value: number): Estimate => ({ value, note: 'none' });

/**
 * The quantile, interpolated within its bucket: linearly with custom bounds and in the zero bucket, else exponentially.
 * NaN without observations. With only positive buckets the zero bucket begins at 0, with only negative ones it ends there.
 */
export function histogramQuantile(q: number, h: Histogram): Estimate {
	if (q < 0) return plain(Number.NEGATIVE_INFINITY);
	if (q > 1) return plain(Number.POSITIVE_INFINITY);
	if (h.count === 0 || Number.isNaN(q)) return plain(Number.NaN);
	// From the nearer end; observations of NaN are above all buckets, so that only the lower end is certain.
	const fromBelow = Number.isNaN(h.sum) || q < 0.5;
	const buckets = bucketsOf(h);
	if (!fromBelow) buckets.reverse();
	const rank = fromBelow ? q * h.count : (1 - q) * h.count;
	let bucket: Bucket = { lower: 0, upper: 0, count: 0 };
	let count = 0;
	let next = 0;
	while (next < buckets.length) {
		bucket = buckets[next++]!;
		if (bucket.count === 0) continue;
		count += bucket.count;
		if (count >= rank) break;
	}
	const custom = hasCustomBounds(h);
	if (custom) {
		if (bucket.lower === Number.NEGATIVE_INFINITY) {
			if (bucket.upper <= 0) return plain(bucket.upper);
			bucket.lower = 0;
		} else if (bucket.upper === Number.POSITIVE_INFINITY) return plain(bucket.lower);
	} else if (bucket.lower < 0 && bucket.upper > 0) narrowZeroBucket(h, bucket);
	// Of rounding.
	if (count > h.count) count = h.count;
	if (count < rank) {
		return Number.isNaN(h.sum) ? { value: Number.NaN, note: 'quantile-nan' } : plain(bucket.upper);
	}
	const within = fromBelow ? rank - (count - bucket.count) : count - rank;
	const note = Number.isNaN(h.sum) && hasMore(buckets, next, count, h) ? 'quantile-skewed' : 'none';
	return { value: valueAt(bucket, within / bucket.count, custom), note };
}

/** Whether there are more observations than the buckets from `next` on and those before them hold. */
function hasMore(buckets: readonly Bucket[], next: number, before: number, h: Histogram): boolean {
	let count = before;
	for (let i = next; i < buckets.length; i++) count += buckets[i]!.count;
	return count < h.count;
}

export function narrowZeroBucket(h: Histogram, bucket: Bucket): void {
	const negative = h.negative.indexes.length;
	const positive = h.positive.indexes.length;
	if (negative === 0 && positive > 0) bucket.lower = 0;
	else if (positive === 0 && negative > 0) bucket.upper = 0;
}

function valueAt({ lower, upper }: Bucket, share: number, custom: boolean): number {
	if (custom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * share;
	const low = binaryLogarithm(Math.abs(lower));
	const high = binaryLogarithm(Math.abs(upper));
	return lower > 0 ? 2 ** (low + (high - low) * share) : -(2 ** (high + (low - high) * (1 - share)));
}
