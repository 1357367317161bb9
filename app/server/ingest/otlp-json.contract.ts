import assert from 'node:assert/strict';
import { anyValue, attribute, bytesOf, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import { ServerError } from '../errors.ts';
import { otlpJsonToProtobuf } from './otlp-json.ts';

const TRACE = '0123456789ABCDEF0123456789abcdef';
const json = (value: unknown) =>
	new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const log = (record: unknown) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });

/** JSON of the specification beside what protobufjs makes of the same request. */
const SAME: Record<string, ['logs' | 'traces', unknown, Record<string, unknown>]> = {
	'a log record with everything': [
		'logs',
		{
			resourceLogs: [
				{
					resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
					scopeLogs: [
						{
							scope: { name: 'lib', version: '1' },
							logRecords: [
								{
									timeUnixNano: '1800000000000000001',
									severityNumber: 9,
									severityText: 'INFO',
									body: { stringValue: 'größe' },
									attributes: [
										{ key: 'b', value: { boolValue: true } },
										{ key: 'i', value: { intValue: '-5' } },
										{ key: 'n', value: { intValue: 7 } },
										{ key: 'd', value: { doubleValue: 0.5 } },
										{ key: 'x', value: { bytesValue: 'AQI=' } },
										{ key: 'l', value: { arrayValue: { values: [{ intValue: '1' }, {}] } } },
										{
											key: 'm',
											value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
										},
									],
									flags: 1,
									traceId: TRACE,
									spanId: '00000000000000a1',
									observedTimeUnixNano: '1800000000000000002',
									eventName: 'e',
									droppedAttributesCount: 3,
									unknownField: { deep: [1] },
								},
							],
						},
					],
				},
			],
		},
		{
			resourceLogs: [
				{
					resource: { attributes: [attribute('service.name', 'shop')] },
					scopeLogs: [
						{
							scope: { name: 'lib', version: '1' },
							logRecords: [
								{
									timeUnixNano: '1800000000000000001',
									severityNumber: 9,
									severityText: 'INFO',
									body: { stringValue: 'größe' },
									attributes: [
										attribute('b', true),
										attribute('i', -5n),
										attribute('n', 7n),
										attribute('d', 0.5),
										attribute('x', new Uint8Array([1, 2])),
										attribute('l', [1n, null]),
										attribute('m', { k: 'v' }),
									],
									flags: 1,
									traceId: bytesOf(TRACE),
									spanId: bytesOf('00000000000000a1'),
									observedTimeUnixNano: '1800000000000000002',
									eventName: 'e',
								},
							],
						},
					],
				},
			],
		},
	],
	'a span with everything': [
		'traces',
		{
			resourceSpans: [
				{
					resource: {},
					scopeSpans: [
						{
							spans: [
								{
									traceId: TRACE,
									spanId: '00000000000000a1',
									traceState: 'a=b',
									parentSpanId: '00000000000000b2',
									name: 'GET /',
									kind: 2,
									startTimeUnixNano: '1800000000000000001',
									endTimeUnixNano: '1800000000000000009',
									attributes: [{ key: 'k', value: { stringValue: 'v' } }],
									events: [{ timeUnixNano: '1800000000000000002', name: 'e' }],
									links: [{ traceId: TRACE, spanId: '00000000000000a1' }],
									status: { message: 'm', code: 2 },
									flags: 257,
								},
							],
						},
					],
				},
			],
		},
		{
			resourceSpans: [
				{
					resource: {},
					scopeSpans: [
						{
							spans: [
								{
									traceId: bytesOf(TRACE),
									spanId: bytesOf('00000000000000a1'),
									traceState: 'a=b',
									parentSpanId: bytesOf('00000000000000b2'),
									name: 'GET /',
									kind: 2,
									startTimeUnixNano: '1800000000000000001',
									endTimeUnixNano: '1800000000000000009',
									attributes: [attribute('k', 'v')],
									events: [{ timeUnixNano: '1800000000000000002', name: 'e' }],
									links: [{ traceId: bytesOf(TRACE), spanId: bytesOf('00000000000000a1') }],
									status: { message: 'm', code: 2 },
									flags: 257,
								},
							],
						},
					],
				},
			],
		},
	],
	'null is the same as nothing': [
		'logs',
		log({ timeUnixNano: null, body: null, severityText: 'x' }),
		log({ severityText: 'x' }),
	],
	'nothing at all': ['traces', {}, {}],
	'numbers that are no numbers': [
		'logs',
		log({
			body: {
				arrayValue: {
					values: [{ doubleValue: 'NaN' }, { doubleValue: '-Infinity' }, { doubleValue: '1e3' }],
				},
			},
		}),
		log({ body: anyValue([Number.NaN, Number.NEGATIVE_INFINITY, 1000]) }),
	],
};

const refused = (body: Uint8Array, words: RegExp, signal: 'logs' | 'metrics' = 'logs') =>
	assert.throws(
		() => otlpJsonToProtobuf(signal, body),
		(error) =>
			error instanceof ServerError && error.code === 'CXR_INGEST_MALFORMED' && words.test(error.message),
		String(words),
	);

