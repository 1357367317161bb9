import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOCK_HEADER } from '../../app/server/recording/recording-file.ts';
import { RecordingReader } from '../../app/server/recording/recording-reader.ts';
import { summarise } from '../../app/server/recording/replay.ts';
import { attribute, bytesOf, otlpBody } from '../../core-as/testing/otlp-body.ts';
import { otlpMetricBody } from '../../core-as/testing/otlp-metric-body.ts';
import { pprofBody } from '../../core-as/testing/pprof-body.ts';
import { zlibInflate } from '../../hosts/node/inflate/zlib-inflate.ts';
import { root } from '../product/product.ts';
import { type LogAnswer, nanos, SignalServer } from '../product/signal-server.ts';
import { storedSamples } from '../product/stored-samples.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// `codexray record` beside a server that takes every signal, and `codexray replay` into another one.

const SECRET = 'hunter2Zx9';
const TRACE = '5b8efff798038103d269b633813fc60c';
const PROTOBUF = 'application/x-protobuf';
const PLANTED: Record<string, string> = {
	'http.request.header.authorization': `Bearer ${SECRET}`,
	'http.request.header.x-api-key': SECRET,
	'http.request.header.cookie': `sid=${SECRET}`,
	'http.url': `http://shop/cart?coupon=${SECRET}`,
	'db.statement': `SELECT * FROM users WHERE name = '${SECRET}'`,
	'db.query.text': `SET session:1 ${SECRET}`,
	text: `Authorization: Basic ${SECRET}\nCookie: sid=${SECRET}\npassword=${SECRET} INSERT INTO t VALUES ('${SECRET}')`,
};
const attributes = Object.entries(PLANTED).map(([key, value]) => attribute(key, value));

interface Run {
	child: ChildProcess;
	output(): string;
	ended: Promise<number | null>;
}

function codexray(...args: string[]): Run {
	const child = spawn(process.execPath, [join(root, 'hosts/node/commands/codexray.ts'), ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', (chunk) => {
			output += chunk;
		});
	}
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	return { child, output: () => output, ended };
}

const readerOf = (file: string) =>
	new RecordingReader(
		(async function* () {
			yield readFileSync(file);
		})(),
		zlibInflate,
	);

/** All of it uncompressed, as text. */
async function textOf(file: string): Promise<string> {
	const reader = readerOf(file);
	await reader.start();
	let text = '';
	for await (const { bytes, length } of reader.blocks()) {
		if (length > 0) text += gunzipSync(bytes.subarray(BLOCK_HEADER)).toString('latin1');
	}
	return text;
}

