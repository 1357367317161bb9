import type { MetricColumns, NativeHistograms } from '../facade/metric-columns.ts';

// Metrics as objects, for tests: what columns say, and what they are made from. Texts are bytes, one a character.

export type ModelLabel = [name: string, value: string];

export interface ModelSample {
	value: number;
	time: number;
	start: number;
}

export interface ModelExemplar {
	labels: ModelLabel[];
	value: number;
	time: number;
	fault: number;
}

export interface ModelHistogram {
	isFloat: boolean;
	reset: number;
	schema: number;
	zeroThreshold: number;
	zeroCount: number;
	count: number;
	sum: number;
	time: number;
	start: number;
	/** Offset and length of each span. */
	positiveSpans: [number, number][];
	negativeSpans: [number, number][];
	/** Positive ones first. */
	buckets: number[];
	customValues: number[];
}

export interface ModelMetadata {
	type: number;
	help: string;
	unit: string;
}

export interface ModelSeries {
	labels: ModelLabel[];
	fault: number;
	samples: ModelSample[];
	exemplars: ModelExemplar[];
	histograms: ModelHistogram[];
	metadata?: ModelMetadata;
}

export interface MetricModel {
	series: ModelSeries[];
	families: (ModelMetadata & { name: string })[];
}

/** What the columns of a body say. */
export function modelOf(columns: MetricColumns, body: Uint8Array): MetricModel {
	const text = (refs: Uint32Array, ref: number): string => {
		const [offset, length] = [refs[2 * ref]!, refs[2 * ref + 1]!];
		const source = offset < body.length ? body : columns.text;
		const at = offset < body.length ? offset : offset - body.length;
		if (length > 0 && at + length > source.length) throw new Error(`reference behind its bytes: ${offset}`);
		return Buffer.from(source.buffer, source.byteOffset + (length ? at : 0), length).toString('latin1');
	};
	const labels = (ends: Uint32Array, refs: Uint32Array, i: number) =>
		range(ends, i).map((label): ModelLabel => [text(refs, 2 * label), text(refs, 2 * label + 1)]);
	const { metadata, exemplars, histograms } = columns;
	const described = (i: number): ModelMetadata => ({
		type: metadata!.types[i]!,
		help: text(metadata!.helpRefs, i),
		unit: text(metadata!.unitRefs, i),
	});
	const byFamily = metadata !== undefined && metadata.familyRefs.length > 0;
	const series = Array.from(columns.labelEnds, (_, i): ModelSeries => {
		const made: ModelSeries = {
			labels: labels(columns.labelEnds, columns.labelRefs, i),
			fault: columns.faults[i] ?? 0,
			samples: range(columns.sampleEnds, i).map((at) => ({
				value: columns.values[at]!,
				time: columns.timestamps[at]!,
				start: columns.startTimestamps[at] ?? 0,
			})),
			exemplars: exemplars
				? range(exemplars.ends, i).map((at) => ({
						labels: labels(exemplars.labelEnds, exemplars.labelRefs, at),
						value: exemplars.values[at]!,
						time: exemplars.timestamps[at]!,
						fault: exemplars.faults[at]!,
					}))
				: [],
			histograms: histograms ? range(histograms.ends, i).map((at) => histogramAt(histograms, at)) : [],
		};
		if (metadata && !byFamily) made.metadata = described(i);
		return made;
	});
	const families = byFamily
		? Array.from(metadata.types, (_, i) => ({ name: text(metadata.familyRefs, i), ...described(i) }))
		: [];
	return { series, families };
}

/** Entries of item `i` of prefix ends. */
function range(ends: Uint32Array, i: number): number[] {
	const first = i === 0 ? 0 : ends[i - 1]!;
	return Array.from({ length: ends[i]! - first }, (_, n) => first + n);
}

function histogramAt(it: NativeHistograms, i: number): ModelHistogram {
	const spans = range(it.spanEnds, i).map((at): [number, number] => [
		it.spanOffsets[at]!,
		it.spanLengths[at]!,
	]);
	return {
		isFloat: (it.kinds[i]! & 1) === 1,
		reset: it.kinds[i]! >> 1,
		schema: it.schemas[i]!,
		zeroThreshold: it.zeroThresholds[i]!,
		zeroCount: it.zeroCounts[i]!,
		count: it.counts[i]!,
		sum: it.sums[i]!,
		time: it.timestamps[i]!,
		start: it.startTimestamps[i] ?? 0,
		positiveSpans: spans.slice(0, it.positiveSpans[i]),
		negativeSpans: spans.slice(it.positiveSpans[i]),
		buckets: range(it.bucketEnds, i).map((at) => it.bucketCounts[at]!),
		customValues: range(it.customEnds, i).map((at) => it.customValues[at]!),
	};
}

