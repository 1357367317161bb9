import type { NativeHistograms } from '../../../core-as/facade/index.ts';

/** Histograms `[from, to)` of columns. */
export interface HistogramRange {
	columns: NativeHistograms;
	from: number;
	to: number;
}

type Column = Float64Array | Int32Array | Uint32Array | Int8Array | Uint8Array;

/** Columns with one row for each range, every number as it was to the bit. */
export function joinHistograms(ranges: readonly HistogramRange[]): NativeHistograms {
	const spans = ranges.map(({ columns, from, to }) => within(columns.spanEnds, from, to));
	const buckets = ranges.map(({ columns, from, to }) => within(columns.bucketEnds, from, to));
	const customs = ranges.map(({ columns, from, to }) => within(columns.customEnds, from, to));
	const sizes = ranges.map(({ from, to }) => to - from);
	const each = <T extends Column>(make: (length: number) => T, column: (of: NativeHistograms) => T): T =>
		concatenated(
			make,
			ranges.map(({ columns, from, to }) => column(columns).subarray(from, to) as T),
		);
	const inner = <T extends Column>(
		make: (length: number) => T,
		at: readonly (readonly [number, number])[],
		column: (of: NativeHistograms) => T,
	): T =>
		concatenated(
			make,
			ranges.map(({ columns }, i) => column(columns).subarray(at[i]![0], at[i]![1]) as T),
		);
	const floats = (length: number) => new Float64Array(length);
	const whole = (length: number) => new Uint32Array(length);
	const hasStarts = ranges.some(({ columns }) => columns.startTimestamps.length > 0);
	return {
		ends: Uint32Array.from(sums(sizes)),
		timestamps: each(floats, (c) => c.timestamps),
		startTimestamps: hasStarts ? each(floats, startsOf) : new Float64Array(0),
		kinds: each(
			(length) => new Uint8Array(length),
			(c) => c.kinds,
		),
		schemas: each(
			(length) => new Int8Array(length),
			(c) => c.schemas,
		),
		zeroThresholds: each(floats, (c) => c.zeroThresholds),
		zeroCounts: each(floats, (c) => c.zeroCounts),
		counts: each(floats, (c) => c.counts),
		sums: each(floats, (c) => c.sums),
		spanEnds: shifted(ranges, spans, (c) => c.spanEnds),
		positiveSpans: each(whole, (c) => c.positiveSpans),
		spanOffsets: inner(
			(length) => new Int32Array(length),
			spans,
			(c) => c.spanOffsets,
		),
		spanLengths: inner(whole, spans, (c) => c.spanLengths),
		bucketEnds: shifted(ranges, buckets, (c) => c.bucketEnds),
		bucketCounts: inner(floats, buckets, (c) => c.bucketCounts),
		customEnds: shifted(ranges, customs, (c) => c.customEnds),
		customValues: inner(floats, customs, (c) => c.customValues),
	};
}

function startsOf({ startTimestamps, timestamps }: NativeHistograms): Float64Array {
	return startTimestamps.length > 0 ? startTimestamps : new Float64Array(timestamps.length);
}

/** Where the parts of histograms `[from, to)` lie. */
function within(ends: Uint32Array, from: number, to: number): readonly [number, number] {
	const start = from === 0 ? 0 : ends[from - 1]!;
	return [start, to === from ? start : ends[to - 1]!];
}

function sums(sizes: readonly number[]): number[] {
	let sum = 0;
	return sizes.map((size) => (sum += size));
}

function concatenated<T extends Column>(make: (length: number) => T, parts: readonly T[]): T {
	const out = make(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		(out as Float64Array).set(part as Float64Array, at);
		at += part.length;
	}
	return out;
}

/** Prefix ends of the ranges, as of one column. */
function shifted(
	ranges: readonly HistogramRange[],
	at: readonly (readonly [number, number])[],
	column: (of: NativeHistograms) => Uint32Array,
): Uint32Array {
	let before = 0;
	const parts = ranges.map(({ columns, from, to }, i) => {
		const [start, end] = at[i]!;
		const shift = before - start;
		before += end - start;
		return column(columns)
			.subarray(from, to)
			.map((value) => value + shift);
	});
	return concatenated((length) => new Uint32Array(length), parts);
}
