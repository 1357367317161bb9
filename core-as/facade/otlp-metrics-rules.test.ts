import { describe, expect, test } from 'vitest';
import { modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { bytesOf } from '../testing/otlp-body.ts';
import {
	type Attributes,
	type Metric,
	type MetricKind,
	otlpMetricBody,
	type Point,
	type Resource,
} from '../testing/otlp-metric-body.ts';
import { joined } from '../testing/random.ts';
import { createCodec } from './codec.ts';
import type { OtlpMetricsOptions, OtlpNaming, RejectedPoints } from './otlp-metrics.ts';

// What was written down by hand from the specification and from Prometheus's own answers.

const codec = createCodec(await builtModules());
const TIME = 1_800_000_000_123_456_789n;
const MILLIS = 1_800_000_000_123;

const point = (more: Partial<Point> = {}): Point => ({
	...{ attributes: [], start: 0n, time: TIME, value: 1n },
	...more,
});

function metric(kind: MetricKind, more: Partial<Metric>, ...points: Point[]): Metric {
	return { name: 'm', help: '', unit: '', kind, temporality: 2, points, ...more };
}

function resource(attributes: Attributes, ...metrics: Metric[]): Resource {
	return { attributes, scopes: [{ name: 'lib', version: '2', schema: 'http://s', attributes: [], metrics }] };
}

function decode(of: Resource, how?: OtlpMetricsOptions) {
	const body = otlpMetricBody([of]);
	const decoded = codec.decodeMetrics(body, how);
	const model = modelOf(decoded.columns, body);
	/** As the text format writes series; texts are ASCII here. */
	const lines = model.series.map(({ labels, samples }) => {
		const name = labels.find(([key]) => key === '__name__')![1];
		const rest = labels.filter(([key]) => key !== '__name__').map(([key, value]) => `${key}="${value}"`);
		return `${name}{${rest.join()}} ${samples.map(({ value }) => value).join(' ')}`;
	});
	return { ...decoded, model, lines };
}

function faults(of: Partial<RejectedPoints> & object): RejectedPoints {
	return {
		...{ badNames: 0, badTexts: 0, badTimes: 0, noValues: 0, badTemporalities: 0 },
		...{ badScales: 0, badBuckets: 0, badCounts: 0, tooDeep: 0 },
		...of,
	};
}

describe('names of metrics', () => {
	const S = 'underscores-with-suffixes';
	test.each<
		[name: string, unit: string, kind: 'gauge' | 'counter' | 'histogram', naming: OtlpNaming, string]
	>([
		['http.server.request.duration', 's', 'histogram', S, 'http_server_request_duration_seconds'],
		['requests', '', 'counter', S, 'requests_total'],
		['requests_total', '', 'counter', S, 'requests_total'],
		['total.requests', '', 'counter', S, 'requests_total'],
		['requests', '1/s', 'counter', S, 'requests_per_second_total'],
		['cpu.usage', '1', 'gauge', S, 'cpu_usage_ratio'],
		['cpu_usage_ratio', '1', 'gauge', S, 'cpu_usage_ratio'],
		['items', '1', 'counter', S, 'items_total'],
		['memory.usage', 'By', 'gauge', S, 'memory_usage_bytes'],
		['memory.usage.bytes', 'By', 'gauge', S, 'memory_usage_bytes'],
		['bytes.read', 'By', 'gauge', S, 'bytes_read'],
		['throughput', 'By/s', 'gauge', S, 'throughput_bytes_per_second'],
		['throughput', 'KiBy/m', 'gauge', S, 'throughput_kibibytes_per_minute'],
		['queue', '{message}', 'gauge', S, 'queue'],
		['size', 'By/{packet}', 'gauge', S, 'size_bytes'],
		['custom', 'unit@with#special/chars', 'gauge', S, 'custom_unit_with_special_per_chars'],
		['m__with__many', 'unit__many', 'gauge', S, 'm_with_many_unit_many'],
		['fan.speed', '{rotation}/min', 'gauge', S, 'fan_speed_per_min'],
		['2xx.responses', '', 'counter', S, '_2xx_responses_total'],
		['temperature', 'Cel', 'gauge', S, 'temperature_celsius'],
		['load', '%', 'gauge', S, 'load_percent'],
		['a:b', 's', 'gauge', S, 'a:b_seconds'],
		['.dots..everywhere.', '', 'gauge', S, 'dots_everywhere'],
		['päckchen', '', 'gauge', S, 'p_ckchen'],
		['wide', 'TiBy', 'gauge', S, 'wide_tebibytes'],
		['http.server.duration', 's', 'histogram', 'underscores', 'http_server_duration'],
		['a__b', 's', 'counter', 'underscores', 'a__b'],
		['1st@@place', '', 'gauge', 'underscores', '_1st_place'],
		['http.server.duration', 's', 'histogram', 'utf8-with-suffixes', 'http.server.duration_seconds'],
		['cpu_seconds_total', 's', 'counter', 'utf8-with-suffixes', 'cpu_seconds_total'],
		['cpu.seconds', 's', 'counter', 'utf8-with-suffixes', 'cpu.seconds_total'],
		['usage', '1', 'gauge', 'utf8-with-suffixes', 'usage_ratio'],
		['req', '1/s', 'counter', 'utf8-with-suffixes', 'req_per_second_total'],
		['@#$%', '', 'counter', 'utf8-with-suffixes', '@#$%_total'],
		['http.server.duration', 's', 'counter', 'utf8', 'http.server.duration'],
	])('%s [%s] as a %s in %s', (name, unit, kind, naming, wanted) => {
		const isCounter = kind === 'counter';
		const of = metric(isCounter ? 'sum' : kind, { name, unit, monotonic: isCounter }, point({ count: 0n }));
		const { columns, model } = decode(resource([], of), { naming, customBuckets: true });
		const bytes = Buffer.from(wanted).toString('latin1');
		expect(model.families.map((family) => family.name)).toEqual([bytes]);
		expect(model.series[0]!.labels).toEqual([['__name__', bytes]]);
		expect(columns.hashes).toHaveLength(1);
	});

	test.each<[string, OtlpNaming]>([
		['', 'utf8'],
		['@@', 'underscores'],
		['...', 'underscores-with-suffixes'],
		['__', 'underscores-with-suffixes'],
		['line\nfeed', 'utf8'],
	])('%j in %s is none', (name, naming) => {
		const { rejected, columns } = decode(resource([], metric('gauge', { name }, point(), point())), {
			naming,
		});
		expect(rejected).toEqual(faults({ badNames: 2 }));
		expect([columns.hashes.length, columns.metadata]).toEqual([0, undefined]);
	});
});

describe('labels', () => {
	const labelsOf = (attributes: Attributes, how?: OtlpMetricsOptions) =>
		Object.fromEntries(
			decode(resource([], metric('gauge', {}, point({ attributes }))), how).model.series[0]!.labels,
		);

	test.each([
		['http.method', 'http_method'],
		['_private', 'key_private'],
		['__reserved__', '__reserved__'],
		['1st', 'key_1st'],
		['a  b', 'a__b'],
		['ä', 'key_'],
		['a:b', 'a_b'],
	])('the key %s becomes %s', (key, wanted) => {
		expect(labelsOf([[key, 'x']])).toEqual({ __name__: 'm', [wanted]: 'x' });
	});

	test('names that meet are joined in the order of their keys', () => {
		expect(
			labelsOf([
				['a_b', 'third'],
				['a-b', 'first'],
				['a.b', 'second'],
			]),
		).toEqual({ __name__: 'm', a_b: 'first;second;third' });
	});

	test('values of any kind are text', () => {
		const values: [string, unknown, string][] = [
			['bool', true, 'true'],
			['int', -5n, '-5'],
			['double', 0.25, '0.25'],
			['exact', 400627281825700000, '400627281825700000'],
			['bytes', new Uint8Array([1, 2, 3]), 'AQID'],
			['list', ['a', 1n, null], '["a",1,null]'],
			['map', { k: ['"'] }, '{"k":["\\""]}'],
		];
		expect(labelsOf(values.map(([key, value]) => [key, value]))).toEqual({
			__name__: 'm',
			...Object.fromEntries(values.map(([key, , wanted]) => [key, wanted])),
		});
	});

	test('empty values and what is not there are no labels', () => {
		expect(
			labelsOf([
				['a', ''],
				['b', null],
			]),
		).toEqual({ __name__: 'm' });
	});

	test('utf8 keeps keys as they are', () => {
		expect(labelsOf([['http.method', 'x']], { naming: 'utf8' })).toEqual({
			__name__: 'm',
			'http.method': 'x',
		});
	});

	test('the resource says job and instance, and what is promoted; attributes of points come before the latter', () => {
		const { lines } = decode(
			resource(
				[
					['service.name', 'cart'],
					['service.namespace', 'shop'],
					['service.instance.id', 'i-1'],
					['k8s.pod.name', 'pod'],
					['region', 'eu'],
				],
				metric(
					'gauge',
					{},
					point({
						attributes: [
							['region', 'own'],
							['job', 'x'],
						],
					}),
				),
			),
			{ promoted: ['k8s.pod.name', 'region', 'absent'] },
		);
		expect(lines).toEqual([
			'm{instance="i-1",job="shop/cart",k8s_pod_name="pod",region="own"} 1',
			'target_info{instance="i-1",job="shop/cart",k8s_pod_name="pod",region="eu"} 1',
		]);
	});

	test('a scope becomes labels where they are wanted', () => {
		const of = resource([], metric('gauge', {}, point()));
		of.scopes[0]!.attributes.push(['library.mascot', 'bear'], ['name', 'hidden']);
		expect(decode(of, { scopeLabels: true }).lines).toEqual([
			'm{otel_scope_library_mascot="bear",otel_scope_name="lib",otel_scope_schema_url="http://s",otel_scope_version="2"} 1',
		]);
	});
});

describe('kinds of metrics', () => {
	test('a gauge has no start; a sum has; non-monotonic sums are gauges', () => {
		const start = TIME - 5_000_000_000n;
		const { model, deltas } = decode(
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
		const { columns } = decode(resource([], metric('gauge', {}, point({ start: TIME }))));
		expect(columns.startTimestamps).toHaveLength(0);
	});

	test('starts of one kind, or of points left out, make no column for the other', () => {
		const start = TIME - 1_000_000_000n;
		const starts = (...metrics: Metric[]) => {
			const { columns } = decode(resource([], ...metrics));
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
		decode(resource([], metric('gauge', { help: 'a gauge', unit: 's' }, point())));
		const { columns } = decode(resource([], gauge), { naming: 'utf8' });
		expect(columns.metadata!.helpRefs).toEqual(Uint32Array.of(0, 0));
		expect(columns.metadata!.unitRefs).toEqual(Uint32Array.of(0, 0));
	});

	test('a histogram becomes classic series, each exemplar at its bucket', () => {
		const exemplar = (value: number, id: string) => ({
			...{ time: TIME, value, traceId: bytesOf(id.repeat(16)), spanId: bytesOf(id.repeat(8)) },
			attributes: [['k', id]] as Attributes,
		});
		const { lines, model } = decode(
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
			decode(resource([], metric('exponentialHistogram', {}, point(more)))).model.series[0]!.histograms[0]!;
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
			decode(resource([], metric('summary', {}, point({ count: 5n, sum: 20, quantiles })))).lines,
		).toEqual(['m{quantile="0.5"} 3', 'm{quantile="0.99"} 8', 'm_sum{} 20', 'm_count{} 5']);
	});

	test('a point without a recorded value is stale, to the bit', () => {
		const flags = 1;
		const { columns } = decode(
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
		expect(decode(resource([], of)).rejected).toEqual(faults(counted));
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
			expect(damaged(text), text).toEqual(faults({ badTexts: 1 }));
		// A key that nobody asks for has no label.
		expect(damaged('service.name')).toEqual(faults({}));
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
			resource([], sum({ monotonic: true }, point({ exemplars }))),
		);
		expect([badExemplars, rejected]).toEqual([2, faults({})]);
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
		expect(rejected).toEqual(faults({}));
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
