import { KahanSum } from '../functions/kahan-sum.ts';
import { bucketAt } from './bucket-walk.ts';
import type { Histogram, Side } from './histogram.ts';
import { type CompensatedSide, compactSide } from './side.ts';

/** A histogram and what rounding took from each of its numbers; `lost` has the histogram's buckets. */
export interface Compensated {
	histogram: Histogram;
	lost: Histogram;
}

interface ZeroCount {
	count: number;
	lost: number;
	threshold: number;
}

/**
 * What the zero bucket holds with a threshold that is not smaller. A threshold within a populated bucket grows to that
 * bucket's end.
 */
export function zeroCountAt(h: Histogram, wanted: number, lost?: Histogram): ZeroCount {
	const sum = new KahanSum();
	sum.compensation = lost?.zeroCount ?? 0;
	if (wanted === h.zeroThreshold) return { count: h.zeroCount, lost: sum.compensation, threshold: wanted };
	let threshold = wanted;
	for (;;) {
		// What was lost in a round that is done again stays: Prometheus's sums are so.
		sum.reset(h.zeroCount, sum.compensation);
		threshold = addWithin(h, h.positive, threshold, sum, lost?.positive);
		const reached = addWithin(h, h.negative, threshold, sum, lost?.negative);
		if (reached === threshold) return { count: sum.sum, lost: sum.compensation, threshold };
		// The positive side has to be looked at again.
		threshold = reached;
	}
}

/** Adds the buckets that begin below the threshold; gives back where the last of them ends, if it is populated. */
function addWithin(h: Histogram, side: Side, threshold: number, sum: KahanSum, lost?: Side): number {
	for (let i = 0; i < side.indexes.length; i++) {
		const { lower, upper, count } = bucketAt(h, side, i);
		const [near, far] = side === h.positive ? [lower, upper] : [-upper, -lower];
		if (near >= threshold) break;
		sum.add(count);
		if (lost) sum.add(lost.counts[i]!);
		if (far > threshold) return count !== 0 ? far : threshold;
	}
	return threshold;
}

/** With a larger zero bucket; its threshold is where a bucket ends. */
function withZeroBucket({ histogram: h, lost }: Compensated, wanted: number): Compensated {
	const zero = zeroCountAt(h, wanted, lost);
	const positive = trimmed(h, h.positive, lost.positive, zero.threshold);
	const negative = trimmed(h, h.negative, lost.negative, zero.threshold);
	return {
		histogram: {
			...h,
			zeroThreshold: zero.threshold,
			zeroCount: zero.count,
			positive: positive.side,
			negative: negative.side,
		},
		lost: {
			...lost,
			zeroCount: zero.lost,
			positive: { indexes: positive.side.indexes, counts: positive.lost },
			negative: { indexes: negative.side.indexes, counts: negative.lost },
		},
	};
}

/** Without the buckets that the zero bucket holds, and without those that are empty. */
function trimmed(h: Histogram, side: Side, lost: Side, threshold: number): CompensatedSide {
	const keep = new Uint8Array(side.indexes.length);
	let inside = true;
	for (let i = 0; i < keep.length; i++) {
		const { lower, upper } = bucketAt(h, side, i);
		if (inside && (side === h.positive ? lower : -upper) < threshold) continue;
		inside = false;
		keep[i] = side.counts[i] !== 0 || lost.counts[i] !== 0 ? 1 : 0;
	}
	return {
		side: {
			indexes: side.indexes.filter((_, i) => keep[i]),
			counts: side.counts.filter((_, i) => keep[i]),
		},
		lost: lost.counts.filter((_, i) => keep[i]),
	};
}

/**
 * A zero threshold that no populated bucket of either histogram lies across: `a` with that, and what the other's zero
 * bucket then holds.
 */
export function reconcileZeroBuckets(
	a: Compensated,
	other: Histogram,
): { a: Compensated; otherCount: number; otherLost: number } {
	let out = a;
	let { zeroCount: otherCount, zeroThreshold: threshold } = other;
	let otherLost = 0;
	while (threshold !== out.histogram.zeroThreshold) {
		if (out.histogram.zeroThreshold > threshold) {
			const zero = zeroCountAt(other, out.histogram.zeroThreshold);
			({ count: otherCount, lost: otherLost, threshold } = zero);
		}
		if (threshold > out.histogram.zeroThreshold) out = withZeroBucket(out, threshold);
	}
	return { a: out, otherCount, otherLost };
}

/** A histogram that lost nothing. */
export function nothingLost(h: Histogram): Histogram {
	return {
		...h,
		zeroCount: 0,
		count: 0,
		sum: 0,
		positive: { indexes: h.positive.indexes, counts: new Float64Array(h.positive.counts.length) },
		negative: { indexes: h.negative.indexes, counts: new Float64Array(h.negative.counts.length) },
	};
}

export function compact(h: Histogram): Histogram {
	const positive = compactSide(h.positive);
	const negative = compactSide(h.negative);
	return positive === h.positive && negative === h.negative ? h : { ...h, positive, negative };
}
