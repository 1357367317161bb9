import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trace } from '../../web/src/api/trace-types.ts';
import { root } from '../product/product.ts';
import { type LogAnswer, SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { hasGo, pythonWithSdk, telemetrygen } from '../senders/senders.ts';

// Programs of others, with no more than endpoint and key. They are downloaded and built, which takes minutes the first time:
// `npm run test:full` only. The SDK for Node is in spans.test.ts.

const full = process.env.CODEXRAY_TEST_FULL !== undefined;
const RUNTIMES = ['node', 'deno'] as const;
const started = Date.now();
const range = () => `from=${started - 60_000}&to=${Date.now() + 60_000}`;

describe.runIf(full).each(RUNTIMES)('server on %s', (runtime) => {
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-senders-'));
	let server: SignalServer;
	beforeAll(async () => {
		server = await SignalServer.start(dataDir, runtime);
	});
	afterAll(async () => {
		await server?.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});

	const logs = async (query: string) =>
		(await server.get<LogAnswer>(`/api/logs?${range()}&limit=1000&${query}`)).logs;

	test.each(['gzip', 'none'])('the official SDK for Python, compression %s', async (compression) => {
		const python = pythonWithSdk();
		const [spans, records] = [1_500, 700];
		const service = `python-${compression}`;
		const sender = join(root, 'test/programs/otel-sender.py');
		const traceId = execFileSync(python, [sender, `${spans}`, `${records}`], {
			encoding: 'utf8',
			env: {
				...process.env,
				OTEL_SERVICE_NAME: service,
				OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
				OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${server.key}`,
				OTEL_EXPORTER_OTLP_COMPRESSION: compression,
			},
		}).trim();
		const trace = await until(
			async () => {
				const found = await server.get<Trace>(`/api/traces/${traceId}`).catch(() => undefined);
				return found?.spans.length === spans ? found : undefined;
			},
			() => 'the trace does not come whole',
		);
		const pay = trace.spans.find(({ name }) => name === 'pay')!;
		expect(pay).toMatchObject({ kind: 'client', service, status: { code: 'error' } });
		expect(pay.events[0]).toMatchObject({
			name: 'exception',
			attributes: { 'exception.type': 'ValueError', 'exception.message': 'no money' },
		});
		const item = trace.spans.find(({ attributes }) => attributes.index === '7')!;
		expect(item.attributes).toMatchObject({ größe: 'XL', fast: 'true' });
		const found = await until(
			async () => {
				const all = await logs(`service=${service}`);
				return all.length === records ? all : undefined;
			},
			() => 'some log records do not come',
		);
		expect(new Set(found.map((log) => log.traceId))).toEqual(new Set([traceId]));
		const numbers = found.flatMap(({ body }) => /^pythonsender line (\d+)$/.exec(body)?.[1] ?? []);
		expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(
			Array.from({ length: records - 1 }, (_, i) => i),
		);
		expect(found.find(({ body }) => body === 'cannot pay')!.attributes['exception.type']).toBe('ValueError');
	});

	describe.runIf(hasGo).each(['gzip', 'none'])('telemetrygen, compression %s', (compression) => {
		const send = (signal: 'traces' | 'logs', ...words: string[]) => {
			const endpoint = ['--otlp-http', '--otlp-insecure', '--otlp-endpoint', new URL(server.url).host];
			const key = ['--otlp-header', `X-API-Key="${server.key}"`];
			execFileSync(telemetrygen(), [signal, ...endpoint, ...key, ...words], {
				stdio: ['ignore', 'ignore', 'pipe'],
				env: { ...process.env, OTEL_EXPORTER_OTLP_COMPRESSION: compression },
			});
		};
		const service = `telemetrygen-${compression}`;
		const names = ['--service', service];

		test('every span of every trace', async () => {
			const traces = 250;
			send(
				'traces',
				...names,
				'--traces',
				`${traces}`,
				'--workers',
				'2',
				'--child-spans',
				'3',
				'--rate',
				'0',
			);
			const found = await until(
				async () => {
					const answer = await server.get<{ traces: { traceId: string; spans: number }[] }>(
						`/api/traces?${range()}&service=${service}&limit=500`,
					);
					const spans = answer.traces.reduce((sum, trace) => sum + trace.spans, 0);
					return spans === traces * 2 * 4 ? answer.traces : undefined;
				},
				() => 'some spans do not come',
			);
			expect(found).toHaveLength(traces * 2);
			const { spans } = await server.get<Trace>(`/api/traces/${found[0]!.traceId}`);
			expect(spans).toHaveLength(4);
			const top = spans.find(({ parentSpanId }) => parentSpanId === '')!;
			expect(spans.filter(({ parentSpanId }) => parentSpanId === top.spanId)).toHaveLength(3);
		});

		test('every log record', async () => {
			const severity = ['--severity-number', '17', '--severity-text', 'Error'];
			send(
				'logs',
				...names,
				'--logs',
				'400',
				'--workers',
				'2',
				'--rate',
				'0',
				'--body',
				'generated line',
				...severity,
			);
			const found = await until(
				async () => {
					const all = await logs(`service=${service}`);
					return all.length === 800 ? all : undefined;
				},
				() => 'some log records do not come',
			);
			expect(new Set(found.map(({ body }) => body))).toEqual(new Set(['generated line']));
			expect(new Set(found.map(({ severityNumber }) => severityNumber))).toEqual(new Set([17]));
		});
	});
});
