import assert from 'node:assert/strict';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { attribute, bytesOf, otlpBody, otlpDecoded } from '../../../core-as/testing/otlp-body.ts';
import { otlpMetricBody, readOtlpMetricBody } from '../../../core-as/testing/otlp-metric-body.ts';
import { pprofBody } from '../../../core-as/testing/pprof-body.ts';
import { decodeWriteRequest } from '../../node-agent/testing/decode-write-request.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import type { RecordedBody, RecordedSignal } from './recorded-body.ts';
import { bodyRedactor } from './redact-body.ts';
import { shiftTimes } from './shift-times.ts';

const { redactSql } = createCodec(await builtModules());
const redactBody = bodyRedactor(redactSql);
const SECRET = 'hunter2Zx9';
const TIME = 1_800_000_000_000;
const NANOS = `${TIME}000000`;
const HOUR_LATER = `${TIME + 3_600_000}000000`;

/** Every kind of secret, by the name of the attribute or label that holds it. */
const PLANTED: Record<string, string> = {
	'http.request.header.authorization': `Bearer ${SECRET}`,
	'http.request.header.x-api-key': SECRET,
	'http.request.header.cookie': `sid=${SECRET}`,
	'http.url': `http://u:${SECRET}@h/p?coupon=${SECRET}`,
	'url.query': `coupon=${SECRET}`,
	'db.statement': `SELECT * FROM t WHERE a = '${SECRET}'`,
	'db.query.text': `SET session:1 ${SECRET}`,
	'db.query.parameter.0': SECRET,
	message: `Authorization: Basic ${SECRET}\nCookie: a=${SECRET}\npassword=${SECRET} GET /x?a=${SECRET}`,
};
const attributes = [
	...Object.entries(PLANTED).map(([key, value]) => attribute(key, value)),
	attribute('http.request.header.cookie', [SECRET, { inner: SECRET }]),
	attribute('pin.token', 17n),
	attribute('body', new TextEncoder().encode(PLANTED.message)),
	attribute('nested', { password: SECRET, list: [PLANTED.message, { token: SECRET }] }),
	attribute('kept', 'yes'),
];
const metricAttributes: [string, unknown][] = [...Object.entries(PLANTED), ['kept', 'yes']];
const resource = { attributes: [attribute('service.name', 'shop'), ...attributes] };
const scope = { name: 'lib', version: '1', attributes };

