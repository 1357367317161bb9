import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { failed } from '../errors.ts';
import {
	CUSTOM_SCHEMA,
	EMPTY_SIDE,
	type Histogram,
	NO_BOUNDS,
	type ResetHint,
	type Side,
	sameBounds,
	sameIndexes,
	spansOf,
} from './histogram.ts';

/** Kind of a histogram whose counts are floats. */
const FLOAT_COUNTS = 1;
const HINT_BITS = 3;

/** Makes histograms of columns; neighbours with the same buckets share what tells of them. */
export class HistogramReader {
	readonly #columns: NativeHistograms;
	#before: Histogram | undefined;

	constructor(columns: NativeHistograms) {
		this.#columns = columns;
	}

	at(i: number): Histogram {
		const c = this.#columns;
		const firstSpan = startOf(c.spanEnds, i);
		const lastSpan = c.spanEnds[i]!;
		const negativeSpan = firstSpan + c.positiveSpans[i]!;
		const firstBucket = startOf(c.bucketEnds, i);
		const middle = firstBucket + this.#length(firstSpan, negativeSpan);
		if (middle + this.#length(negativeSpan, lastSpan) !== c.bucketEnds[i]!) {
			throw failed('a native histogram has other buckets than its spans say');
		}
		const positive = this.#indexes(firstSpan, negativeSpan, 'positive');
		const negative = this.#indexes(negativeSpan, lastSpan, 'negative');
		const custom = c.schemas[i] === CUSTOM_SCHEMA;
		const h: Histogram = {
			hint: ((c.kinds[i]! >> 1) & HINT_BITS) as ResetHint,
			schema: c.schemas[i]!,
			zeroThreshold: c.zeroThresholds[i]!,
			zeroCount: c.zeroCounts[i]!,
			count: c.counts[i]!,
			sum: c.sums[i]!,
			positive: sideOf(positive, c.bucketCounts.slice(firstBucket, middle)),
			negative: sideOf(negative, c.bucketCounts.slice(middle, c.bucketEnds[i])),
			bounds: custom ? this.#bounds(startOf(c.customEnds, i), c.customEnds[i]!) : NO_BOUNDS,
		};
		this.#before = h;
		return h;
	}

	/** How many buckets spans have. */
	#length(firstSpan: number, lastSpan: number): number {
		let length = 0;
		for (let span = firstSpan; span < lastSpan; span++) length += this.#columns.spanLengths[span]!;
		return length;
	}

	#indexes(firstSpan: number, lastSpan: number, name: 'positive' | 'negative'): Int32Array {
		const { spanOffsets, spanLengths } = this.#columns;
		const length = this.#length(firstSpan, lastSpan);
		if (length === 0) return EMPTY_SIDE.indexes;
		const out = new Int32Array(length);
		let index = 0;
		for (let span = firstSpan, n = 0; span < lastSpan; span++) {
			if (span > firstSpan && spanOffsets[span]! < 0) {
				throw failed('a native histogram has a span that begins before the one before it ends');
			}
			index += spanOffsets[span]!;
			for (let left = spanLengths[span]!; left > 0; left--) out[n++] = index++;
		}
		const known = this.#before?.[name].indexes;
		return known && sameIndexes(known, out) ? known : out;
	}

	#bounds(start: number, end: number): Float64Array {
		const bounds = this.#columns.customValues.slice(start, end);
		const known = this.#before?.bounds;
		return known && sameBounds(known, bounds) ? known : bounds;
	}
}

function startOf(ends: Uint32Array, i: number): number {
	return i === 0 ? 0 : ends[i - 1]!;
}

function sideOf(indexes: Int32Array, counts: Float64Array): Side {
	return indexes.length === 0 ? EMPTY_SIDE : { indexes, counts };
}

/** For how many samples the histograms of columns count; see `sampleSize`. */
export function sampleSizes({ counts, spanLengths, bucketCounts, customValues }: NativeHistograms): number {
	const words = spanLengths.length + bucketCounts.length + customValues.length;
	return Math.ceil((counts.length * 176 + 8 * words) / 16);
}

/** Histograms with their times, in columns: `ends[row]` and the others as in NativeHistograms. Counts are floats. */
export function columnsOfHistograms(
	ends: Uint32Array,
	timestamps: Float64Array,
	histograms: readonly Histogram[],
): NativeHistograms {
	const n = histograms.length;
	let spans = 0;
	let buckets = 0;
	let bounds = 0;
	for (const h of histograms) {
		spans += spansOf(h.positive) + spansOf(h.negative);
		buckets += h.positive.counts.length + h.negative.counts.length;
		bounds += h.bounds.length;
	}
	const out: NativeHistograms = {
		ends,
		timestamps,
		startTimestamps: new Float64Array(0),
		kinds: Uint8Array.from(histograms, (h) => FLOAT_COUNTS | (h.hint << 1)),
		schemas: Int8Array.from(histograms, (h) => h.schema),
		zeroThresholds: Float64Array.from(histograms, (h) => h.zeroThreshold),
		zeroCounts: Float64Array.from(histograms, (h) => h.zeroCount),
		counts: Float64Array.from(histograms, (h) => h.count),
		sums: Float64Array.from(histograms, (h) => h.sum),
		spanEnds: new Uint32Array(n),
		positiveSpans: Uint32Array.from(histograms, (h) => spansOf(h.positive)),
		spanOffsets: new Int32Array(spans),
		spanLengths: new Uint32Array(spans),
		bucketEnds: new Uint32Array(n),
		bucketCounts: new Float64Array(buckets),
		customEnds: new Uint32Array(n),
		customValues: new Float64Array(bounds),
	};
	let span = 0;
	let bucket = 0;
	let bound = 0;
	for (const [i, h] of histograms.entries()) {
		for (const { indexes, counts } of [h.positive, h.negative]) {
			for (let j = 0; j < indexes.length; j++) {
				const next = j === 0 ? 0 : indexes[j - 1]! + 1;
				if (j === 0 || indexes[j] !== next) {
					out.spanOffsets[span] = indexes[j]! - next;
					span++;
				}
				out.spanLengths[span - 1]!++;
			}
			out.bucketCounts.set(counts, bucket);
			bucket += counts.length;
		}
		out.customValues.set(h.bounds, bound);
		bound += h.bounds.length;
		out.spanEnds[i] = span;
		out.bucketEnds[i] = bucket;
		out.customEnds[i] = bound;
	}
	return out;
}
