import { describe, expect, test } from 'vitest';
import { modelOf } from '../testing/metric-model.ts';
import { decode, metric, point, rejectedPoints, resource, TIME } from '../testing/metric-points.ts';
import { builtModules } from '../testing/modules.ts';
import { bytesOf } from '../testing/otlp-body.ts';
import {
	type Attributes,
	type Metric,
	otlpMetricBody,
	type Point,
	type Resource,
} from '../testing/otlp-metric-body.ts';
import { joined } from '../testing/random.ts';
import { createCodec } from './codec.ts';
import type { RejectedPoints } from './otlp-metrics.ts';

// What was written down by hand from the specification and from Prometheus's own answers.

const codec = createCodec(await builtModules());

describe('points that are left out', () => {
	const sum = (more: Partial<Metric>, ...points: Point[]) => metric('sum', more, ...points);
	const histogram = (more: Partial<Point>) => metric('histogram', {}, point(more));
	const exponential = (more: Partial<Point>) => metric('exponentialHistogram', {}, point(more));
	let deep: unknown = 'x';
	for (let i = 0; i < 33; i++) deep = [deep];

	test.each<[string, Metric, Partial<RejectedPoints>]>([
		['no time', metric('gauge', {}, point({ time: 0n }), point()), { badTimes: 1 }],
		['no value', metric('gauge', {}, { attributes: [], start: 0n, time: TIME }), { noValues: 1 }],
		['no temporality', sum({ temporality: 0 }, point(), point()), { badTemporalities: 2 }],
		[
			'a key of nothing',
			metric(
				'gauge',
				{},
				point({
					attributes: [
						['@', 'x'],
						['', 'y'],
					],
				}),
			),
			{},
		],
		['an empty key', metric('gauge', {}, point({ attributes: [['', 'y']] })), { badNames: 1 }],
		['depth', metric('gauge', {}, point({ attributes: [['a', deep]] })), { tooDeep: 1 }],
		['a scale below -4', exponential({ scale: -5, count: 0n }), { badScales: 1 }],
		['buckets that are not the count', exponential({ count: 1n }), { badBuckets: 1 }],
		[
			'an index beyond 32 bits',
			exponential({ count: 1n, positive: { offset: 2 ** 31 - 1, counts: [1n] } }),
			{ badBuckets: 1 },
		],
		['a zero threshold below 0', exponential({ count: 0n, zeroThreshold: -1 }), { badBuckets: 1 }],
		['bounds that fall', histogram({ bounds: [2, 1], bucketCounts: [0n, 0n, 0n] }), { badBuckets: 1 }],
		[
			'bounds that are the same',
			histogram({ bounds: [1, 1], bucketCounts: [0n, 0n, 0n] }),
			{ badBuckets: 1 },
		],
		['a bound that is NaN', histogram({ bounds: [Number.NaN], bucketCounts: [0n, 0n] }), { badBuckets: 1 }],
		['as many bounds as buckets', histogram({ bounds: [1], bucketCounts: [0n] }), { badBuckets: 1 }],
		['a count that a float does not hold', histogram({ count: 2n ** 53n + 1n }), { badCounts: 1 }],
	])('%s', (_, of, wanted) => {
		const counted = Object.keys(wanted).length > 0 ? wanted : { badNames: 1 };
		expect(decode(codec, resource([], of)).rejected).toEqual(rejectedPoints(counted));
	});

	test('texts that are not UTF-8, wherever they stand', () => {
		const body = otlpMetricBody([
			resource(
				[['service.name', 'zzzz']],
				metric('gauge', { name: 'metr' }, point({ attributes: [['kkkk', 'vvvv']] })),
			),
		]);
		const damaged = (text: string) => {
			const copy = body.slice();
			copy[Buffer.from(copy).indexOf(text)] = 0xff;
			return codec.decodeMetrics(copy).rejected;
		};
		for (const text of ['zzzz', 'metr', 'kkkk', 'vvvv'])
			expect(damaged(text), text).toEqual(rejectedPoints({ badTexts: 1 }));
		// A key that nobody asks for has no label.
		expect(damaged('service.name')).toEqual(rejectedPoints({}));
	});

	test('an exemplar with a bad text leaves its point alone', () => {
		const exemplars = [
			{ time: TIME, value: 1, attributes: [['', 'x']] as Attributes },
			{ time: TIME },
			{
				time: 0n,
				value: 2n,
				traceId: bytesOf('00'.repeat(16)),
				attributes: [['long', 'x'.repeat(200)]] as Attributes,
			},
		];
		const { model, badExemplars, rejected } = decode(
			codec,
			resource([], sum({ monotonic: true }, point({ exemplars }))),
		);
		expect([badExemplars, rejected]).toEqual([2, rejectedPoints({})]);
		expect(model.series[0]!.exemplars).toEqual([{ labels: [], value: 2, time: 0, fault: 0 }]);
	});
});

