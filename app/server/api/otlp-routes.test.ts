import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { bytesOf, otlpAnswer, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import { readRowBinary } from '../../../core-as/testing/row-binary.ts';
import { systemClock } from '../../clock.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { COLUMNS, OTLP_SIGNALS, type OtlpSignal } from '../clickhouse/schema.ts';
import { type Signals, signalsOff } from '../clickhouse/signal-store.ts';
import { noFaults } from '../faults.ts';
import { decodeRowBlock } from '../ingest/row-block.ts';
import { SignalIngest } from '../ingest/signal-ingest.ts';
import { otlpRoutes } from './otlp-routes.ts';

const codec = createCodec(await builtModules());
const PROTOBUF = 'application/x-protobuf';
const TRACE = '0123456789abcdef0123456789abcdef';
const now = () => String(BigInt(Date.now()) * 1_000_000n);

async function make(maxBytes = 100 * 1024 * 1024) {
	const spools = {} as Record<OtlpSignal, Spool>;
	for (const name of OTLP_SIGNALS)
		spools[name] = await Spool.open({ files: new MemorySegmentFiles(), name, maxBytes, clock: systemClock });
	const ingests = Object.fromEntries(
		OTLP_SIGNALS.map((signal) => [
			signal,
			new SignalIngest({ signal, codec, spool: spools[signal], clock: systemClock }),
		]),
	) as Record<OtlpSignal, SignalIngest>;
	const signals: Signals = { ...signalsOff('not in this test'), ingest: (signal) => ingests[signal] };
	const app = Fastify();
	await app.register(otlpRoutes({ signals, faults: noFaults, log: silentLogger }));
	return { app, spools, ingests };
}

let s: Awaited<ReturnType<typeof make>>;
beforeAll(async () => {
	s = await make();
});

function post(
	signal: OtlpSignal,
	body: Uint8Array | string,
	headers: Record<string, string> = {},
	app = s.app,
) {
	const payload = typeof body === 'string' ? body : Buffer.from(body);
	return app.inject({
		method: 'POST',
		url: `/v1/${signal}`,
		payload,
		headers: { 'content-type': PROTOBUF, ...headers },
	});
}

const log = (body: string, time = now()) => ({ timeUnixNano: time, body: { stringValue: body } });
const logs = (...records: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });

/** Everything in a spool, as rows. */
async function stored(signal: OtlpSignal, spool: Spool) {
	const records = await spool.read(spool.head(), 1e9);
	return records.flatMap((record) => readRowBinary(decodeRowBlock(record.payload).rows, COLUMNS[signal]));
}

