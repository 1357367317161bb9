import { describe, expect, test } from 'vitest';
import { decode, MILLIS, metric, point, resource, TIME } from '../testing/metric-points.ts';
import { builtModules } from '../testing/modules.ts';
import { bytesOf } from '../testing/otlp-body.ts';
import type { Attributes, Metric, Point } from '../testing/otlp-metric-body.ts';
import { createCodec } from './codec.ts';

// What was written down by hand from the specification and from Prometheus's own answers.

const codec = createCodec(await builtModules());

describe('kinds of metrics', () => {
	test('a gauge has no start; a sum has; non-monotonic sums are gauges', () => {
		const start = TIME - 5_000_000_000n;
		const { model, deltas } = decode(
			codec,
			resource(
				[],
				metric('gauge', { name: 'g', unit: 's', help: 'a gauge' }, point({ start, value: 2.5 })),
				metric('sum', { name: 'up.down' }, point({ start, value: -3n })),
				metric('sum', { name: 'd', monotonic: true, temporality: 1 }, point({ start, value: 7n })),
			),
		);
		expect(model.series.map(({ samples }) => samples)).toEqual([
			[{ value: 2.5, time: MILLIS, start: 0 }],
			[{ value: -3, time: MILLIS, start: MILLIS - 5000 }],
			[{ value: 7, time: MILLIS, start: MILLIS - 5000 }],
		]);
		expect([...deltas]).toEqual([0, 0, 1]);
		expect(model.families).toEqual([
			{ name: 'g_seconds', type: 2, help: 'a gauge', unit: 'seconds' },
			{ name: 'up_down', type: 2, help: '', unit: '' },
			{ name: 'd_total', type: 1, help: '', unit: '' },
		]);
	});

	test('gauges alone have no column of starts', () => {
		const { columns } = decode(codec, resource([], metric('gauge', {}, point({ start: TIME }))));
		expect(columns.startTimestamps).toHaveLength(0);
	});

	test('starts of one kind, or of points left out, make no column for the other', () => {
		const start = TIME - 1_000_000_000n;
		const starts = (...metrics: Metric[]) => {
			const { columns } = decode(codec, resource([], ...metrics));
			return [columns.startTimestamps.length, columns.histograms?.startTimestamps.length];
		};
		const exponential = (more: Partial<Point>) =>
			metric('exponentialHistogram', {}, point({ scale: 0, count: 0n, ...more }));
		expect(starts(metric('sum', {}, point()), exponential({ start }))).toEqual([0, 1]);
		expect(starts(metric('sum', {}, point({ start })), exponential({}))).toEqual([1, 0]);
		const leftOut = point({ start, time: 0n });
		expect(starts(metric('sum', {}, point(), leftOut))).toEqual([0, undefined]);
	});

	test('a metric without a description has the same answer after any other', () => {
		const gauge = metric('gauge', {}, point());
		decode(codec, resource([], metric('gauge', { help: 'a gauge', unit: 's' }, point())));
		const { columns } = decode(codec, resource([], gauge), { naming: 'utf8' });
		expect(columns.metadata!.helpRefs).toEqual(Uint32Array.of(0, 0));
		expect(columns.metadata!.unitRefs).toEqual(Uint32Array.of(0, 0));
	});

	test('a histogram becomes classic series, each exemplar at its bucket', () => {
		const exemplar = (value: number, id: string) => ({
			...{ time: TIME, value, traceId: bytesOf(id.repeat(16)), spanId: bytesOf(id.repeat(8)) },
			attributes: [['k', id]] as Attributes,
		});
		const { lines, model } = decode(
			codec,
			resource(
				[],
				metric(
					'histogram',
					{ unit: 'ms' },
					point({
						...{
							attributes: [
								['le', 'hidden'],
								['a', 'b'],
							],
							count: 6n,
							sum: 12.5,
						},
						...{ bucketCounts: [1n, 2n, 0n, 3n], bounds: [0.005, 1, 1e21] },
						exemplars: [exemplar(1, '0a'), exemplar(5e21, '0b'), exemplar(0.5, '0c')],
					}),
				),
			),
		);
		expect(lines).toEqual([
			'm_milliseconds_bucket{a="b",le="0.005"} 1',
			'm_milliseconds_bucket{a="b",le="1"} 3',
			'm_milliseconds_bucket{a="b",le="1000000000000000000000"} 3',
			'm_milliseconds_bucket{a="b",le="+Inf"} 6',
			'm_milliseconds_sum{a="b",le="hidden"} 12.5',
			'm_milliseconds_count{a="b",le="hidden"} 6',
		]);
		expect(model.series.map(({ exemplars }) => exemplars.map(({ value }) => value))).toEqual([
			[],
			[1, 0.5],
			[],
			[5e21],
			[],
			[],
		]);
		expect(model.series[3]!.exemplars[0]).toEqual({
			labels: [
				['trace_id', '0b'.repeat(16)],
				['span_id', '0b'.repeat(8)],
				['k', '0b'],
			],
			...{ value: 5e21, time: MILLIS, fault: 0 },
		});
	});

	test('a histogram becomes a native one with custom buckets', () => {
		const { model } = decode(
			codec,
			resource(
				[],
				metric(
					'histogram',
					{},
					point({ count: 4n, sum: 9, bucketCounts: [0n, 1n, 0n, 0n, 0n, 3n], bounds: [1, 2, 3, 4, 5] }),
				),
			),
			{ customBuckets: true },
		);
		expect(model.series[0]!.histograms).toEqual([
			expect.objectContaining({
				...{
					schema: -53,
					count: 4,
					sum: 9,
					positiveSpans: [
						[1, 1],
						[3, 1],
					],
					buckets: [1, 3],
				},
				...{ customValues: [1, 2, 3, 4, 5], zeroThreshold: 0, isFloat: false, reset: 0 },
			}),
		]);
	});

	test('an exponential histogram becomes a native one: indexes by the upper bound, scales above 8 merged', () => {
		const one = (more: Partial<Point>) =>
			decode(codec, resource([], metric('exponentialHistogram', {}, point(more)))).model.series[0]!
				.histograms[0]!;
		expect(
			one({
				...{ scale: 3, count: 9n, sum: 1, zeroCount: 1n, zeroThreshold: 0.25 },
				positive: { offset: -2, counts: [1n, 2n, 0n, 0n, 3n, 0n, 0n, 0n, 1n] },
				negative: { offset: 4, counts: [0n, 1n] },
			}),
		).toMatchObject({
			...{ schema: 3, count: 9, zeroCount: 1, zeroThreshold: 0.25 },
			positiveSpans: [
				[-1, 5],
				[3, 1],
			],
			negativeSpans: [[6, 1]],
			buckets: [1, 2, 0, 0, 3, 1, 1],
		});
		// Two buckets of scale 9 are one of scale 8; OTLP's -3 to 1 are -2, -1, -1, 0, 0.
		expect(
			one({ scale: 9, count: 15n, positive: { offset: -3, counts: [1n, 2n, 3n, 4n, 5n] } }),
		).toMatchObject({
			...{ schema: 8, zeroThreshold: 1e-128, positiveSpans: [[-1, 3]], buckets: [1, 5, 9] },
		});
	});

	test('a summary has quantiles', () => {
		const quantiles = [
			{ quantile: 0.5, value: 3 },
			{ quantile: 0.99, value: 8 },
		];
		expect(
			decode(codec, resource([], metric('summary', {}, point({ count: 5n, sum: 20, quantiles })))).lines,
		).toEqual(['m{quantile="0.5"} 3', 'm{quantile="0.99"} 8', 'm_sum{} 20', 'm_count{} 5']);
	});

	test('a point without a recorded value is stale, to the bit', () => {
		const flags = 1;
		const { columns } = decode(
			codec,
			resource(
				[],
				metric('gauge', {}, point({ flags })),
				metric('histogram', {}, point({ flags, bounds: [1], bucketCounts: [0n, 0n] })),
				metric('exponentialHistogram', {}, point({ flags, scale: 20 })),
			),
		);
		const stale = (values: Float64Array) =>
			new Set(new BigUint64Array(values.buffer, values.byteOffset, values.length));
		expect(stale(columns.values)).toEqual(new Set([0x7ff0000000000002n]));
		expect(stale(columns.histograms!.sums)).toEqual(new Set([0x7ff0000000000002n]));
		expect([...columns.histograms!.schemas]).toEqual([8]);
	});

	test('target_info has a sample at least every 150 s, and not without end', () => {
		const at = (seconds: number) => point({ time: TIME + BigInt(seconds) * 1_000_000_000n });
		const times = (...points: Point[]) =>
			decode(
				codec,
				resource(
					[
						['service.name', 's'],
						['x', 'y'],
					],
					metric('gauge', {}, ...points),
				),
			)
				.model.series.at(-1)!
				.samples.map(({ time }) => (time - MILLIS) / 1000);
		expect(times(at(0))).toEqual([0]);
		expect(times(at(400), at(0))).toEqual([0, 100, 250, 400]);
		expect(times({ ...at(0), time: 1n }, at(0))).toHaveLength(16);
	});
});
