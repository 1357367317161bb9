import type { NativeHistograms } from '../facade/metric-columns.ts';
import { bits } from './chunk-samples.ts';
import type { PlainHistogram } from './histogram-chunk-reader.ts';

function floats(patterns: bigint[]): Float64Array {
	return new Float64Array(BigUint64Array.from(patterns).buffer);
}

/** Prefix ends of lists. */
function endsOf(lists: readonly (readonly unknown[])[]): Uint32Array {
	let end = 0;
	return Uint32Array.from(lists, (it) => {
		end += it.length;
		return end;
	});
}

/** One that counted nothing, in milliseconds. */
export function emptyHistogram(time: number): PlainHistogram {
	return {
		...{ time, start: 0n, kind: 0, schema: 0, zeroThreshold: 0n, zeroCount: 0n, count: 0n, sum: 0n },
		...{ positive: 0, spans: [], buckets: [], customs: [] },
	};
}

/** Columns of series, or chunks, of plain histograms. */
export function histogramColumns(chunks: readonly (readonly PlainHistogram[])[]): NativeHistograms {
	const all = chunks.flat();
	const spans = all.flatMap((it) => it.spans);
	return {
		ends: endsOf(chunks),
		timestamps: Float64Array.from(all, (it) => it.time),
		startTimestamps: all.some((it) => it.start !== 0n)
			? floats(all.map((it) => it.start))
			: new Float64Array(0),
		kinds: Uint8Array.from(all, (it) => it.kind),
		schemas: Int8Array.from(all, (it) => it.schema),
		zeroThresholds: floats(all.map((it) => it.zeroThreshold)),
		zeroCounts: floats(all.map((it) => it.zeroCount)),
		counts: floats(all.map((it) => it.count)),
		sums: floats(all.map((it) => it.sum)),
		spanEnds: endsOf(all.map((it) => it.spans)),
		positiveSpans: Uint32Array.from(all, (it) => it.positive),
		spanOffsets: Int32Array.from(spans, (it) => it.offset),
		spanLengths: Uint32Array.from(spans, (it) => it.length),
		bucketEnds: endsOf(all.map((it) => it.buckets)),
		bucketCounts: floats(all.flatMap((it) => it.buckets)),
		customEnds: endsOf(all.map((it) => it.customs)),
		customValues: floats(all.flatMap((it) => it.customs)),
	};
}

/** The reverse. */
export function plainHistograms(columns: NativeHistograms): PlainHistogram[][] {
	const part = <T>(values: ArrayLike<T>, ends: Uint32Array, i: number): T[] =>
		Array.from({ length: ends[i]! - (ends[i - 1] ?? 0) }, (_, k) => values[(ends[i - 1] ?? 0) + k]!);
	const all = Array.from(columns.timestamps, (time, i): PlainHistogram => {
		const lengths = part(columns.spanLengths, columns.spanEnds, i);
		return {
			time,
			start: bits(columns.startTimestamps)[i] ?? 0n,
			kind: columns.kinds[i]!,
			schema: columns.schemas[i]!,
			zeroThreshold: bits(columns.zeroThresholds)[i]!,
			zeroCount: bits(columns.zeroCounts)[i]!,
			count: bits(columns.counts)[i]!,
			sum: bits(columns.sums)[i]!,
			positive: columns.positiveSpans[i]!,
			spans: part(columns.spanOffsets, columns.spanEnds, i).map((offset, k) => ({
				offset,
				length: lengths[k]!,
			})),
			buckets: part(bits(columns.bucketCounts), columns.bucketEnds, i),
			customs: part(bits(columns.customValues), columns.customEnds, i),
		};
	});
	return Array.from(columns.ends, (_, i) => part(all, columns.ends, i));
}
