import { METRIC_TYPES, type NativeHistograms } from '../../../core-as/facade/index.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';
import type { BlockReader } from './block-reader.ts';
import type { BlockWriter } from './block-writer.ts';

// Sections of a metric block of version 2: docs/formats.md, "Metric block". Each begins at a multiple of 8.

export function writeHistograms(writer: BlockWriter, histograms: NativeHistograms): void {
	const { timestamps, startTimestamps, spanOffsets, bucketCounts, customValues } = histograms;
	writer.align();
	const starts = startTimestamps.length;
	const counts = [timestamps.length, starts, spanOffsets.length, bucketCounts.length, customValues.length];
	writer.put(Uint32Array.of(...counts, 0));
	writer.put(timestamps);
	writer.put(startTimestamps);
	writer.put(histograms.zeroThresholds);
	writer.put(histograms.zeroCounts);
	writer.put(histograms.counts);
	writer.put(histograms.sums);
	writer.put(bucketCounts);
	writer.put(customValues);
	writer.put(histograms.ends);
	writer.put(histograms.spanEnds);
	writer.put(histograms.positiveSpans);
	writer.put(histograms.bucketEnds);
	writer.put(histograms.customEnds);
	writer.put(spanOffsets);
	writer.put(histograms.spanLengths);
	writer.put(histograms.kinds);
	writer.put(histograms.schemas);
}

/** Throws CXR_BLOCK_CORRUPT; the spans of each histogram have as many buckets as it has. */
export function readHistograms(reader: BlockReader, series: number): NativeHistograms {
	reader.align();
	const [count = 0, starts = 0, spans = 0, buckets = 0, customs = 0] = reader.u32(6);
	if (starts !== 0 && starts !== count) throw reader.corrupt(`${starts} start times of ${count} histograms`);
	const floats = {
		timestamps: reader.f64(count),
		startTimestamps: reader.f64(starts),
		zeroThresholds: reader.f64(count),
		zeroCounts: reader.f64(count),
		counts: reader.f64(count),
		sums: reader.f64(count),
		bucketCounts: reader.f64(buckets),
		customValues: reader.f64(customs),
	};
	const ends = reader.ends(series, count, 'histogram');
	const spanEnds = reader.ends(count, spans, 'span');
	const positiveSpans = reader.u32(count);
	const bucketEnds = reader.ends(count, buckets, 'bucket');
	const customEnds = reader.ends(count, customs, 'custom value');
	const spanOffsets = reader.i32(spans);
	const spanLengths = reader.u32(spans);
	let span = 0;
	let bucket = 0;
	for (let i = 0; i < count; i++) {
		const end = spanEnds[i]!;
		if (positiveSpans[i]! > end - span)
			throw reader.corrupt(`${positiveSpans[i]} positive of ${end - span} spans`);
		for (; span < end; span++) bucket += spanLengths[span]!;
		if (bucket !== bucketEnds[i]) throw reader.corrupt(`spans of ${bucket} buckets end at ${bucketEnds[i]}`);
	}
	const kinds = reader.bytes(count);
	const schemas = reader.i8(count);
	const lists = { ends, spanEnds, positiveSpans, bucketEnds, customEnds, spanOffsets, spanLengths };
	return { ...floats, ...lists, kinds, schemas };
}

export function writeMetadata(writer: BlockWriter, metadata: readonly MetricMetadata[]): void {
	const encoder = new TextEncoder();
	const texts = metadata.flatMap(({ family, help, unit }) => [
		encoder.encode(family),
		encoder.encode(help),
		encoder.encode(unit),
	]);
	writer.align();
	writer.put(Uint32Array.of(metadata.length, 0));
	writer.put(Uint32Array.from(texts, (text) => text.length));
	writer.put(Uint8Array.from(metadata, ({ type }) => METRIC_TYPES.indexOf(type)));
	for (const text of texts) writer.put(text);
}

export function readMetadata(reader: BlockReader): MetricMetadata[] {
	reader.align();
	const [count = 0] = reader.u32(2);
	const lengths = reader.u32(3 * count);
	const types = reader.bytes(count);
	const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	let next = 0;
	const text = (): string => {
		const bytes = reader.bytes(lengths[next++]!);
		try {
			return decoder.decode(bytes);
		} catch {
			throw reader.corrupt('a text is not UTF-8');
		}
	};
	return Array.from(types, (number) => {
		const type = METRIC_TYPES[number];
		if (type === undefined) throw reader.corrupt(`a metric of type ${number}`);
		return { family: text(), type, help: text(), unit: text() };
	});
}
