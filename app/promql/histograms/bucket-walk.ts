import { boundOf } from './bounds.ts';
import { type Histogram, hasCustomBounds, type Side } from './histogram.ts';

export interface Bucket {
	lower: number;
	upper: number;
	count: number;
}

/** Bucket `i` of a side. */
export function bucketAt(h: Histogram, side: Side, i: number): Bucket {
	const index = side.indexes[i]!;
	const far = boundOf(index, h.schema, h.bounds);
	const near = boundOf(index - 1, h.schema, h.bounds);
	const count = side.counts[i]!;
	return side === h.positive ? { lower: near, upper: far, count } : { lower: -far, upper: -near, count };
}

export function zeroBucket({ zeroThreshold, zeroCount }: Histogram): Bucket {
	return { lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount };
}

/** All buckets by rising bounds, empty ones too, but for an empty zero bucket; buckets end where the zero bucket begins. */
export function bucketsOf(h: Histogram): Bucket[] {
	const out: Bucket[] = [];
	for (let i = h.negative.indexes.length - 1; i >= 0; i--) out.push(clipped(h, bucketAt(h, h.negative, i)));
	if (!hasCustomBounds(h) && h.zeroCount > 0) out.push(zeroBucket(h));
	for (let i = 0; i < h.positive.indexes.length; i++) out.push(clipped(h, bucketAt(h, h.positive, i)));
	return out;
}

function clipped({ zeroThreshold }: Histogram, bucket: Bucket): Bucket {
	const { lower, upper } = bucket;
	if (upper < 0 && upper > -zeroThreshold) bucket.upper = -zeroThreshold;
	else if (lower > 0 && lower < zeroThreshold) bucket.lower = zeroThreshold;
	return bucket;
}