const BODIES: Record<RecordedSignal, Uint8Array> = {
	metrics: remoteWriteBody([{ labels: { __name__: 'm', kept: 'yes', ...PLANTED }, samples: [[TIME, 1.5]] }]),
	logs: otlpBody('Logs', {
		resourceLogs: [
			{
				resource,
				scopeLogs: [
					{
						scope,
						logRecords: [
							{
								timeUnixNano: NANOS,
								severityNumber: 9,
								severityText: `token=${SECRET}`,
								body: { stringValue: PLANTED.message },
								eventName: `token=${SECRET}`,
								attributes,
							},
							{ timeUnixNano: '0', body: attribute('', { password: SECRET }).value },
						],
					},
				],
			},
		],
	}),
	traces: otlpBody('Traces', {
		resourceSpans: [
			{
				resource,
				scopeSpans: [
					{
						scope,
						spans: [
							{
								traceId: bytesOf('0123456789abcdef0123456789abcdef'),
								spanId: bytesOf('0123456789abcdef'),
								traceState: `a=token:${SECRET}`,
								name: `GET /x?a=${SECRET}`,
								startTimeUnixNano: NANOS,
								endTimeUnixNano: NANOS,
								attributes,
								events: [{ timeUnixNano: NANOS, name: `token=${SECRET}`, attributes }],
								links: [{ spanId: bytesOf('0123456789abcdef'), attributes }],
								status: { code: 2, message: PLANTED.message },
							},
						],
					},
				],
			},
		],
	}),
	'otlp-metrics': otlpMetricBody([
		{
			attributes: metricAttributes,
			scopes: [
				{
					...{ name: 'lib', version: '1', schema: '', attributes: metricAttributes },
					metrics: (['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const).map(
						(kind) => ({
							...{ name: `m token=${SECRET}`, help: `token=${SECRET}`, unit: 'By', kind, temporality: 2 },
							points: [
								{
									...{ attributes: metricAttributes, start: BigInt(NANOS), time: BigInt(NANOS) },
									...(kind === 'gauge' || kind === 'sum' ? { value: 2 } : { count: 3n, sum: 7 }),
									...(kind === 'histogram' ? { bucketCounts: [1n, 2n], bounds: [5] } : {}),
									...(kind === 'summary' ? { quantiles: [{ quantile: 0.5, value: 2 }] } : {}),
									...(kind === 'exponentialHistogram'
										? { scale: 3, zeroCount: 1n, positive: { offset: -2, counts: [2n] } }
										: {}),
									exemplars: [{ attributes: metricAttributes, time: BigInt(NANOS), value: 1 }],
								},
							],
						}),
					),
				},
			],
		},
	]),
	profiles: pprofBody({
		types: [{ type: 'cpu', unit: 'nanoseconds' }],
		samples: [{ frames: [{ name: `handle ${PLANTED.message}`, file: 'a.ts', line: 7 }, 4096], values: [10] }],
		timeNanos: BigInt(NANOS),
		durationNanos: 5n,
	}),
};

const recorded = (signal: RecordedSignal): RecordedBody => ({
	signal,
	acceptedAt: TIME,
	source:
		signal === 'profiles'
			? { service: 'shop', container: 'c', host: 'h', labels: { ...PLANTED, kept: 'yes' } }
			: null,
	body: BODIES[signal],
});
const textOf = (body: RecordedBody) =>
	new TextDecoder().decode(body.body) + JSON.stringify(body.source ?? {});

export const cases = {
	...Object.fromEntries(
		(Object.keys(BODIES) as RecordedSignal[]).map((signal) => [
			`${signal}: nothing that was planted is left`,
			() => {
				assert.ok(textOf(recorded(signal)).includes(SECRET));
				const redacted = redactBody(recorded(signal));
				assert.ok(!textOf(redacted).includes(SECRET), textOf(redacted));
				assert.ok(textOf(redacted).includes(signal === 'profiles' ? 'a.ts' : 'kept'));
			},
		]),
	),
	'what is no secret stays as it is'() {
		const logs = otlpDecoded<{ resourceLogs: never[] }>('Logs', redactBody(recorded('logs')).body);
		const { scopeLogs, resource } = logs.resourceLogs[0]! as {
			scopeLogs: { logRecords: Record<string, unknown>[] }[];
			resource: { attributes: unknown[] };
		};
		assert.deepEqual(resource.attributes[0], attribute('service.name', 'shop'));
		assert.equal(scopeLogs[0]!.logRecords[0]!.timeUnixNano, NANOS);
		assert.equal(scopeLogs[0]!.logRecords[0]!.severityNumber, 9);
	},
	'fields that nobody knows are left out'() {
		const unknown = Uint8Array.of(0xfa, 0x07, 3, 0x61, 0x62, 0x63);
		const body = new Uint8Array([...BODIES.logs, ...unknown]);
		assert.deepEqual(redactBody({ ...recorded('logs'), body }).body, redactBody(recorded('logs')).body);
	},
	'a profile keeps its frames and values'() {
		const { body } = redactBody({ ...recorded('profiles'), body: PLAIN_PROFILE });
		assert.deepEqual([...body], [...PLAIN_PROFILE]);
	},
	'times move together, and 0 stays'() {
		const moved = (signal: RecordedSignal) => shiftTimes(recorded(signal), 3_600_000).body;
		const unmoved = (signal: RecordedSignal, body: Uint8Array) =>
			shiftTimes({ ...recorded(signal), body }, -3_600_000).body;
		for (const signal of Object.keys(BODIES) as RecordedSignal[])
			assert.deepEqual([...unmoved(signal, moved(signal))], [...BODIES[signal]]);
		assert.equal(decodeWriteRequest(moved('metrics')).timeseries[0]!.samples[0]!.timestamp, TIME + 3_600_000);
		const logs = JSON.stringify(otlpDecoded('Logs', moved('logs')));
		assert.ok(logs.includes(`"timeUnixNano":"${HOUR_LATER}"`) && !logs.includes(NANOS));
		assert.ok(!logs.includes('"timeUnixNano":"3600000000000"'));
		const traces = JSON.stringify(otlpDecoded('Traces', moved('traces')));
		assert.equal(traces.split(HOUR_LATER).length, 4);
		assert.ok(!traces.includes(NANOS));
	},
	'numbers of metrics stay, and their times move'() {
		const moved = shiftTimes(redactBody(recorded('otlp-metrics')), 3_600_000).body;
		const [before] = readOtlpMetricBody(BODIES['otlp-metrics'])!;
		const [after] = readOtlpMetricBody(moved)!;
		const later = (time: bigint) => time + 3_600_000_000_000n;
		const numbers = (resource: typeof before) =>
			resource!.scopes[0]!.metrics.map(({ kind, unit, temporality, points: [point] }) => {
				const { attributes, exemplars, ...own } = point!;
				return {
					kind,
					unit,
					temporality,
					...own,
					exemplars: exemplars!.map(({ time, value }) => ({ time, value })),
				};
			});
		assert.deepEqual(
			numbers(after),
			numbers(before).map((point) => ({
				...point,
				start: later(point.start),
				time: later(point.time),
				exemplars: point.exemplars.map(({ time, value }) => ({ time: later(time), value })),
			})),
		);
	},
	'what is no message is refused'() {
		for (const signal of Object.keys(BODIES) as RecordedSignal[])
			assert.throws(() => redactBody({ ...recorded(signal), body: Uint8Array.of(0x0a, 200, 1) }));
	},
};

const PLAIN_PROFILE = pprofBody({
	types: [{ type: 'cpu', unit: 'nanoseconds' }],
	samples: [{ frames: [{ name: 'main', file: 'a.ts', line: 7 }, 4096], values: [10] }],
	timeNanos: 1n,
	durationNanos: 5n,
});
