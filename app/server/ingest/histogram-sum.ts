import { CUSTOM_BOUNDS, type Histogram, type HistogramSide } from './histogram-columns.ts';

/** Buckets of one sum, both signs: with more its resolution is halved. At the lowest one all of float64 has fewer. */
export const MAX_SUM_BUCKETS = 512;
const LOWEST_SCHEMA = -4;
const FLOAT = 1;

const NO_BUCKETS: HistogramSide = { indexes: new Int32Array(0), counts: new Float64Array(0) };

/** A histogram without observations, with the bounds of another one. */
export function emptyHistogram(like: Histogram, timestamp: number): Histogram {
	return {
		...like,
		timestamp,
		startTimestamp: 0,
		kind: like.kind & FLOAT,
		zeroCount: 0,
		count: 0,
		sum: 0,
		positive: NO_BUCKETS,
		negative: NO_BUCKETS,
	};
}

/**
 * Observations of both, with the time of `delta`; null where their bounds are custom ones and differ. The coarser resolution and the
 * wider zero bucket hold. Source: https://prometheus.io/docs/specs/native_histograms/, "Schema conversion" and "Zero bucket".
 */
export function addHistograms(sum: Histogram, delta: Histogram): Histogram | null {
	if (sum.schema === CUSTOM_BOUNDS || delta.schema === CUSTOM_BOUNDS) {
		if (sum.schema !== delta.schema || !sameBounds(sum.customValues, delta.customValues)) return null;
		return joined(sum, delta);
	}
	const schema = Math.min(sum.schema, delta.schema);
	let a = toSchema(sum, schema);
	let b = toSchema(delta, schema);
	while (a.zeroThreshold !== b.zeroThreshold) {
		if (a.zeroThreshold < b.zeroThreshold) a = widenZero(a, b.zeroThreshold);
		else b = widenZero(b, a.zeroThreshold);
	}
	let both = joined(a, b);
	while (
		both.positive.indexes.length + both.negative.indexes.length > MAX_SUM_BUCKETS &&
		both.schema > LOWEST_SCHEMA
	)
		both = toSchema(both, both.schema - 1);
	return both;
}

function joined(a: Histogram, b: Histogram): Histogram {
	return {
		...b,
		startTimestamp: 0,
		kind: (a.kind | b.kind) & FLOAT,
		zeroCount: a.zeroCount + b.zeroCount,
		count: a.count + b.count,
		sum: a.sum + b.sum,
		positive: addSides(a.positive, b.positive),
		negative: addSides(a.negative, b.negative),
	};
}

function sameBounds(a: Float64Array, b: Float64Array): boolean {
	return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

function addSides(a: HistogramSide, b: HistogramSide): HistogramSide {
	const indexes = new Int32Array(a.indexes.length + b.indexes.length);
	const counts = new Float64Array(indexes.length);
	let n = 0;
	for (let i = 0, j = 0; i < a.indexes.length || j < b.indexes.length; n++) {
		const left = a.indexes[i] ?? Number.POSITIVE_INFINITY;
		const right = b.indexes[j] ?? Number.POSITIVE_INFINITY;
		indexes[n] = Math.min(left, right);
		let count = 0;
		if (left <= right) count += a.counts[i++]!;
		if (right <= left) count += b.counts[j++]!;
		counts[n] = count;
	}
	return { indexes: indexes.slice(0, n), counts: counts.slice(0, n) };
}

function toSchema(histogram: Histogram, schema: number): Histogram {
	const shift = histogram.schema - schema;
	if (shift === 0) return histogram;
	return {
		...histogram,
		schema,
		positive: coarser(histogram.positive, shift),
		negative: coarser(histogram.negative, shift),
	};
}

/** A bucket counts up to its upper bound, so that index 2 is the last one of the wider bucket 1. */
function coarser({ indexes, counts }: HistogramSide, shift: number): HistogramSide {
	const width = 2 ** shift;
	const wider = new Int32Array(indexes.length);
	const sums = new Float64Array(indexes.length);
	let n = 0;
	for (let i = 0; i < indexes.length; i++) {
		const index = Math.floor((indexes[i]! - 1) / width) + 1;
		if (n === 0 || wider[n - 1] !== index) wider[n++] = index;
		sums[n - 1]! += counts[i]!;
	}
	return { indexes: wider.slice(0, n), counts: sums.slice(0, n) };
}

/** Takes buckets that begin below the threshold into the zero bucket, which then ends where the last of them does. */
function widenZero(histogram: Histogram, threshold: number): Histogram {
	const { schema, positive, negative } = histogram;
	let zeroThreshold = threshold;
	let zeroCount = histogram.zeroCount;
	const below = ({ indexes, counts }: HistogramSide): number => {
		let n = 0;
		for (; n < indexes.length && upperBound(indexes[n]! - 1, schema) < zeroThreshold; n++) {
			zeroCount += counts[n]!;
			if (counts[n]! > 0) zeroThreshold = Math.max(zeroThreshold, upperBound(indexes[n]!, schema));
		}
		return n;
	};
	const without = ({ indexes, counts }: HistogramSide, n: number): HistogramSide => ({
		indexes: indexes.slice(n),
		counts: counts.slice(n),
	});
	const positives = below(positive);
	const negatives = below(negative);
	// The negative side may have widened it over positive buckets.
	const more = below(without(positive, positives));
	return {
		...histogram,
		zeroThreshold,
		zeroCount,
		positive: without(positive, positives + more),
		negative: without(negative, negatives),
	};
}

function upperBound(index: number, schema: number): number {
	return 2 ** (index * 2 ** -schema);
}
