import { expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import type { ModelHistogram, ModelSeries } from '../../../core-as/testing/metric-model.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { type Metric, otlpMetricBody, type Point } from '../../../core-as/testing/otlp-metric-body.ts';
import { bodyV1, bodyV2 } from '../../../core-as/testing/write-request.ts';
import { acceptColumns } from './acceptance.ts';
import { DeltaStreams } from './delta-streams.ts';
import { histogramAt } from './histogram-columns.ts';

const codec = createCodec(await builtModules());
const limits = { minTime: 10, maxTime: 10_000, maxLabels: 4, maxValueBytes: 8 };

const histogram = (time: number, more: Partial<ModelHistogram> = {}): ModelHistogram => ({
	...{
		isFloat: false,
		reset: 0,
		schema: 1,
		zeroThreshold: 0.5,
		zeroCount: 1,
		count: 4,
		sum: 9,
		time,
		start: 0,
	},
	...{ positiveSpans: [[1, 2]], negativeSpans: [], buckets: [1, 2], customValues: [], ...more },
});
const series = (name: string, more: Partial<ModelSeries> = {}): ModelSeries => ({
	...{ labels: [['__name__', name]], fault: 0, samples: [], exemplars: [], histograms: [], ...more },
});
function accept(all: ModelSeries[], version: 1 | 2 = 1) {
	const model = { series: all, families: [] };
	const body = version === 1 ? bodyV1(model) : bodyV2(model);
	const columns = version === 1 ? codec.decodeRemoteWrite(body) : codec.decodeRemoteWrite2(body);
	return acceptColumns(columns, body, limits);
}

it('histograms are kept beside samples, each within the limits', () => {
	const { block, samples, histograms, rejected } = accept([
		series('a', { samples: [{ value: 1, time: 20, start: 0 }] }),
		series('b', { histograms: [histogram(5), histogram(20), histogram(20_000), histogram(30)] }),
		series('c', { histograms: [histogram(5)] }),
		series('d', { samples: [{ value: 2, time: 40, start: 0 }] }),
	]);
	expect([samples, histograms, rejected]).toEqual([2, 2, { 'time too far from now': 3 }]);
	expect([...block.sampleEnds]).toEqual([1, 1, 2]);
	expect([...block.histograms!.ends]).toEqual([0, 2, 2]);
	expect([...block.histograms!.timestamps]).toEqual([20, 30]);
	expect(histogramAt(block.histograms!, 1)).toMatchObject({ count: 4, sum: 9, zeroCount: 1, schema: 1 });
	expect(block.labelEnds).toHaveLength(3);
});

it('a faulty series is counted once for each of its samples and histograms', () => {
	const nameless = { labels: [] as ModelSeries['labels'] };
	const { rejected, faults, histograms } = accept([
		series('', { ...nameless, histograms: [histogram(20), histogram(30)] }),
		series('ok', { histograms: [histogram(20)] }),
		series('bad', { histograms: [histogram(20, { count: 1 })] }),
	]);
	expect(rejected).toEqual({ 'no-name': 2, 'bad-total': 1 });
	expect([faults.length, histograms]).toEqual([2, 1]);
});

it('limits of labels hold for histograms too, and leave nothing of the series', () => {
	const labels = (value: string): ModelSeries['labels'] => [
		['__name__', 'm'],
		['a', value],
	];
	const many: ModelSeries['labels'] = ['__name__', 'a', 'b', 'c', 'd'].map((name) => [name, 'v']);
	const { rejected, block } = accept([
		series('m', { labels: labels('123456789'), histograms: [histogram(20), histogram(30)] }),
		series('m', { labels: many, samples: [{ value: 1, time: 20, start: 0 }] }),
		series('m', { labels: labels('x'), histograms: [histogram(20)] }),
	]);
	expect(rejected).toEqual({ 'a label value over 8 bytes': 2, 'more than 4 labels': 1 });
	expect(new TextDecoder().decode(block.labelBytes)).toBe('__name__max');
	expect([...block.labelLengths]).toEqual([8, 1, 1, 1]);
});

it('exemplars are counted, metadata by series becomes that of families', () => {
	const metadata = { type: 3, help: 'how long', unit: 's' };
	const exemplar = { labels: [], value: 1, time: 20, fault: 0 };
	const sample = { samples: [{ value: 1, time: 20, start: 0 }], metadata };
	const accepted = accept(
		[
			series('latency_bucket', { ...sample, exemplars: [exemplar, exemplar] }),
			series('latency_count', sample),
			series('size', { ...sample, metadata: { type: 2, help: 'how big', unit: '' } }),
			series('silent', { samples: sample.samples }),
		],
		2,
	);
	expect(accepted.exemplars).toBe(2);
	expect(accepted.metadata).toEqual([
		{ family: 'latency', type: 'histogram', help: 'how long', unit: 's' },
		{ family: 'size', type: 'gauge', help: 'how big', unit: '' },
	]);
});

const MS = 1_000_000n;
const point = (start: number, time: number, more: Partial<Point>): Point => ({
	...{ attributes: [], start: BigInt(start) * MS, time: BigInt(time) * MS, ...more },
});
function acceptOtlp(metrics: Metric[], streams = new DeltaStreams()) {
	const scopes = [{ name: '', version: '', schema: '', attributes: [], metrics }];
	const body = otlpMetricBody([{ attributes: [], scopes }]);
	const { columns, deltas } = codec.decodeMetrics(body, { targetInfo: false });
	const round = streams.begin();
	const accepted = acceptColumns(columns, body, limits, { flags: deltas, round });
	round.commit();
	return accepted;
}
const sum = (temporality: number, points: Point[]): Metric => ({
	...{ name: 'n', help: '', unit: '', kind: 'sum', temporality, monotonic: true, points },
});

it('deltas become sums that begin with 0; cumulative points stay', () => {
	const streams = new DeltaStreams();
	const points = [
		point(100, 200, { value: 5 }),
		point(200, 300, { value: 2n }),
		point(250, 400, { value: 1 }),
	];
	const first = acceptOtlp([sum(1, points)], streams);
	expect([...first.block.timestamps]).toEqual([101, 200, 300]);
	expect([...first.block.values]).toEqual([0, 5, 7]);
	expect(first).toMatchObject({ samples: 2, rejected: { 'a delta that overlaps the one before it': 1 } });
	const second = acceptOtlp([sum(1, [point(300, 400, { value: 3, flags: 0 })]), sum(2, points)], streams);
	expect([...second.block.values]).toEqual([10, 5, 2, 1]);
	expect([...second.block.summed!].filter((flag) => flag === 1)).toHaveLength(1);
});

it('a point without a value is the marker, and the sum goes on behind it', () => {
	const { block } = acceptOtlp([
		sum(1, [point(100, 200, { value: 5 }), point(200, 300, { flags: 1 }), point(300, 400, { value: 1 })]),
	]);
	const bits = new BigUint64Array(block.values.slice().buffer);
	expect([...block.timestamps]).toEqual([101, 200, 300, 400]);
	expect(bits[2]).toBe(0x7ff0000000000002n);
	expect(block.values[3]).toBe(6);
});

it('exponential histograms of deltas become sums that begin empty', () => {
	const delta = (start: number, time: number): Point =>
		point(start, time, {
			...{ count: 3n, sum: 4, scale: 2, zeroCount: 1n },
			positive: { offset: 3, counts: [2n] },
		});
	const points = [delta(100, 200), delta(200, 300), delta(200, 300), delta(200, 20_000)];
	const { block, histograms, samples, rejected } = acceptOtlp([
		{ name: 'h', help: '', unit: '', kind: 'exponentialHistogram', temporality: 1, points },
	]);
	expect([samples, histograms]).toEqual([0, 2]);
	expect(rejected).toEqual({
		'a delta that is not newer than the one before it': 1,
		'time too far from now': 1,
	});
	const { timestamps, counts, kinds } = block.histograms!;
	expect([...timestamps]).toEqual([101, 200, 300]);
	expect([...counts]).toEqual([0, 3, 6]);
	// No gauges any more, as deltas are.
	expect([...kinds]).toEqual([0, 0, 0]);
	// Each point came as a series of its own.
	expect([...block.summed!]).toEqual([1, 1]);
});