describe('bodies', () => {
	const refused = (body: Uint8Array, code: string, offset?: number) =>
		expect(() => codec.decodeMetrics(body)).toThrow(
			expect.objectContaining({ code, ...(offset !== undefined && { offset }) }),
		);

	test('lists of numbers may come one by one', () => {
		// Exponential histogram: buckets 1 and 2 unpacked, offset behind them; count 3, time 1 ms.
		const buckets = '42 06 10 01 10 02 08 02';
		const dataPoint = `21 0300000000000000 19 40420f0000000000 ${buckets}`;
		const hex = (text: string) => bytesOf(text.replaceAll(' ', ''));
		const wrap = (tag: number, bytes: Uint8Array) => joined(new Uint8Array([tag, bytes.length]), bytes);
		const data = joined(wrap(0x0a, hex(dataPoint)), hex('10 02'));
		const of = joined(hex('0a 01 6d'), wrap(0x52, data));
		const body = wrap(0x0a, wrap(0x12, wrap(0x12, of)));
		const { columns, rejected } = codec.decodeMetrics(body);
		expect(rejected).toEqual(rejectedPoints({}));
		expect(modelOf(columns, body).series[0]!.histograms[0]).toMatchObject({
			...{ count: 3, positiveSpans: [[2, 2]], buckets: [1, 2], time: 1 },
		});
	});

	test('an empty body is none of a series', () => {
		const { columns, deltas } = codec.decodeMetrics(new Uint8Array(0));
		expect([columns.hashes.length, deltas.length]).toEqual([0, 0]);
	});

	test('a body cut at any byte is refused', () => {
		const body = otlpMetricBody([resource([], metric('gauge', {}, point()))]);
		for (let size = 1; size < body.length; size++) refused(body.subarray(0, size), 'CXR_CORE_OTLP_CUT');
	});

	test('lengths that wrap a 32-bit pointer, wrong types and numbers over 64 bits are refused at their place', () => {
		const attempt = (hex: string, code: string, offset: number) =>
			refused(bytesOf(hex.replaceAll(' ', '')), code, offset);
		attempt('0a f0 ff ff ff 0f', 'CXR_CORE_OTLP_CUT', 1);
		attempt('0a 06 12 f0 ff ff ff 0f', 'CXR_CORE_OTLP_CUT', 3);
		attempt('08 01', 'CXR_CORE_OTLP_BAD_WIRE_TYPE', 0);
		attempt('0a 04 12 02 10 01', 'CXR_CORE_OTLP_BAD_WIRE_TYPE', 4);
		attempt('0a ff ff ff ff ff ff ff ff ff 02', 'CXR_CORE_OTLP_BAD_VARINT', 1);
		// A packed list of floats of 7 bytes.
		attempt('0a 13 12 11 12 0f 4a 0d 0a 0b 32 07 01 02 03 04 05 06 07 12 00', 'CXR_CORE_OTLP_CUT', 11);
	});

	test('what would be too much is refused before it is made', () => {
		// A histogram of 2 000 attributes and 2 000 bounds would be four million labels, and little more than none.
		const attributes: Attributes = Array.from({ length: 2_100 }, (_, i) => [`k${i}`, 'v']);
		const bounds = Array.from({ length: 2_100 }, (_, i) => i);
		const bucketCounts = new Array<bigint>(2_101).fill(0n);
		const large = otlpMetricBody([
			resource([], metric('histogram', {}, point({ attributes, bounds, bucketCounts }))),
		]);
		refused(large, 'CXR_CORE_OTLP_TOO_MANY');
		refused(new Uint8Array((64 << 20) + 1), 'CXR_CORE_OTLP_TOO_MANY', 0);
		expect(codec.traps).toBe(0);
	});

	test('as much as is allowed fits, again and again', () => {
		const repeated = (of: Resource, times: number) => {
			const one = otlpMetricBody([of]);
			const body = new Uint8Array(one.length * times);
			for (let i = 0; i < times; i++) body.set(one, i * one.length);
			return body;
		};
		const attributes: Attributes = Array.from({ length: 200 }, (_, i) => [`key.${i}`, 'v']);
		const wide = repeated(resource([], metric('gauge', {}, point({ attributes }))), 20_000);
		for (let round = 0; round < 3; round++) {
			const { columns } = codec.decodeMetrics(wide);
			expect(columns.labelEnds.at(-1)).toBe(20_000 * 201);
		}
		// Text that is made for each point: with the body more than 128 MiB.
		const list = Array.from({ length: 100 }, () => '"'.repeat(300));
		const long = repeated(resource([], metric('gauge', {}, point({ attributes: [['a', list]] }))), 1_800);
		refused(long, 'CXR_CORE_OTLP_TOO_MANY');
		expect(codec.traps).toBe(0);
	});
});