describe('OTLP over HTTP', () => {
	it.each([
		['protobuf', PROTOBUF, ''],
		['protobuf', 'application/x-protobuf; charset=utf-8', 'gzip'],
		['protobuf', 'Application/Protobuf', 'identity'],
		['json', 'application/json', ''],
		['json', 'application/json; charset=UTF-8', 'gzip'],
		['json', 'application/json;charset="utf-8"', 'GZIP'],
	])('takes %s as %s with encoding "%s"', async (encoding, type, compression) => {
		const { app, spools } = await make();
		const request = logs(log('one'), log('two'));
		const plain = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : otlpBody('Logs', request);
		const body = compression.toLowerCase() === 'gzip' ? gzipSync(plain) : plain;
		const headers = { 'content-type': type, ...(compression ? { 'content-encoding': compression } : {}) };
		const response = await post('logs', body, headers, app);
		expect(response.statusCode).toBe(200);
		if (encoding === 'json') {
			expect(response.headers['content-type']).toMatch(/^application\/json/);
			expect(response.json()).toEqual({});
		} else {
			expect(response.headers['content-type']).toBe(PROTOBUF);
			expect(otlpAnswer('Response', response.rawPayload)).toEqual({});
		}
		expect((await stored('logs', spools.logs)).map((row) => row.body)).toEqual(['one', 'two']);
	});

	it('takes an empty request, and spans', async () => {
		expect((await post('logs', new Uint8Array(0))).statusCode).toBe(200);
		expect((await post('traces', '{}', { 'content-type': 'application/json' })).statusCode).toBe(200);
		const span = { traceId: TRACE, spanId: '00000000000000a1', name: 'n', startTimeUnixNano: now() };
		const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
		const json = { 'content-type': 'application/json' };
		expect((await post('traces', JSON.stringify(request), json)).statusCode).toBe(200);
		expect((await stored('traces', s.spools.traces)).at(-1)).toMatchObject({ trace_id: TRACE, name: 'n' });
	});

	it('keeps what is valid, and says how much is not and why', async () => {
		const { app, spools, ingests } = await make();
		const request = logs(log('good'), log('from 1970', '1'), log('good too'));
		const response = await post('logs', otlpBody('Logs', request), {}, app);
		expect(response.statusCode).toBe(200);
		expect(otlpAnswer('Response', response.rawPayload)).toEqual({
			partialSuccess: { rejected: '1', errorMessage: expect.stringContaining('older than the retention') },
		});
		const span = (spanId: string) => ({ traceId: TRACE, spanId, startTimeUnixNano: now() });
		const spans = { resourceSpans: [{ scopeSpans: [{ spans: [span(''), span('00000000000000a1')] }] }] };
		const json = await post('traces', JSON.stringify(spans), { 'content-type': 'application/json' }, app);
		expect(json.json()).toEqual({
			partialSuccess: { rejectedSpans: '1', errorMessage: '1 x no valid trace id and span id' },
		});
		expect(await stored('logs', spools.logs)).toHaveLength(2);
		expect(ingests.logs.stats()).toMatchObject({ received: 3, sent: 2, errors: 0 });
		expect(Object.values(ingests.logs.stats().dropped)).toEqual([1]);
		expect(bytesOf(TRACE)).toHaveLength(16);
	});

	it.each([
		['cut', otlpBody('Logs', logs(log('x'))).slice(0, -1), {}, 400, 'CXR_INGEST_MALFORMED'],
		['of another type', Buffer.from('hello, world'), {}, 400, 'CXR_INGEST_MALFORMED'],
		['no gzip', Buffer.from('hello'), { 'content-encoding': 'gzip' }, 400, 'CXR_INGEST_MALFORMED'],
		[
			'cut gzip',
			gzipSync('x'.repeat(1000)).subarray(0, 20),
			{ 'content-encoding': 'gzip' },
			400,
			'CXR_INGEST_MALFORMED',
		],
		[
			'a bomb',
			gzipSync(Buffer.alloc(65 * 1024 * 1024)),
			{ 'content-encoding': 'gzip' },
			413,
			'CXR_INGEST_TOO_LARGE',
		],
		['too large', Buffer.alloc(16 * 1024 * 1024 + 1), {}, 413, 'CXR_INGEST_TOO_LARGE'],
		['plain text', 'x', { 'content-type': 'text/plain' }, 415, 'CXR_INGEST_UNSUPPORTED'],
		['of an unknown encoding', 'x', { 'content-encoding': 'br' }, 415, 'CXR_INGEST_UNSUPPORTED'],
	] as [string, Uint8Array | string, Record<string, string>, number, string][])(
		'a body that is %s: a clear answer, and the next one is taken',
		async (_name, body, headers, status, code) => {
			const response = await post('logs', body, headers);
			expect(response.statusCode).toBe(status);
			const json = response.headers['content-type']?.toString().startsWith('application/json');
			const answer = json ? response.json() : otlpAnswer('Status400', response.rawPayload);
			expect(answer).toMatchObject({ code: 3, message: expect.stringContaining(code) });
			expect((await post('logs', otlpBody('Logs', logs(log('after'))))).statusCode).toBe(200);
			expect((await stored('logs', s.spools.logs)).at(-1)!.body).toBe('after');
		},
	);

	it('a JSON body of a wrong type is refused with its path, as JSON', async () => {
		const bad = JSON.stringify(logs({ timeUnixNano: 'soon' }));
		const response = await post('logs', bad, { 'content-type': 'application/json' });
		expect([response.statusCode, response.json().code]).toEqual([400, 3]);
		expect(response.json().message).toContain('logRecords[0].timeUnixNano is not an integer');
	});

	it('a full spool is 429 with Retry-After', async () => {
		const { app, ingests } = await make(20_000);
		const answers: number[] = [];
		let last: Awaited<ReturnType<FastifyInstance['inject']>> | undefined;
		for (let i = 0; i < 30 && last?.statusCode !== 429; i++) {
			last = await post('logs', otlpBody('Logs', logs(log('x'.repeat(1000)))), {}, app);
			answers.push(last.statusCode);
		}
		expect(answers.slice(0, -1).every((status) => status === 200)).toBe(true);
		expect(answers.length).toBeGreaterThan(10);
		expect(last!.headers['retry-after']).toBe('5');
		expect(otlpAnswer('Status400', last!.rawPayload)).toMatchObject({ code: 8 });
		expect(ingests.logs.stats().errors).toBe(1);
	});

	it('without an engine it is said that the signal is off', async () => {
		const app = Fastify();
		await app.register(otlpRoutes({ signals: signalsOff('Because.'), faults: noFaults, log: silentLogger }));
		const response = await post('logs', otlpBody('Logs', logs(log('x'))), {}, app);
		expect(response.statusCode).toBe(501);
		expect(otlpAnswer('Status400', response.rawPayload).message).toMatch(/CXR_SIGNALS_OFF.*Because/);
	});
});
