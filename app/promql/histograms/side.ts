import { KahanSum } from '../functions/kahan-sum.ts';
import { boundOf, coarserIndex } from './bounds.ts';
import { CUSTOM_SCHEMA, EMPTY_SIDE, NO_BOUNDS, type Side, sameIndexes } from './histogram.ts';

/** A side and what rounding took from its counts, bucket by bucket. */
export interface CompensatedSide {
	side: Side;
	lost: Float64Array;
}

const kahan = new KahanSum();

export function scaledSide(side: Side, factor: number): Side {
	const counts = new Float64Array(side.counts.length);
	for (let i = 0; i < counts.length; i++) counts[i] = side.counts[i]! * factor;
	return { indexes: side.indexes, counts };
}

export function dividedSide(side: Side, by: number): Side {
	const counts = new Float64Array(side.counts.length);
	for (let i = 0; i < counts.length; i++) counts[i] = side.counts[i]! / by;
	return { indexes: side.indexes, counts };
}

/** Without its empty buckets. */
export function compactSide(side: Side): Side {
	const { indexes, counts } = side;
	let kept = 0;
	for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) kept++;
	if (kept === counts.length) return side;
	if (kept === 0) return EMPTY_SIDE;
	const out = { indexes: new Int32Array(kept), counts: new Float64Array(kept) };
	for (let i = 0, n = 0; n < kept; i++) {
		if (counts[i] === 0) continue;
		out.indexes[n] = indexes[i]!;
		out.counts[n++] = counts[i]!;
	}
	return out;
}

/** In a schema that is not finer. */
export function coarserSide(side: Side, from: number, to: number): Side {
	if (from === to || side.indexes.length === 0) return side;
	const { indexes, counts } = side;
	const outIndexes = new Int32Array(indexes.length);
	const outCounts = new Float64Array(indexes.length);
	let n = 0;
	for (let i = 0; i < indexes.length; i++) {
		const index = coarserIndex(indexes[i]!, from, to);
		if (n > 0 && outIndexes[n - 1] === index) outCounts[n - 1]! += counts[i]!;
		else {
			outIndexes[n] = index;
			outCounts[n++] = counts[i]!;
		}
	}
	return { indexes: outIndexes.slice(0, n), counts: outCounts.slice(0, n) };
}

/** The same with what rounding takes kept. */
export function coarserCompensated(
	{ side, lost }: CompensatedSide,
	from: number,
	to: number,
): CompensatedSide {
	if (from === to || side.indexes.length === 0) return { side, lost };
	const { indexes, counts } = side;
	const outIndexes = new Int32Array(indexes.length);
	const outCounts = new Float64Array(indexes.length);
	const outLost = new Float64Array(indexes.length);
	let n = 0;
	for (let i = 0; i < indexes.length; i++) {
		const index = coarserIndex(indexes[i]!, from, to);
		if (n > 0 && outIndexes[n - 1] === index) {
			addTo(outCounts, outLost, n - 1, counts[i]!, lost[i]!);
		} else {
			outIndexes[n] = index;
			outCounts[n] = counts[i]!;
			outLost[n++] = lost[i]!;
		}
	}
	return {
		side: { indexes: outIndexes.slice(0, n), counts: outCounts.slice(0, n) },
		lost: outLost.slice(0, n),
	};
}

/** The first bucket that does not lie within the zero bucket. */
function firstOutside({ indexes }: Side, schema: number, threshold: number): number {
	if (schema === CUSTOM_SCHEMA) return 0;
	let i = 0;
	while (i < indexes.length && boundOf(indexes[i]!, schema, NO_BOUNDS) <= threshold) i++;
	return i;
}

/**
 * `a` and `sign` times `b`, bucket by bucket, both in one schema. Buckets of `b` within the zero threshold are left out:
 * they are in its zero count.
 */
export function addSides(a: Side, b: Side, schema: number, threshold: number, sign: 1 | -1): Side {
	const first = firstOutside(b, schema, threshold);
	if (first === b.indexes.length) return a;
	if (first === 0 && sameIndexes(a.indexes, b.indexes)) {
		const counts = new Float64Array(a.counts.length);
		for (let i = 0; i < counts.length; i++) counts[i] = a.counts[i]! + sign * b.counts[i]!;
		return { indexes: a.indexes, counts };
	}
	const indexes = mergedIndexes(a.indexes, b.indexes.subarray(first));
	const counts = new Float64Array(indexes.length);
	for (let n = 0, i = 0, j = first; n < indexes.length; n++) {
		const inA = a.indexes[i] === indexes[n];
		const inB = b.indexes[j] === indexes[n];
		if (inA && inB) counts[n] = a.counts[i++]! + sign * b.counts[j++]!;
		else counts[n] = inA ? a.counts[i++]! : sign * b.counts[j++]!;
	}
	return { indexes, counts };
}

/** `a` and `b` with what rounding takes kept; `b` may have lost something itself. */
export function addCompensated(
	a: CompensatedSide,
	b: CompensatedSide,
	schema: number,
	threshold: number,
): CompensatedSide {
	const first = firstOutside(b.side, schema, threshold);
	if (first === b.side.indexes.length) return a;
	const moreLost = b.lost.length > 0;
	if (first === 0 && !moreLost && sameIndexes(a.side.indexes, b.side.indexes))
		return addSameBuckets(a, b.side);
	const indexes = mergedIndexes(a.side.indexes, b.side.indexes.subarray(first));
	const counts = new Float64Array(indexes.length);
	const lost = new Float64Array(indexes.length);
	for (let n = 0, i = 0, j = first; n < indexes.length; n++) {
		if (a.side.indexes[i] === indexes[n]) {
			counts[n] = a.side.counts[i]!;
			lost[n] = a.lost[i++]!;
			if (b.side.indexes[j] !== indexes[n]) continue;
			addTo(counts, lost, n, b.side.counts[j]!, moreLost ? b.lost[j]! : 0);
			j++;
		} else {
			counts[n] = b.side.counts[j]!;
			if (moreLost) lost[n] = b.lost[j]!;
			j++;
		}
	}
	return { side: { indexes, counts }, lost };
}

/** See KahanSum, which this is for many sums at once. */
function addSameBuckets({ side, lost }: CompensatedSide, b: Side): CompensatedSide {
	const counts = new Float64Array(side.counts.length);
	const lostNow = new Float64Array(counts.length);
	for (let i = 0; i < counts.length; i++) {
		const sum = side.counts[i]!;
		const x = b.counts[i]!;
		const t = sum + x;
		counts[i] = t;
		if (t > Number.MAX_VALUE || t < -Number.MAX_VALUE) continue;
		lostNow[i] = lost[i]! + (Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum);
	}
	return { side: { indexes: side.indexes, counts }, lost: lostNow };
}

function addTo(counts: Float64Array, lost: Float64Array, at: number, count: number, more: number): void {
	kahan.reset(counts[at]!, lost[at]!);
	kahan.add(count);
	if (more !== 0) kahan.add(more);
	counts[at] = kahan.sum;
	lost[at] = kahan.compensation;
}

function mergedIndexes(a: Int32Array, b: Int32Array): Int32Array {
	const out = new Int32Array(a.length + b.length);
	let n = 0;
	for (let i = 0, j = 0; i < a.length || j < b.length; ) {
		const x = i < a.length ? a[i]! : Number.POSITIVE_INFINITY;
		const y = j < b.length ? b[j]! : Number.POSITIVE_INFINITY;
		out[n++] = Math.min(x, y);
		if (x <= y) i++;
		if (y <= x) j++;
	}
	return n === out.length ? out : out.slice(0, n);
}
