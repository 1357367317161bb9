import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { bytesOf, otlpAnswer, otlpBody } from '../../../core-as/testing/otlp-body.ts';
import { readRowBinary } from '../../../core-as/testing/row-binary.ts';
import { zlibInflate } from '../../../hosts/node/inflate/zlib-inflate.ts';
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
const JSON_TYPE = 'application/json';
const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = '00000000000000a1';
const MAX_BODY = 16 * 1024 * 1024;
const MAX_UNCOMPRESSED = 64 * 1024 * 1024;
const now = () => String(BigInt(Date.now()) * 1_000_000n);

class Bench {
	readonly #app = Fastify();
	readonly #spools = {} as Record<OtlpSignal, Spool>;
	readonly ingests = {} as Record<OtlpSignal, SignalIngest>;

	static async open(o: { maxBytes?: number; signals?: Signals } = {}): Promise<Bench> {
		const bench = new Bench();
		const maxBytes = o.maxBytes ?? 100 * 1024 * 1024;
		for (const signal of OTLP_SIGNALS) {
			const files = new MemorySegmentFiles();
			const spool = await Spool.open({ files, name: signal, maxBytes, clock: systemClock });
			bench.#spools[signal] = spool;
			bench.ingests[signal] = new SignalIngest({ signal, codec, spool, clock: systemClock });
		}
		const ingest = (signal: OtlpSignal) => bench.ingests[signal];
		const signals = o.signals ?? { ...signalsOff('not in this test'), ingest };
		const { inflate, faults, log } = { inflate: zlibInflate, faults: noFaults, log: silentLogger };
		await bench.#app.register(otlpRoutes({ signals, inflate, recorder: { offer() {} }, faults, log }));
		return bench;
	}

	/** Headers with the value undefined are left out. */
	async ask(
		method: 'POST' | 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
		signal: OtlpSignal,
		body: Uint8Array | string | undefined,
		given: Record<string, string | undefined> = {},
	) {
		const headers: Record<string, string> = {};
		for (const [name, value] of Object.entries({ 'content-type': PROTOBUF, ...given }))
			if (value !== undefined) headers[name] = value;
		const response = await this.#app.inject({
			...{ method, url: `/v1/${signal}`, headers },
			...(body === undefined ? {} : { payload: typeof body === 'string' ? body : Buffer.from(body) }),
		});
		const type = String(response.headers['content-type']);
		const decode = (message: 'Response' | 'Status400') =>
			type.startsWith(JSON_TYPE) ? response.json() : otlpAnswer(message, response.rawPayload);
		return { status: response.statusCode, type, headers: response.headers, decode };
	}

	post(signal: OtlpSignal, body: Uint8Array | string, given: Record<string, string | undefined> = {}) {
		return this.ask('POST', signal, body, given);
	}

	/** Of an answer that must be 200 and of the encoding of the request. */
	async taken(signal: OtlpSignal, body: Uint8Array | string, given: Record<string, string> = {}) {
		const answer = await this.post(signal, body, given);
		assert.equal(answer.status, 200, JSON.stringify(answer.decode('Status400')));
		const isJson = given['content-type']?.toLowerCase().startsWith(JSON_TYPE);
		assert.match(answer.type, isJson ? /^application\/json/ : /^application\/x-protobuf$/);
		return answer.decode('Response') as Record<string, unknown>;
	}

	/** Of a refusal; its words are the code and `words`. */
	async refused(
		body: Uint8Array | string,
		given: Record<string, string | undefined>,
		status: number,
		code: string,
		words = '',
	) {
		const answer = await this.post('logs', body, given);
		const { code: rpc, message } = answer.decode('Status400') as { code: number; message: string };
		assert.deepEqual([answer.status, rpc], [status, 3], message);
		assert.ok(message.startsWith(`${code}: `), message);
		assert.ok(message.includes(words), `${message} does not say: ${words}`);
		// One bad body is nothing to the next one.
		await this.taken('logs', otlpBody('Logs', logs(log('after'))));
		assert.equal((await this.stored('logs')).at(-1)!.body, 'after');
		return answer;
	}

	/** Everything in a spool, as rows. */
	async stored(signal: OtlpSignal) {
		const spool = this.#spools[signal];
		const records = await spool.read(spool.head(), 1e9);
		return records.flatMap((record) => readRowBinary(decodeRowBlock(record.payload).rows, COLUMNS[signal]));
	}

	async bodies() {
		return (await this.stored('logs')).map((row) => row.body);
	}
}

