import type { NativeHistograms } from '../../../core-as/facade/index.ts';

/** Buckets of one sign: their indexes, rising, and the observations in each of them alone. */
export interface HistogramSide {
	indexes: Int32Array;
	counts: Float64Array;
}

/** One native histogram; its fields are those of NativeHistograms. */
export interface Histogram {
	timestamp: number;
	startTimestamp: number;
	kind: number;
	schema: number;
	zeroThreshold: number;
	zeroCount: number;
	count: number;
	sum: number;
	positive: HistogramSide;
	negative: HistogramSide;
	customValues: Float64Array;
}

/** The schema of histograms with bounds of their own. */
export const CUSTOM_BOUNDS = -53;

/** Histogram `i` of the columns. */
export function histogramAt(from: NativeHistograms, i: number): Histogram {
	const firstSpan = startOf(from.spanEnds, i);
	const middle = firstSpan + from.positiveSpans[i]!;
	const firstBucket = startOf(from.bucketEnds, i);
	const positive = sideAt(from, firstSpan, middle, firstBucket);
	const negative = sideAt(from, middle, from.spanEnds[i]!, firstBucket + positive.indexes.length);
	return {
		timestamp: from.timestamps[i]!,
		startTimestamp: from.startTimestamps[i] ?? 0,
		kind: from.kinds[i]!,
		schema: from.schemas[i]!,
		zeroThreshold: from.zeroThresholds[i]!,
		zeroCount: from.zeroCounts[i]!,
		count: from.counts[i]!,
		sum: from.sums[i]!,
		positive,
		negative,
		customValues: from.customValues.slice(startOf(from.customEnds, i), from.customEnds[i]!),
	};
}

export function startOf(ends: Uint32Array, i: number): number {
	return i === 0 ? 0 : ends[i - 1]!;
}

function sideAt(from: NativeHistograms, span: number, end: number, bucket: number): HistogramSide {
	let count = 0;
	for (let s = span; s < end; s++) count += from.spanLengths[s]!;
	const indexes = new Int32Array(count);
	let next = 0;
	let index = 0;
	for (let s = span; s < end; s++) {
		index += from.spanOffsets[s]!;
		for (let n = from.spanLengths[s]!; n > 0; n--) indexes[next++] = index++;
	}
	return { indexes, counts: from.bucketCounts.slice(bucket, bucket + count) };
}

/** Columns of histograms that are put together one by one. Grows with what is added; a request is bounded by its decoder. */
export class HistogramColumns {
	readonly #ends: number[] = [];
	readonly #timestamps: number[] = [];
	readonly #startTimestamps: number[] = [];
	#hasStart = false;
	readonly #kinds: number[] = [];
	readonly #schemas: number[] = [];
	readonly #zeroThresholds: number[] = [];
	readonly #zeroCounts: number[] = [];
	readonly #counts: number[] = [];
	/** Not a plain array: it would lose which NaN a staleness marker is. */
	#sums = new Float64Array(16);
	readonly #spanEnds: number[] = [];
	readonly #positiveSpans: number[] = [];
	readonly #spanOffsets: number[] = [];
	readonly #spanLengths: number[] = [];
	readonly #bucketEnds: number[] = [];
	readonly #bucketCounts: number[] = [];
	readonly #customEnds: number[] = [];
	readonly #customValues: number[] = [];

	get count(): number {
		return this.#timestamps.length;
	}

	add(histogram: Histogram): void {
		this.#begin(histogram.timestamp, histogram.startTimestamp, histogram.sum);
		this.#kinds.push(histogram.kind);
		this.#schemas.push(histogram.schema);
		this.#zeroThresholds.push(histogram.zeroThreshold);
		this.#zeroCounts.push(histogram.zeroCount);
		this.#counts.push(histogram.count);
		this.#positiveSpans.push(this.#addSide(histogram.positive));
		this.#addSide(histogram.negative);
		for (const value of histogram.customValues) this.#customValues.push(value);
		this.#end();
	}

	/** Adds histogram `i` of other columns as it is. */
	copy(from: NativeHistograms, i: number): void {
		this.#begin(from.timestamps[i]!, from.startTimestamps[i] ?? 0, 0);
		this.#sums.set(from.sums.subarray(i, i + 1), this.count - 1);
		this.#kinds.push(from.kinds[i]!);
		this.#schemas.push(from.schemas[i]!);
		this.#zeroThresholds.push(from.zeroThresholds[i]!);
		this.#zeroCounts.push(from.zeroCounts[i]!);
		this.#counts.push(from.counts[i]!);
		this.#positiveSpans.push(from.positiveSpans[i]!);
		for (let s = startOf(from.spanEnds, i); s < from.spanEnds[i]!; s++) {
			this.#spanOffsets.push(from.spanOffsets[s]!);
			this.#spanLengths.push(from.spanLengths[s]!);
		}
		for (let b = startOf(from.bucketEnds, i); b < from.bucketEnds[i]!; b++)
			this.#bucketCounts.push(from.bucketCounts[b]!);
		for (let c = startOf(from.customEnds, i); c < from.customEnds[i]!; c++)
			this.#customValues.push(from.customValues[c]!);
		this.#end();
	}

	/** What was added since the last call is the next series'. */
	endSeries(): void {
		this.#ends.push(this.count);
	}

	finish(): NativeHistograms {
		return {
			ends: Uint32Array.from(this.#ends),
			timestamps: Float64Array.from(this.#timestamps),
			startTimestamps: Float64Array.from(this.#hasStart ? this.#startTimestamps : []),
			kinds: Uint8Array.from(this.#kinds),
			schemas: Int8Array.from(this.#schemas),
			zeroThresholds: Float64Array.from(this.#zeroThresholds),
			zeroCounts: Float64Array.from(this.#zeroCounts),
			counts: Float64Array.from(this.#counts),
			sums: this.#sums.slice(0, this.count),
			spanEnds: Uint32Array.from(this.#spanEnds),
			positiveSpans: Uint32Array.from(this.#positiveSpans),
			spanOffsets: Int32Array.from(this.#spanOffsets),
			spanLengths: Uint32Array.from(this.#spanLengths),
			bucketEnds: Uint32Array.from(this.#bucketEnds),
			bucketCounts: Float64Array.from(this.#bucketCounts),
			customEnds: Uint32Array.from(this.#customEnds),
			customValues: Float64Array.from(this.#customValues),
		};
	}

	#begin(time: number, start: number, sum: number): void {
		if (this.count === this.#sums.length) {
			const longer = new Float64Array(2 * this.count);
			longer.set(this.#sums);
			this.#sums = longer;
		}
		this.#sums[this.count] = sum;
		this.#timestamps.push(time);
		this.#startTimestamps.push(start);
		if (start !== 0) this.#hasStart = true;
	}

	#end(): void {
		this.#spanEnds.push(this.#spanOffsets.length);
		this.#bucketEnds.push(this.#bucketCounts.length);
		this.#customEnds.push(this.#customValues.length);
	}

	/** Buckets side by side are one span. Returns the number of spans. */
	#addSide({ indexes, counts }: HistogramSide): number {
		let spans = 0;
		let next = 0;
		for (let b = 0; b < indexes.length; b++) {
			const index = indexes[b]!;
			if (b === 0 || index !== next) {
				this.#spanOffsets.push(b === 0 ? index : index - next);
				this.#spanLengths.push(0);
				spans++;
			}
			this.#spanLengths[this.#spanLengths.length - 1]!++;
			this.#bucketCounts.push(counts[b]!);
			next = index + 1;
		}
		return spans;
	}
}