export const cases: Record<string, () => void | Promise<void>> = {
	...Object.fromEntries(
		Object.entries(SAME).map(([name, [signal, given, wanted]]) => [
			`as protobuf: ${name}`,
			() =>
				assert.deepEqual(
					Uint8Array.from(otlpJsonToProtobuf(signal, json(given))),
					Uint8Array.from(otlpBody(signal === 'logs' ? 'Logs' : 'Traces', wanted)),
				),
		]),
	),
	'64-bit numbers keep every digit, in texts they are left alone'() {
		const body = '\\"timeUnixNano\\": 1800000000000000001 ';
		const text = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano": 1800000000000000001,
			"body":{"stringValue":"${body}"},"attributes":[{"key":"k","value":{"intValue":-9223372036854775808}}]}]}]}]}`;
		assert.deepEqual(
			Uint8Array.from(otlpJsonToProtobuf('logs', json(text))),
			Uint8Array.from(
				otlpBody(
					'Logs',
					log({
						timeUnixNano: '1800000000000000001',
						body: { stringValue: '"timeUnixNano": 1800000000000000001 ' },
						attributes: [attribute('k', -(2n ** 63n))],
					}) as Record<string, unknown>,
				),
			),
		);
	},
	'wrong types are refused with their path'() {
		refused(json(''), /is empty/);
		refused(json('{"resourceLogs":'), /not JSON/);
		refused(Uint8Array.of(0x7b, 0xff, 0x7d), /not JSON/);
		refused(json('[]'), /\$ is not an object/);
		refused(json({ resourceLogs: {} }), /\$\.resourceLogs is not a list/);
		refused(json({ resourceLogs: [7] }), /\$\.resourceLogs\[0\] is not an object/);
		const path = '\\$\\.resourceLogs\\[0\\]\\.scopeLogs\\[0\\]\\.logRecords\\[0\\]\\.';
		for (const [record, words] of [
			[{ timeUnixNano: 'soon' }, 'timeUnixNano is not an integer from 0'],
			[{ timeUnixNano: '-1' }, 'timeUnixNano is not an integer'],
			[{ timeUnixNano: 1.5 }, 'timeUnixNano is not an integer'],
			[{ severityNumber: 'SEVERITY_NUMBER_INFO' }, 'severityNumber is not an integer'],
			[{ traceId: 'xyz' }, 'traceId is not hexadecimal'],
			[{ severityText: 1 }, 'severityText is not a text'],
			[{ body: 'text' }, 'body is not an object'],
			[{ body: { bytesValue: '%' } }, 'body.bytesValue is not base64'],
			[{ body: { boolValue: 'true' } }, 'body.boolValue is not true or false'],
			[{ body: { doubleValue: 'x' } }, 'body.doubleValue is not a number'],
			[{ body: { intValue: '9223372036854775808' } }, 'body.intValue is not an integer'],
		] as const)
			refused(json(log(record)), new RegExp(`${path}${words}`));
	},
	'wrong types in metrics are refused with their path'() {
		const path = '\\$\\.resourceMetrics\\[0\\]\\.scopeMetrics\\[0\\]\\.metrics\\[0\\]\\.';
		const point = (kind: string, given: object) => ({ [kind]: { dataPoints: [given] } });
		for (const [metric, words] of [
			[{ name: 1 }, 'name is not a text'],
			[{ sum: { aggregationTemporality: 'DELTA' } }, 'sum.aggregationTemporality is not an integer'],
			[{ sum: { isMonotonic: 1 } }, 'sum.isMonotonic is not true or false'],
			[point('gauge', { asInt: 1.5 }), 'gauge.dataPoints[0].asInt is not an integer'],
			[point('gauge', { asDouble: '1,5' }), 'gauge.dataPoints[0].asDouble is not a number'],
			[point('histogram', { bucketCounts: 3 }), 'histogram.dataPoints[0].bucketCounts is not a list'],
			[
				point('histogram', { bucketCounts: [1, -1] }),
				'histogram.dataPoints[0].bucketCounts[1] is not an integer',
			],
			[
				point('histogram', { explicitBounds: ['x'] }),
				'histogram.dataPoints[0].explicitBounds[0] is not a number',
			],
			[point('exponentialHistogram', { scale: 2 ** 31 }), 'exponentialHistogram.dataPoints[0].scale is not'],
			[point('exponentialHistogram', { positive: [] }), 'exponentialHistogram.dataPoints[0].positive is not'],
			[point('summary', { quantileValues: [7] }), 'summary.dataPoints[0].quantileValues[0] is not an object'],
		] as const) {
			const body = json({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
			const pattern = new RegExp(path + words.replace(/[[\].]/g, '\\$&'));
			refused(body, pattern, 'metrics');
		}
	},
	'deep nesting is refused, not a full stack'() {
		const deep = '{"arrayValue":{"values":['.repeat(3000) + ']}}'.repeat(3000);
		refused(json(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${deep}}]}]}]}`), /nested over/);
	},
};
