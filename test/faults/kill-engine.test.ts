import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attribute, bytesOf, otlpBody } from '../../core-as/testing/otlp-body.ts';
import { pprofBody } from '../../core-as/testing/pprof-body.ts';
import { KILL_ROUNDS } from '../product/killed-server.ts';
import { type LogAnswer, nanos, SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// The embedded engine, and then the server, die as by kill -9 while logs, spans and profiles come in. Afterwards every
// acknowledged record is there once.

const WRITERS = 3;
const PER_REQUEST = 20;
const PROFILE_TYPE = 'test:samples:count';
/** An engine that is killed before it answers, again and again, is started after pauses of up to 30 s. */
const COMES_WITHIN_MS = 120_000;
const PROTOBUF = 'application/x-protobuf';

let dataDir: string;
let server: SignalServer;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-engine-faults-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

/** A multiple of PER_REQUEST. */
const SPANS_PER_TRACE = 6_000;
const hex = (n: number, size: number) => n.toString(16).padStart(size, '0');

/** Numbered requests of PER_REQUEST records of each signal, each sent until it is acknowledged. */
class Writer {
	readonly index: number;
	readonly base = Date.now() - 60_000;
	acknowledged = 0;
	stopped = false;

	constructor(index: number) {
		this.index = index;
	}

	/** Trace of span `n`: an answer holds one trace of at most 10 000 spans. */
	trace(n: number): string {
		return hex((this.index + 1) * 0x10000 + Math.floor(n / SPANS_PER_TRACE), 32);
	}

	async run(): Promise<void> {
		while (!this.stopped) {
			const first = this.acknowledged * PER_REQUEST;
			const each = <T>(make: (n: number) => T) =>
				Array.from({ length: PER_REQUEST }, (_, i) => make(first + i));
			const resource = { attributes: [attribute('service.name', `writer-${this.index}`)] };
			const logRecords = each((n) => ({
				timeUnixNano: nanos(this.base + n),
				body: { stringValue: `line ${n}` },
			}));
			const spans = each((n) => ({
				traceId: bytesOf(this.trace(n)),
				spanId: bytesOf(hex(n + 1, 16)),
				startTimeUnixNano: nanos(this.base + n),
			}));
			const logs = otlpBody('Logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
			const traces = otlpBody('Traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
			// Of each profile the value is 1, so that their sum is how many there are.
			const profile = pprofBody({
				types: [{ type: PROFILE_TYPE, unit: 'count' }],
				samples: each((n) => ({
					frames: [
						{ name: `leaf ${n % 97}`, file: '', line: 0 },
						{ name: 'main', file: '', line: 0 },
					],
					values: [1],
				})),
				timeNanos: BigInt(this.base) * 1_000_000n,
			});
			for (const [path, body] of [
				['/v1/logs', logs],
				['/v1/traces', traces],
				[`/v1/profiles?service.name=writer-${this.index}`, profile],
			] as const) {
				const answer = await server.post(path, PROTOBUF, body);
				if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
				await answer.arrayBuffer();
			}
			this.acknowledged++;
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
}

interface Count {
	rows: number;
	distinct: number;
}

/** How many log records of a writer there are: asked in slices, an answer holds at most 1000. */
async function logsOf(writer: Writer): Promise<Count> {
	const bodies: string[] = [];
	for (let first = 0; first < (writer.acknowledged + 1) * PER_REQUEST; first += 300) {
		const from = writer.base + first;
		const { logs } = await server.get<LogAnswer>(`/api/logs?from=${from}&to=${from + 300}&limit=1000`);
		bodies.push(...logs.filter((log) => log.service === `writer-${writer.index}`).map((log) => log.body));
	}
	return { rows: bodies.length, distinct: new Set(bodies).size };
}

async function spansOf(writer: Writer): Promise<Count> {
	const ids: string[] = [];
	for (let first = 0; first < writer.acknowledged * PER_REQUEST; first += SPANS_PER_TRACE) {
		const { spans } = await server.get<{ spans: { spanId: string }[] }>(`/api/traces/${writer.trace(first)}`);
		ids.push(...spans.map((span) => span.spanId));
	}
	return { rows: ids.length, distinct: new Set(ids).size };
}

/** The sum of a writer's samples, by rows and as the flame graph has them by stack. */
async function samplesOf(writer: Writer): Promise<Count> {
	const range = `from=${writer.base - 1000}&to=${writer.base + 1000}`;
	const { samples, total } = await server.get<{ samples: number; total: number }>(
		`/api/profiles/flame?${range}&type=${PROFILE_TYPE}&service=writer-${writer.index}`,
	);
	return { rows: samples, distinct: total };
}

async function expectAll(writers: Writer[]): Promise<void> {
	for (const writer of writers) {
		const wanted = { rows: writer.acknowledged * PER_REQUEST, distinct: writer.acknowledged * PER_REQUEST };
		for (const count of [logsOf, spansOf, samplesOf]) {
			let last: Count | undefined;
			await until(
				async () => {
					last = await count(writer).catch(() => undefined);
					return last && last.rows >= wanted.rows ? true : undefined;
				},
				() => `${count.name}: ${JSON.stringify(last)}, wanted ${JSON.stringify(wanted)}`,
				COMES_WITHIN_MS,
			);
			expect(last, count.name).toEqual(wanted);
		}
	}
}

const enginePid = () =>
	until(
		() => server.enginePid(),
		() => 'there is no engine',
		COMES_WITHIN_MS,
	);

test(`kill -9 of the engine loses and doubles nothing, ${KILL_ROUNDS} rounds; metrics go on`, async () => {
	server = await SignalServer.start(dataDir);
	const writers = Array.from({ length: WRITERS }, (_, index) => new Writer(index));
	const running = writers.map((writer) => writer.run());
	for (let round = 0; round < KILL_ROUNDS; round++) {
		const pid = await enginePid();
		// At any time of its start and of its work.
		await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1_700));
		process.kill(pid, 'SIGKILL');
		const body = writeRequest([
			{ labels: { __name__: 'beside_total' }, samples: [{ value: round, timestamp: Date.now() }] },
		]);
		const beside = await server.post('/v1/metrics', PROTOBUF, body, { 'Content-Encoding': 'snappy' });
		expect(beside.status).toBe(200);
		await until(
			() => (server.enginePid() !== pid ? true : undefined),
			() => 'the engine is still there',
		);
	}
	for (const writer of writers) writer.stopped = true;
	await Promise.all(running);
	expect(Math.min(...writers.map((writer) => writer.acknowledged))).toBeGreaterThan(KILL_ROUNDS);
	await expectAll(writers);
}, 900_000);

test('kill -9 of the server while it inserts loses and doubles nothing', async () => {
	const writers = Array.from({ length: WRITERS }, (_, index) => new Writer(index));
	for (let round = 0; round < 3; round++) {
		server = await SignalServer.start(dataDir);
		const running = writers.map(async (writer) => {
			writer.stopped = false;
			await writer.run();
		});
		await enginePid();
		await new Promise((resolve) => setTimeout(resolve, 1_500 + Math.random() * 1_500));
		// No request is in flight: what would become of it nobody knows.
		for (const writer of writers) writer.stopped = true;
		await Promise.all(running);
		process.kill(server.pid, 'SIGKILL');
		await server.ended;
	}
	server = await SignalServer.start(dataDir);
	await expectAll(writers);
}, 300_000);

test('without an answer of the engine the spool fills, then 429; nothing acknowledged is lost', async () => {
	server = await SignalServer.start(dataDir, 'node', { CODEXRAY_MAX_SIGNAL_SPOOL: '200000' });
	const pid = await enginePid();
	await until(
		async () => ((await server.fetch('/api/logs')).status === 200 ? true : undefined),
		() => 'the engine does not answer',
	);
	process.kill(pid, 'SIGSTOP');
	const base = Date.now();
	let acknowledged = 0;
	let refused: Response | undefined;
	while (!refused) {
		const record = { timeUnixNano: nanos(base + acknowledged), body: { stringValue: 'x'.repeat(10_000) } };
		const body = otlpBody('Logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
		const answer = await server.post('/v1/logs', PROTOBUF, body);
		if (answer.status === 200) acknowledged++;
		else refused = answer;
	}
	expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
	expect(acknowledged).toBeGreaterThan(10);
	process.kill(pid, 'SIGCONT');
	await until(
		async () => {
			const found = await server
				.get<LogAnswer>(`/api/logs?from=${base}&to=${base + 1000}`)
				.catch(() => undefined);
			return found?.logs.length === acknowledged ? true : undefined;
		},
		() => 'not all log records came',
	);
});
