import { KahanSum } from '../functions/kahan-sum.ts';
import { type Bucket, bucketsOf } from './bucket-walk.ts';
import { type Histogram, hasCustomBounds } from './histogram.ts';

/** The variance of the observations, as if each were in the middle of its bucket. */
export function histogramVariance(h: Histogram): number {
	const mean = h.sum / h.count;
	const variance = new KahanSum();
	for (const bucket of bucketsOf(h)) {
		if (bucket.count === 0) continue;
		const delta = middleOf(bucket, hasCustomBounds(h)) - mean;
		variance.add(bucket.count * delta * delta);
	}
	return variance.total / h.count;
}

/** The arithmetic mean of custom bounds, else the geometric one, and 0 of the zero bucket. */
function middleOf({ lower, upper }: Bucket, custom: boolean): number {
	if (custom) return (upper + lower) / 2;
	if (lower <= 0 && upper >= 0) return 0;
	const middle = Math.sqrt(upper * lower);
	return upper < 0 ? -middle : middle;
}
