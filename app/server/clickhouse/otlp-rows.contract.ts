import assert from 'node:assert/strict';
import { type Codec, CoreError, createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { anyValue, attribute, bytesOf, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import { readRowBinary } from '../../../core-as/testing/row-binary.ts';
import { COLUMNS, type OtlpSignal } from './schema.ts';

// Holds what the component writes against the columns of the one schema: rows are read by the DDL's names and types.

const NOW = 1_800_000_000_000_000_000n;
const TIMES = { now: NOW, oldest: NOW - 1_000_000_000_000n, newest: NOW + 1_000_000_000_000n };
const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = '00000000000000a1';

let made: Promise<Codec> | undefined;
function codec(): Promise<Codec> {
	made ??= builtModules().then(createCodec);
	return made;
}

async function decode(signal: OtlpSignal, body: Uint8Array) {
	const it = await codec();
	const { block, count, ...rejected } =
		signal === 'logs' ? it.decodeLogs(body, TIMES) : it.decodeSpans(body, TIMES);
	const rows = readRowBinary(block, COLUMNS[signal]);
	assert.equal(rows.length, count);
	return { rows, ...rejected };
}

/** A body with one log record of one resource and scope. */
const oneLog = (record: Record<string, unknown>, resource: Record<string, unknown> = {}) =>
	otlpBody('Logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
const oneSpan = (span: Record<string, unknown>) =>
	otlpBody('Traces', {
		resourceSpans: [
			{
				scopeSpans: [
					{
						spans: [
							{
								traceId: bytesOf(TRACE),
								spanId: bytesOf(SPAN),
								startTimeUnixNano: String(NOW),
								endTimeUnixNano: String(NOW + 5n),
								...span,
							},
						],
					},
				],
			},
		],
	});

async function logOf(record: Record<string, unknown>) {
	const { rows } = await decode('logs', oneLog({ timeUnixNano: String(NOW), ...record }));
	return rows[0]!;
}

async function spanOf(span: Record<string, unknown>) {
	const { rows } = await decode('traces', oneSpan(span));
	return rows[0]!;
}

const bodyText = async (value: unknown) => (await logOf({ body: anyValue(value) })).body;

function nested(levels: number): unknown {
	let value: unknown = 'x';
	for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { k: value };
	return value;
}

export const cases: Record<string, () => void | Promise<void>> = {
	async 'logs: every column has its value'() {
		const body = otlpBody('Logs', {
			resourceLogs: [
				{
					resource: { attributes: [attribute('service.name', 'shop'), attribute('host.name', 'h1')] },
					scopeLogs: [
						{
							scope: { name: 'lib', version: '1.2', attributes: [attribute('s', true)] },
							logRecords: [
								{
									timeUnixNano: String(NOW + 1n),
									observedTimeUnixNano: String(NOW + 2n),
									severityNumber: 17,
									severityText: 'ERROR',
									body: { stringValue: 'größe {"a":1}\n' },
									attributes: [attribute('k', 'v'), attribute('n', 3n)],
									flags: 1,
									traceId: bytesOf(TRACE),
									spanId: bytesOf(SPAN),
									eventName: 'exception',
								},
							],
						},
					],
				},
			],
		});
		assert.deepEqual(await decode('logs', body), {
			rows: [
				{
					resource_attributes: [
						['service.name', 'shop'],
						['host.name', 'h1'],
					],
					service_name: 'shop',
					scope_attributes: [['s', 'true']],
					scope_name: 'lib',
					scope_version: '1.2',
					timestamp: NOW + 1n,
					observed_timestamp: NOW + 2n,
					trace_id: TRACE,
					span_id: SPAN,
					flags: 1,
					severity_number: 17,
					severity_text: 'ERROR',
					event_name: 'exception',
					body: 'größe {"a":1}\n',
					attributes: [
						['k', 'v'],
						['n', '3'],
					],
				},
			],
			badTimes: 0,
			badIds: 0,
			tooDeep: 0,
		});
	},
	async 'traces: every column has its value'() {
		const row = await spanOf({
			parentSpanId: bytesOf('00000000000000b2'),
			traceState: 'a=b',
			flags: 257,
			name: 'GET /',
			kind: 2,
			status: { message: 'broken', code: 2 },
			attributes: [attribute('http.route', '/')],
			events: [
				{ timeUnixNano: String(NOW + 3n), name: 'one', attributes: [attribute('e', 1n)] },
				{ name: 'without a time' },
			],
			links: [
				{
					traceId: bytesOf(TRACE),
					spanId: bytesOf(SPAN),
					traceState: 'l=1',
					attributes: [attribute('x', 'y')],
				},
			],
		});
		assert.deepEqual(row, {
			resource_attributes: [],
			service_name: '',
			scope_attributes: [],
			scope_name: '',
			scope_version: '',
			timestamp: NOW,
			duration_ns: 5n,
			trace_id: TRACE,
			span_id: SPAN,
			parent_span_id: '00000000000000b2',
			trace_state: 'a=b',
			flags: 257,
			name: 'GET /',
			kind: 2,
			status_code: 2,
			status_message: 'broken',
			attributes: [['http.route', '/']],
			events: [
				{ timestamp: NOW + 3n, name: 'one', attributes: [['e', '1']] },
				{ timestamp: NOW, name: 'without a time', attributes: [] },
			],
			links: [{ trace_id: TRACE, span_id: SPAN, trace_state: 'l=1', attributes: [['x', 'y']] }],
		});
	},
	async 'bodies of every kind become text'() {
		assert.equal(await bodyText('text'), 'text');
		assert.equal(await bodyText(''), '');
		assert.equal(await bodyText(null), '');
		assert.equal(await bodyText(true), 'true');
		assert.equal(await bodyText(false), 'false');
		for (const integer of [0n, 7n, -1n, 2n ** 63n - 1n, -(2n ** 63n)])
			assert.equal(await bodyText(integer), String(integer));
		for (const double of [0, 1, -1.5, 0.1, 1e21, 5e-324, 1.7976931348623157e308, 123456789.125, 1 / 3])
			assert.equal(Number(await bodyText(double)), double);
		assert.equal(await bodyText(3), '3');
		assert.equal(await bodyText(Number.NaN), 'NaN');
		assert.equal(await bodyText(Number.NEGATIVE_INFINITY), '-Infinity');
		for (const text of ['', 'a', 'ab', 'abc', 'abcd\u00ff'])
			assert.equal(
				await bodyText(new TextEncoder().encode(text)),
				btoa(String.fromCharCode(...new TextEncoder().encode(text))),
			);
		const value = { a: [1n, -2n, 'q"\\\n\t\u0001ü'], b: { c: null, d: false }, e: [], f: {} };
		const json = '{"a":[1,-2,"q\\"\\\\\\n\\t\\u0001ü"],"b":{"c":null,"d":false},"e":[],"f":{}}';
		assert.equal(await bodyText(value), json);
		assert.equal(await bodyText([Number.NaN, 0.5, new Uint8Array([1, 2])]), '["NaN",0.5,"AQI="]');
	},
	async 'values nested too deep are left out and counted, the rest stays'() {
		assert.equal(JSON.stringify(nested(32)), await bodyText(nested(32)));
		const record = (levels: number) => ({
			timeUnixNano: String(NOW),
			attributes: [attribute('v', nested(levels))],
		});
		const body = otlpBody('Logs', {
			resourceLogs: [
				{ scopeLogs: [{ logRecords: [record(1), record(33), record(34), record(2)] }] },
				{
					resource: { attributes: [attribute('v', nested(33))] },
					scopeLogs: [{ logRecords: [record(1)] }],
				},
				{
					resource: { attributes: [attribute('service.name', 'after')] },
					scopeLogs: [{ logRecords: [record(1)] }],
				},
			],
		});
		const { rows, tooDeep } = await decode('logs', body);
		assert.equal(tooDeep, 3);
		assert.deepEqual(
			rows.map((row) => row.service_name),
			['', '', 'after'],
		);
	},
	async 'logs without a time have the observed one, else now'() {
		const { rows, badTimes } = await decode(
			'logs',
			otlpBody('Logs', {
				resourceLogs: [
					{
						scopeLogs: [
							{
								logRecords: [
									{ observedTimeUnixNano: String(NOW - 7n) },
									{},
									{ timeUnixNano: '1' },
									{ timeUnixNano: String(TIMES.newest + 1n) },
									{ timeUnixNano: String(TIMES.oldest) },
								],
							},
						],
					},
				],
			}),
		);
		assert.equal(badTimes, 2);
		assert.deepEqual(
			rows.map((row) => [row.timestamp, row.observed_timestamp]),
			[
				[NOW - 7n, NOW - 7n],
				[NOW, NOW],
				[TIMES.oldest, NOW],
			],
		);
	},
	async 'durations are never negative nor centuries'() {
		const duration = async (start: bigint, end: bigint) =>
			(await spanOf({ startTimeUnixNano: String(start), endTimeUnixNano: String(end) })).duration_ns;
		assert.equal(await duration(NOW, NOW - 1n), 0n);
		assert.equal(await duration(NOW, 0n), 0n);
		assert.equal(await duration(0n, NOW), 0n);
		assert.equal(await duration(NOW, 2n ** 64n - 1n), TIMES.newest - NOW);
		const { rows, badTimes } = await decode(
			'traces',
			oneSpan({ startTimeUnixNano: '0', endTimeUnixNano: '0' }),
		);
		assert.deepEqual([rows.length, badTimes], [0, 1]);
	},
	async 'spans need valid ids; logs go without'() {
		for (const span of [
			{ traceId: new Uint8Array(16) },
			{ spanId: new Uint8Array(8) },
			{ traceId: bytesOf('01') },
			{ spanId: bytesOf(TRACE) },
		]) {
			const { rows, badIds } = await decode('traces', oneSpan(span));
			assert.deepEqual([rows.length, badIds], [0, 1]);
		}
		const log = await logOf({ traceId: bytesOf('0102'), spanId: new Uint8Array(8) });
		assert.deepEqual([log.trace_id, log.span_id], ['', '']);
		const span = await spanOf({ parentSpanId: bytesOf('01'), kind: 77, status: { code: 9 } });
		assert.deepEqual([span.parent_span_id, span.kind, span.status_code], ['', 0, 0]);
		assert.equal((await logOf({ severityNumber: 25 })).severity_number, 0);
		assert.equal((await logOf({ severityNumber: -1 })).severity_number, 0);
	},
	async 'a resource or scope behind its rows counts as well'() {
		const record = oneLog({ timeUnixNano: String(NOW) });
		const resource = oneLog({}, { attributes: [attribute('service.name', 'late')] });
		// Of the first its scope_logs without the empty resource, of the second its resource.
		const inner = [...record.subarray(4), ...resource.subarray(2, 4 + resource[3]!)];
		const body = Uint8Array.from([0x0a, inner.length, ...inner]);
		const { rows } = await decode('logs', body);
		assert.deepEqual(
			rows.map((row) => row.service_name),
			['late'],
		);
	},
	async 'unknown fields are passed over, an empty body is fine'() {
		assert.deepEqual((await decode('logs', new Uint8Array(0))).rows, []);
		assert.deepEqual((await decode('traces', bytesOf('a20603010203' + '0a00'))).rows, []);
	},
	async 'bodies that are no OTLP are refused with the place'() {
		const it = await codec();
		const refuse = (hex: string, code: string, offset: number) =>
			assert.throws(
				() => it.decodeLogs(bytesOf(hex), TIMES),
				(error) => error instanceof CoreError && error.code === code && error.offset === offset,
				hex,
			);
		refuse('0a05', 'CXR_CORE_OTLP_CUT', 1);
		refuse('0801', 'CXR_CORE_OTLP_BAD_WIRE_TYPE', 0);
		refuse('0b', 'CXR_CORE_OTLP_BAD_WIRE_TYPE', 0);
		refuse('0a0412021001', 'CXR_CORE_OTLP_BAD_WIRE_TYPE', 4);
		refuse('50ffffffffffffffffff7f', 'CXR_CORE_OTLP_BAD_VARINT', 1);
		const good = oneLog({ timeUnixNano: String(NOW), body: { stringValue: 'x' } });
		for (let size = 1; size < good.length; size++)
			assert.throws(() => it.decodeLogs(good.subarray(0, size), TIMES), CoreError);
	},
	async 'a small body cannot become endless rows'() {
		const it = await codec();
		const logRecords = Array.from({ length: 2000 }, () => ({ timeUnixNano: String(NOW) }));
		const body = otlpBody('Logs', {
			resourceLogs: [
				{
					resource: { attributes: [attribute('big', 'x'.repeat(100_000))] },
					scopeLogs: [{ logRecords }],
				},
			],
		});
		const traps = it.traps;
		assert.throws(() => it.decodeLogs(body, TIMES), /more bytes of rows than the limit/);
		const wide = oneLog({ timeUnixNano: String(NOW) }, { attributes: [attribute('big', 'x'.repeat(17e6))] });
		assert.throws(() => it.decodeLogs(wide, TIMES), /more bytes of rows than the limit/);
		assert.equal(it.traps, traps);
	},
};