describe.each(['node', 'deno'] as const)('recorded on %s', (runtime) => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-recording-'));
	const file = join(dir, 'shop.rec');
	const now = Date.now();
	let from: SignalServer;
	const access = (server: SignalServer) => [
		...['--server', server.url],
		...['--api-key-file', join(server.dataDir, 'agent.key')],
	];

	beforeAll(async () => {
		from = await SignalServer.start(join(dir, 'from'), runtime);
	});
	afterAll(async () => {
		await from?.stop();
		rmSync(dir, { recursive: true, force: true });
	});

	/** One body of each signal, of an hour ago, with every secret in it. */
	async function send(server: SignalServer): Promise<void> {
		const time = now - 3_600_000;
		const resource = { attributes: [attribute('service.name', 'shop'), ...attributes] };
		const logs = {
			resourceLogs: [
				{
					resource,
					scopeLogs: [
						{
							logRecords: [
								{ timeUnixNano: nanos(time), body: { stringValue: `paid, ${PLANTED.text}` }, attributes },
							],
						},
					],
				},
			],
		};
		const traces = {
			resourceSpans: [
				{
					resource,
					scopeSpans: [
						{
							spans: [
								{
									traceId: bytesOf(TRACE),
									spanId: bytesOf('00000000000000a1'),
									name: 'GET /cart',
									startTimeUnixNano: nanos(time),
									endTimeUnixNano: nanos(time + 5),
									attributes,
									events: [{ timeUnixNano: nanos(time), name: 'e', attributes }],
									status: { code: 2, message: PLANTED.text },
								},
							],
						},
					],
				},
			],
		};
		const json = {
			resourceLogs: [
				{
					scopeLogs: [
						{ logRecords: [{ timeUnixNano: nanos(time), body: { stringValue: `token=${SECRET}` } }] },
					],
				},
			],
		};
		const profile = pprofBody({
			types: [{ type: 'cpu', unit: 'nanoseconds' }],
			samples: [{ frames: [{ name: `main ${PLANTED.text}`, file: 'a.ts', line: 1 }], values: [10] }],
			timeNanos: BigInt(nanos(time)),
			durationNanos: 1_000_000_000n,
		});
		const series = [
			{ labels: { __name__: 'shop_orders', ...PLANTED }, samples: [{ timestamp: time, value: 7 }] },
		];
		const point = {
			attributes: Object.entries(PLANTED),
			start: BigInt(nanos(time)),
			time: BigInt(nanos(time)),
		};
		const metrics = [
			{
				attributes: Object.entries(PLANTED),
				scopes: [
					{
						...{ name: 'lib', version: '1', schema: '', attributes: [] },
						metrics: [
							{
								...{ name: 'shop.stock', help: `token=${SECRET}`, unit: '', kind: 'gauge' as const },
								points: [{ ...point, value: 3 }],
							},
						],
					},
				],
			},
		];
		const query = new URLSearchParams({ 'service.name': 'shop', ...PLANTED });
		const gzip = { 'Content-Encoding': 'gzip' };
		const answers = [
			await server.post('/api/v1/write', PROTOBUF, writeRequest(series), { 'Content-Encoding': 'snappy' }),
			await server.post('/v1/logs', PROTOBUF, gzipSync(otlpBody('Logs', logs)), gzip),
			await server.post('/v1/logs', 'application/json', JSON.stringify(json)),
			await server.post('/v1/traces', PROTOBUF, otlpBody('Traces', traces)),
			await server.post('/v1/metrics', PROTOBUF, gzipSync(otlpMetricBody(metrics)), gzip),
			await server.post(`/v1/profiles?${query}`, 'application/octet-stream', gzipSync(profile)),
		];
		for (const answer of answers) expect(answer.status, await answer.text()).toBeLessThan(300);
	}

	test('what is accepted of every signal is in the file, and no secret', async () => {
		const recording = codexray('record', file, '--for', '1h', ...access(from));
		await until(
			() => (recording.output().includes('Recording what') ? true : undefined),
			() => `does not record: ${recording.output()}`,
		);
		await send(from);
		await until(
			async () => {
				const { bodies } = await summarise(readerOf(file));
				return Object.values(bodies).reduce((sum, n) => sum + n) === 6 ? true : undefined;
			},
			() => `not all bodies come: ${recording.output()}`,
		);
		recording.child.kill('SIGINT');
		expect(await recording.ended, recording.output()).toBe(0);
		expect(recording.output()).toContain(
			'1 of metrics, 2 of logs, 1 of traces, 1 of profiles, 1 of otlp-metrics.',
		);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		const text = await textOf(file);
		for (const kept of ['shop_orders', 'GET /cart', 'paid, ', 'a.ts', 'db.statement', 'SELECT * FROM users'])
			expect(text).toContain(kept);
		expect(text).not.toContain(SECRET);
	});

	test('another server gets all of it, at the time of the replay', async () => {
		const to = await SignalServer.start(join(dir, 'to'));
		let stopped = false;
		try {
			const began = Date.now();
			const playing = codexray('replay', file, '--speed', 'max', ...access(to));
			expect(await playing.ended, playing.output()).toBe(0);
			expect(playing.output()).toContain('Sent 6 bodies');
			const again = codexray('replay', file, '--speed', '1000', '--now', ...access(to));
			expect(await again.ended, again.output()).toBe(0);
			const logs = await until(
				async () => {
					const found = await to.get<LogAnswer>(`/api/logs?from=${now - 7_200_000}&to=${Date.now()}`);
					return found.logs.length === 4 ? found.logs : undefined;
				},
				() => 'the log records do not come',
			);
			const shift = (log: LogAnswer['logs'][number]) =>
				Number(BigInt(log.timeNs) / 1_000_000n) - (now - 3_600_000);
			// Both logs as they were, then both as far from now as they were from the end of the recording.
			expect(logs.filter((log) => shift(log) === 0)).toHaveLength(2);
			const moved = logs.filter((log) => shift(log) !== 0).map(shift);
			for (const ms of moved) {
				expect(ms).toBeGreaterThanOrEqual(0);
				expect(ms).toBeLessThanOrEqual(Date.now() - now + 1000);
			}
			expect(moved).toHaveLength(2);
			expect(began).toBeGreaterThan(now);
			await until(
				async () => {
					const response = await to.fetch(`/api/traces/${TRACE}`);
					const { spans } = (await response.json()) as { spans?: unknown[] };
					return spans?.length === 2 ? true : undefined;
				},
				() => 'the spans do not come',
			);
			await until(
				async () => {
					const range = `from=${now - 7_200_000}&to=${Date.now()}`;
					const found = await to.get<{ services: { service: string }[] }>(`/api/profiles/services?${range}`);
					return found.services.some(({ service }) => service === 'shop') ? true : undefined;
				},
				() => 'the profile does not come',
			);
			await to.stop();
			stopped = true;
			const [series] = await storedSamples(to.dataDir, 'shop_orders');
			expect(series!.samples.map(([, value]) => value)).toEqual([7, 7]);
			expect(series!.labels.text).not.toContain(SECRET);
			const [stock] = await storedSamples(to.dataDir, 'shop_stock');
			expect(stock!.samples.map(([, value]) => value)).toEqual([3, 3]);
		} finally {
			if (!stopped) await to.stop();
		}
	});

	test('a file that is cut, foreign or there already, and a wrong key, are told in words', async () => {
		const cut = join(dir, 'cut.rec');
		writeFileSync(cut, readFileSync(file));
		truncateSync(cut, statSync(file).size - 10);
		const short = codexray('replay', cut, '--speed', 'max', ...access(from));
		expect(await short.ended).toBe(1);
		expect(short.output()).toMatch(/It ends too early: at byte \d+ it is cut off/);
		expect(short.output()).toContain('Sent 6 bodies');
		const foreign = join(dir, 'foreign.rec');
		writeFileSync(foreign, 'something else, and long enough for a header');
		const strange = codexray('replay', foreign, ...access(from));
		expect(await strange.ended).toBe(1);
		expect(strange.output()).toBe('codexray: This is no recording.\n');
		const there = codexray('record', file, '--for', '1s', ...access(from));
		expect(await there.ended).toBe(2);
		expect(there.output()).toContain('is there already');
		const stranger = codexray('record', join(dir, 'x.rec'), '--server', from.url, '--api-key-file', foreign);
		expect(await stranger.ended).toBe(1);
		expect(stranger.output()).toContain('401');
	});

	test('a recording ends with its server, whole', async () => {
		const last = join(dir, 'last.rec');
		const recording = codexray('record', last, '--for', '1h', ...access(from));
		await until(
			() => (recording.output().includes('Recording what') ? true : undefined),
			() => `does not record: ${recording.output()}`,
		);
		await send(from);
		await from.stop();
		expect(await recording.ended, recording.output()).toBe(0);
		expect(recording.output()).toContain(
			'1 of metrics, 2 of logs, 1 of traces, 1 of profiles, 1 of otlp-metrics.',
		);
	});
});
