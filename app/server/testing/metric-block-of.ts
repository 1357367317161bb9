import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import type { PlainHistogram } from '../../../core-as/testing/histogram-chunk-reader.ts';
import { histogramColumns } from '../../../core-as/testing/histograms.ts';
import type { MetricBlock } from '../ingest/metric-block.ts';
import type { TestSeries } from './remote-write-body.ts';

export interface TestBlockSeries extends TestSeries {
	histograms?: PlainHistogram[];
}

/** The block of such a request. The hashes are of no standard: equal for equal labels. */
export function metricBlockOf(series: readonly TestBlockSeries[]): MetricBlock {
	const encoder = new TextEncoder();
	const texts = series.map(({ labels }) =>
		Object.keys(labels)
			.sort()
			.flatMap((name) => [encoder.encode(name), encoder.encode(labels[name]!)]),
	);
	const samples = series.flatMap((it) => it.samples);
	const block: MetricBlock = {
		hashes: Uint32Array.from(texts.flatMap((it) => [it.flatMap((t) => [...t]).reduce(hash, 7), it.length])),
		sampleEnds: endsOf(series.map((it) => it.samples.length)),
		timestamps: Float64Array.from(samples, ([time]) => time),
		values: Float64Array.from(samples, ([, value]) => value),
		labelEnds: endsOf(texts.map((it) => it.length / 2)),
		labelLengths: Uint32Array.from(texts.flat(), (it) => it.length),
		labelBytes: Uint8Array.from(texts.flat().flatMap((it) => [...it])),
	};
	if (series.every((it) => !it.histograms)) return block;
	const histograms: NativeHistograms = histogramColumns(series.map((it) => it.histograms ?? []));
	return { ...block, histograms };
}

function endsOf(counts: readonly number[]): Uint32Array {
	let end = 0;
	return Uint32Array.from(counts, (count) => {
		end += count;
		return end;
	});
}

function hash(sum: number, byte: number): number {
	return Math.imul(sum ^ byte, 16_777_619) >>> 0;
}
