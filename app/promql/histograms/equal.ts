import { type Histogram, type Side, sameBounds, sameIndexes } from './histogram.ts';

/** The same buckets, empty ones too, and the same numbers to the bit; hints may differ. */
export function areEqual(a: Histogram, b: Histogram): boolean {
	return (
		a.schema === b.schema &&
		a.zeroThreshold === b.zeroThreshold &&
		Object.is(a.count, b.count) &&
		Object.is(a.sum, b.sum) &&
		Object.is(a.zeroCount, b.zeroCount) &&
		sameBounds(a.bounds, b.bounds) &&
		sameSides(a.positive, b.positive) &&
		sameSides(a.negative, b.negative)
	);
}

function sameSides(a: Side, b: Side): boolean {
	return sameIndexes(a.indexes, b.indexes) && a.counts.every((count, i) => Object.is(count, b.counts[i]));
}