const log = (body: string, more: Record<string, unknown> = {}) => ({
	timeUnixNano: now(),
	body: { stringValue: body },
	...more,
});
const logs = (...records: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
const span = (traceId: unknown, spanId: unknown, more: Record<string, unknown> = {}) => ({
	...{ traceId, spanId, startTimeUnixNano: now(), ...more },
});
const spans = (...each: unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: each }] }] });
const two = () => otlpBody('Logs', logs(log('one'), log('two')));
const json = { 'content-type': JSON_TYPE };
const encoded = (encoding: string) => ({ 'content-encoding': encoding });

async function refusals(
	each: [Uint8Array | string, Record<string, string | undefined>, number, string, string?][],
) {
	const bench = await Bench.open();
	for (const [body, headers, status, code, words] of each)
		await bench.refused(body, headers, status, code, words);
}

export const cases: Record<string, () => void | Promise<void>> = {
	async 'types and encodings as they are written'() {
		for (const [type, compression] of [
			[PROTOBUF, undefined],
			['application/x-protobuf; charset=utf-8', 'gzip'],
			['Application/Protobuf', 'identity'],
			[JSON_TYPE, undefined],
			['application/json; charset=UTF-8', 'gzip'],
			['application/json;charset="utf-8"', 'GZIP'],
		] as const) {
			const bench = await Bench.open();
			const isJson = type.includes('json');
			const plain = isJson ? Buffer.from(JSON.stringify(logs(log('one'), log('two')))) : two();
			const body = compression?.toLowerCase() === 'gzip' ? gzipSync(plain) : plain;
			const headers = { 'content-type': type, ...(compression ? encoded(compression) : {}) };
			assert.deepEqual(await bench.taken('logs', body, headers), {}, type);
			assert.deepEqual(await bench.bodies(), ['one', 'two'], type);
		}
	},
	async 'gzip of several members, zlib and raw deflate'() {
		const plain = two();
		for (const [body, encoding] of [
			[Buffer.concat([gzipSync(plain.subarray(0, 9)), gzipSync(plain.subarray(9))]), 'gzip'],
			[gzipSync(plain), 'x-gzip'],
			[deflateSync(plain), 'deflate'],
			[deflateRawSync(plain), 'deflate'],
		] as const) {
			const bench = await Bench.open();
			assert.deepEqual(await bench.taken('logs', body, encoded(encoding)), {});
			assert.deepEqual(await bench.bodies(), ['one', 'two']);
		}
	},
	async 'an empty request is a request'() {
		const bench = await Bench.open();
		for (const signal of OTLP_SIGNALS) {
			assert.deepEqual(await bench.taken(signal, new Uint8Array(0)), {});
			assert.deepEqual(await bench.taken(signal, gzipSync(''), encoded('gzip')), {});
			assert.deepEqual(await bench.taken(signal, '{}', json), {});
		}
		assert.equal((await bench.ask('POST', 'logs', undefined)).status, 200);
		assert.deepEqual(await bench.bodies(), []);
	},
	async 'what is valid is kept, and how much is not and why is said'() {
		const bench = await Bench.open();
		const records = logs(log('good'), log('from 1970', { timeUnixNano: '1' }), log('good too'));
		const why = '1 x time is missing, older than the retention or in the future';
		assert.deepEqual(await bench.taken('logs', otlpBody('Logs', records)), {
			partialSuccess: { rejected: '1', errorMessage: why },
		});
		assert.deepEqual(await bench.taken('logs', JSON.stringify(records), json), {
			partialSuccess: { rejectedLogRecords: '1', errorMessage: why },
		});
		assert.deepEqual(await bench.bodies(), ['good', 'good too', 'good', 'good too']);
		const { received, sent, errors, dropped } = bench.ingests.logs.stats();
		assert.deepEqual([received, sent, errors, Object.values(dropped)], [6, 4, 0, [2]]);
	},
	async 'spans whose ids are of a wrong length are refused alone, whatever that length is'() {
		const pairs: [string, string][] = [
			['', SPAN],
			[TRACE, ''],
			[TRACE.slice(1), SPAN],
			[TRACE.slice(2), SPAN],
			[`${TRACE}0`, SPAN],
			[`${TRACE}00`, SPAN],
			[TRACE, SPAN.slice(1)],
			[TRACE, `${SPAN}0`],
			[TRACE, `${SPAN}00`],
			['0'.repeat(32), SPAN],
			[TRACE, '0'.repeat(16)],
		];
		const bench = await Bench.open();
		const good = [span(TRACE.toUpperCase(), SPAN.toUpperCase()), span(TRACE, SPAN)];
		const bad = pairs.map(([traceId, spanId]) => span(traceId, spanId));
		const request = spans(good[0], ...bad, good[1]);
		assert.deepEqual(await bench.taken('traces', JSON.stringify(request), json), {
			partialSuccess: {
				rejectedSpans: String(bad.length),
				errorMessage: `${bad.length} x no valid trace id and span id`,
			},
		});
		const ids = (await bench.stored('traces')).map((row) => [row.trace_id, row.span_id]);
		assert.deepEqual(ids, [
			[TRACE, SPAN],
			[TRACE, SPAN],
		]);
		const inProtobuf = spans(span(bytesOf(TRACE), bytesOf(SPAN)), span(bytesOf(TRACE), bytesOf('a1')));
		assert.deepEqual(await bench.taken('traces', otlpBody('Traces', inProtobuf)), {
			partialSuccess: { rejected: '1', errorMessage: '1 x no valid trace id and span id' },
		});
	},
	async 'a log record, a link and a parent with such an id are kept, without it'() {
		const bench = await Bench.open();
		for (const traceId of [TRACE.slice(1), TRACE.slice(2)]) {
			await bench.taken('logs', JSON.stringify(logs(log('kept', { traceId, spanId: SPAN.slice(1) }))), json);
			const { body, trace_id, span_id } = (await bench.stored('logs')).at(-1)!;
			assert.deepEqual([body, trace_id, span_id], ['kept', '', '']);
			const links = [{ traceId, spanId: SPAN }];
			const request = spans(span(TRACE, SPAN, { parentSpanId: SPAN.slice(1), links }));
			assert.deepEqual(await bench.taken('traces', JSON.stringify(request), json), {});
			assert.equal((await bench.stored('traces')).at(-1)!.parent_span_id, '');
		}
	},
	async 'ids in capitals are stored as others are'() {
		const bench = await Bench.open();
		const ids = { traceId: TRACE.toUpperCase(), spanId: SPAN.toUpperCase() };
		await bench.taken('logs', JSON.stringify(logs(log('x', ids))), json);
		const { trace_id, span_id } = (await bench.stored('logs'))[0]!;
		assert.deepEqual([trace_id, span_id], [TRACE, SPAN]);
	},
	async 'a severity may be a number alone, and a text alone'() {
		const bench = await Bench.open();
		const request = logs(log('a', { severityNumber: 17 }), log('b', { severityText: 'WARN' }), log('c'));
		await bench.taken('logs', JSON.stringify(request), json);
		await bench.taken('logs', otlpBody('Logs', request));
		const severities = (await bench.stored('logs')).map((row) => [row.severity_number, row.severity_text]);
		const wanted = [
			[17, ''],
			[0, 'WARN'],
			[0, ''],
		];
		assert.deepEqual(severities, [...wanted, ...wanted]);
	},
	async 'unknown fields are passed over, at every level'() {
		const bench = await Bench.open();
		const record = log('known', { newField: { deep: [1, null] }, attributes: [] });
		const request = {
			newField: 1,
			resourceLogs: [{ newField: {}, resource: { newField: [] }, scopeLogs: [{ logRecords: [record] }] }],
		};
		assert.deepEqual(await bench.taken('logs', JSON.stringify(request), json), {});
		// Fields 1000 and 1001: a varint and bytes.
		const unknown = Uint8Array.of(0xc0, 0x3e, 7, 0xca, 0x3e, 2, 1, 2);
		assert.deepEqual(await bench.taken('logs', Buffer.concat([unknown, two(), unknown])), {});
		assert.deepEqual(await bench.bodies(), ['known', 'one', 'two']);
	},
	'bodies that are none: a clear answer, and the next one is taken': () =>
		refusals([
			[two().slice(0, -1), {}, 400, 'CXR_INGEST_MALFORMED'],
			['hello, world', {}, 400, 'CXR_INGEST_MALFORMED'],
			['', json, 400, 'CXR_INGEST_MALFORMED', 'The body is empty; a JSON request of nothing is {}'],
			['{', json, 400, 'CXR_INGEST_MALFORMED', 'not JSON'],
			[new Uint8Array(MAX_BODY + 1), {}, 413, 'CXR_INGEST_TOO_LARGE'],
		]),
	'compressed bodies that are none': () =>
		refusals([
			['hello', encoded('gzip'), 400, 'CXR_INGEST_MALFORMED', 'as gzip: it does not begin as such'],
			['', encoded('gzip'), 400, 'CXR_INGEST_MALFORMED', 'as gzip: it is empty'],
			['', { ...json, ...encoded('gzip') }, 400, 'CXR_INGEST_MALFORMED', 'as gzip: it is empty'],
			[gzipSync(two()).subarray(0, 20), encoded('gzip'), 400, 'CXR_INGEST_MALFORMED', 'as gzip: it is cut'],
			[deflateSync(two()).subarray(0, 20), encoded('deflate'), 400, 'CXR_INGEST_MALFORMED', 'it is cut'],
			[deflateRawSync(two()).subarray(0, 20), encoded('deflate'), 400, 'CXR_INGEST_MALFORMED', 'it is cut'],
		]),
	async bombs() {
		const zeros = Buffer.alloc(MAX_UNCOMPRESSED + 1);
		const words = `More than ${MAX_UNCOMPRESSED} bytes when it is uncompressed`;
		await refusals([
			[gzipSync(zeros), encoded('gzip'), 413, 'CXR_INGEST_TOO_LARGE', words],
			[deflateSync(zeros), encoded('deflate'), 413, 'CXR_INGEST_TOO_LARGE', words],
			[deflateRawSync(zeros), encoded('deflate'), 413, 'CXR_INGEST_TOO_LARGE', words],
		]);
	},
	'types that are not understood': () =>
		refusals([
			[
				'x',
				{ 'content-type': 'text/plain' },
				415,
				'CXR_INGEST_UNSUPPORTED',
				'Content-Type is "text/plain"; app',
			],
			[two(), { 'content-type': undefined }, 415, 'CXR_INGEST_UNSUPPORTED', 'There is no Content-Type; app'],
		]),
	async 'encodings that are not understood, and several at once; the answer says what is'() {
		const bench = await Bench.open();
		for (const encoding of ['br', 'zstd', 'gzip, gzip', 'gzip, identity']) {
			const twice = gzipSync(gzipSync(two()));
			const words = `Content-Encoding is "${encoding}"; one of gzip and deflate`;
			const { headers } = await bench.refused(twice, encoded(encoding), 415, 'CXR_INGEST_UNSUPPORTED', words);
			assert.equal(headers['accept-encoding'], 'gzip, deflate');
		}
	},
	async 'other methods are told which one is taken'() {
		const bench = await Bench.open();
		for (const signal of OTLP_SIGNALS)
			for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)
				for (const type of [PROTOBUF, JSON_TYPE, 'text/plain', undefined]) {
					const answer = await bench.ask(method, signal, undefined, { 'content-type': type });
					assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST'], `${method} ${type}`);
					assert.equal(answer.type, type === PROTOBUF ? PROTOBUF : `${JSON_TYPE}; charset=utf-8`);
					if (method === 'HEAD') continue;
					const { code, message } = answer.decode('Status400') as { code: number; message: string };
					assert.equal(code, 12);
					assert.match(message, new RegExp(`^CXR_HTTP_METHOD: .*${method} came; only POST is taken`));
				}
	},
	async 'refusals are JSON to JSON and protobuf to protobuf'() {
		const bench = await Bench.open();
		const bad = JSON.stringify(logs(log('x', { timeUnixNano: 'soon' })));
		for (const [headers, type] of [
			[{ 'content-type': 'Application/JSON; charset=utf-8' }, 'application/json; charset=utf-8'],
			[{ 'content-type': 'Application/X-Protobuf; charset=utf-8' }, PROTOBUF],
			[{ 'content-type': 'application/protobuf' }, PROTOBUF],
		] as const) {
			const answer = await bench.refused(bad, headers, 400, 'CXR_INGEST_MALFORMED');
			assert.equal(answer.type, type);
		}
		const path = '$.resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano is not an integer';
		await bench.refused(bad, json, 400, 'CXR_INGEST_MALFORMED', path);
	},
	async 'a full spool is 429 with Retry-After'() {
		const bench = await Bench.open({ maxBytes: 20_000 });
		const body = otlpBody('Logs', logs(log('x'.repeat(1000))));
		let taken = 0;
		let last = await bench.post('logs', body);
		for (; last.status === 200 && taken < 30; taken++) last = await bench.post('logs', body);
		assert.ok(taken > 10);
		assert.deepEqual([last.status, last.headers['retry-after']], [429, '5']);
		assert.equal((last.decode('Status400') as { code: number }).code, 8);
		assert.equal(bench.ingests.logs.stats().errors, 1);
	},
	async 'without an engine it is said that the signal is off'() {
		const bench = await Bench.open({ signals: signalsOff('Because.') });
		const answer = await bench.post('logs', two());
		assert.equal(answer.status, 501);
		assert.match(String(answer.decode('Status400').message), /CXR_SIGNALS_OFF.*Because/);
	},
};