/** Columns that say what the model says. Every second text lies in `body`, the others in `text` of the columns. */
export function columnsOf(model: MetricModel): { columns: MetricColumns; body: Uint8Array } {
	const halves: [string, string] = ['', ''];
	// A reference into `text` is known only when the body is whole: until then its offset counts from 2^31.
	const later = 2 ** 31;
	let count = 0;
	const ref = (text: string): number[] => {
		if (text === '') return [0, 0];
		const half = count++ & 1;
		const at = halves[half]!.length;
		halves[half] += text;
		return [half === 0 ? at : at + later, text.length];
	};
	const labelRefs = (labels: ModelLabel[]) =>
		labels.flatMap(([name, value]) => [...ref(name), ...ref(value)]);
	const { series, families } = model;
	const exemplars = series.flatMap((it) => it.exemplars);
	const histograms = series.flatMap((it) => it.histograms);
	const samples = series.flatMap((it) => it.samples);
	const described = series.some((it) => it.metadata)
		? series.map((it) => it.metadata ?? { type: 0, help: '', unit: '' })
		: undefined;
	const entries = families.length > 0 ? families : described;
	const refs = {
		labels: series.flatMap((it) => labelRefs(it.labels)),
		exemplars: exemplars.flatMap((it) => labelRefs(it.labels)),
		families: families.flatMap((it) => ref(it.name)),
		helps: entries?.flatMap((it) => ref(it.help)) ?? [],
		units: entries?.flatMap((it) => ref(it.unit)) ?? [],
	};
	const body = Buffer.from(halves[0], 'latin1');
	const settled = (numbers: number[]) =>
		Uint32Array.from(numbers, (it) => (it >= later ? it - later + body.length : it));
	const columns: MetricColumns = {
		hashes: new BigUint64Array(0),
		faults: Uint8Array.from(series, (it) => it.fault),
		labelEnds: ends(series, (it) => it.labels.length),
		labelRefs: settled(refs.labels),
		sampleEnds: ends(series, (it) => it.samples.length),
		timestamps: Float64Array.from(samples, (it) => it.time),
		values: Float64Array.from(samples, (it) => it.value),
		text: new Uint8Array(Buffer.from(halves[1], 'latin1')),
		startTimestamps: starts(samples),
	};
	if (entries) {
		columns.metadata = {
			familyRefs: settled(refs.families),
			types: Uint8Array.from(entries, (it) => it.type),
			helpRefs: settled(refs.helps),
			unitRefs: settled(refs.units),
		};
	}
	if (exemplars.length > 0) {
		columns.exemplars = {
			ends: ends(series, (it) => it.exemplars.length),
			faults: Uint8Array.from(exemplars, (it) => it.fault),
			labelEnds: ends(exemplars, (it) => it.labels.length),
			labelRefs: settled(refs.exemplars),
			timestamps: Float64Array.from(exemplars, (it) => it.time),
			values: Float64Array.from(exemplars, (it) => it.value),
		};
	}
	if (histograms.length > 0) {
		const spans = histograms.flatMap((it) => [...it.positiveSpans, ...it.negativeSpans]);
		columns.histograms = {
			ends: ends(series, (it) => it.histograms.length),
			timestamps: Float64Array.from(histograms, (it) => it.time),
			startTimestamps: starts(histograms),
			kinds: Uint8Array.from(histograms, (it) => Number(it.isFloat) | (it.reset << 1)),
			schemas: Int8Array.from(histograms, (it) => it.schema),
			zeroThresholds: Float64Array.from(histograms, (it) => it.zeroThreshold),
			zeroCounts: Float64Array.from(histograms, (it) => it.zeroCount),
			counts: Float64Array.from(histograms, (it) => it.count),
			sums: Float64Array.from(histograms, (it) => it.sum),
			spanEnds: ends(histograms, (it) => it.positiveSpans.length + it.negativeSpans.length),
			positiveSpans: Uint32Array.from(histograms, (it) => it.positiveSpans.length),
			spanOffsets: Int32Array.from(spans, ([offset]) => offset),
			spanLengths: Uint32Array.from(spans, ([, length]) => length),
			bucketEnds: ends(histograms, (it) => it.buckets.length),
			bucketCounts: Float64Array.from(histograms.flatMap((it) => it.buckets)),
			customEnds: ends(histograms, (it) => it.customValues.length),
			customValues: Float64Array.from(histograms.flatMap((it) => it.customValues)),
		};
	}
	return { columns, body: new Uint8Array(body) };
}

function ends<T>(items: readonly T[], lengthOf: (item: T) => number): Uint32Array {
	let end = 0;
	return Uint32Array.from(items, (item) => {
		end += lengthOf(item);
		return end;
	});
}

function starts(items: readonly { start: number }[]): Float64Array {
	return Float64Array.from(items.some((it) => it.start !== 0) ? items : [], (it) => it.start);
}
