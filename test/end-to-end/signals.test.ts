import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute, bytesOf, otlpBody } from '../../core-as/testing/otlp-body.ts';
import { type LogAnswer, nanos, SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// Logs and spans by plain HTTP into a real server with the real engine, and back through the API.

const TRACE = '5b8efff798038103d269b633813fc60c';
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json; charset=utf-8';

/** An orphan may wait for pid 1 to take note of its end. */
function lives(pid: number): boolean {
	try {
		return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return false;
	}
}

describe.each(['node', 'deno'] as const)('on %s', (runtime) => {
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-signals-'));
	let server: SignalServer;
	const now = Date.now();

	beforeAll(async () => {
		server = await SignalServer.start(dataDir, runtime);
	});
	afterAll(async () => {
		await server?.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});

	const logs = (query = '') =>
		server.get<LogAnswer>(`/api/logs?from=${now - 60_000}&to=${now + 60_000}${query}`);
	const texts = async (query: string) => (await logs(query)).logs.map((log) => log.body);

	test('log records of both encodings are found by text and severity, newest first', async () => {
		const request = (encoding: string, shift: number, body: unknown) => ({
			resourceLogs: [
				{
					resource: { attributes: [attribute('service.name', `shop-${encoding}`)] },
					scopeLogs: [
						{
							logRecords: [
								{
									timeUnixNano: nanos(now + shift),
									severityNumber: 17,
									body,
									attributes: [attribute('order', 'A-17')],
								},
								{
									timeUnixNano: nanos(now + shift + 1),
									severityNumber: 9,
									body: { stringValue: `all fine in ${encoding}` },
								},
							],
						},
					],
				},
			],
		});
		const first = request('protobuf', 0, { stringValue: 'Payment REFUSED by größter bank' });
		const second = request('json', 10, { stringValue: 'payment was refused again' });
		const gzip = { 'Content-Encoding': 'gzip' };
		const answers = [
			await server.post('/v1/logs', PROTOBUF, gzipSync(otlpBody('Logs', first)), gzip),
			await server.post('/v1/logs', JSON_TYPE, JSON.stringify(second)),
		];
		expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
		const four = await until(
			async () => {
				const found = await logs().catch(() => undefined);
				return found?.logs.length === 4 ? found.logs : undefined;
			},
			() => 'the log records do not come',
		);
		expect(four.map((log) => log.body)).toEqual([
			'all fine in json',
			'payment was refused again',
			'all fine in protobuf',
			'Payment REFUSED by größter bank',
		]);
		expect(four[3]).toMatchObject({
			timeNs: nanos(now),
			service: 'shop-protobuf',
			severityNumber: 17,
			attributes: { order: 'A-17' },
		});
		expect(await texts('&text=refused%20PAYMENT')).toHaveLength(2);
		expect(await texts('&text=größter')).toHaveLength(1);
		expect(await texts('&text=refus')).toEqual([]);
		expect(await texts('&text=fine&severity=error')).toEqual([]);
		expect(await texts('&severity=error&limit=1')).toEqual(['payment was refused again']);
		expect(await texts(`&text=${encodeURIComponent("'; DROP TABLE logs; --")}`)).toEqual([]);
		expect(await texts('')).toHaveLength(4);
	});

	test('the spans of a trace come back whole, from both encodings', async () => {
		const span = (n: number, more: Record<string, unknown>) => ({
			name: `GET /${n}`,
			kind: 2,
			startTimeUnixNano: nanos(now + n),
			endTimeUnixNano: nanos(now + n + 5),
			...more,
		});
		const frame = (service: string, spans: unknown[]) => ({
			resourceSpans: [
				{
					resource: { attributes: [attribute('service.name', service)] },
					scopeSpans: [{ scope: { name: 'http', version: '1' }, spans }],
				},
			],
		});
		const inProtobuf = frame('front', [
			span(0, {
				traceId: bytesOf(TRACE),
				spanId: bytesOf('00000000000000a1'),
				attributes: [attribute('http.response.status_code', 500n)],
				status: { code: 2, message: 'broken' },
				events: [{ timeUnixNano: nanos(now + 2), name: 'exception', attributes: [attribute('e', 'x')] }],
				links: [{ traceId: bytesOf(TRACE), spanId: bytesOf('00000000000000c3') }],
			}),
		]);
		const inJson = frame('back', [
			span(1, { traceId: TRACE, spanId: '00000000000000b2', parentSpanId: '00000000000000a1' }),
		]);
		const a = await server.post('/v1/traces', PROTOBUF, otlpBody('Traces', inProtobuf));
		const b = await server.post('/v1/traces', JSON_TYPE, JSON.stringify(inJson));
		expect([a.status, b.status]).toEqual([200, 200]);
		const trace = await until(
			async () => {
				const response = await server.fetch(`/api/traces/${TRACE.toUpperCase()}`);
				const found = response.status === 200 ? ((await response.json()) as { spans: unknown[] }) : undefined;
				return found?.spans.length === 2 ? found : undefined;
			},
			() => 'the spans do not come',
		);
		expect(trace).toMatchObject({
			traceId: TRACE,
			truncated: false,
			spans: [
				{
					spanId: '00000000000000a1',
					parentSpanId: '',
					name: 'GET /0',
					kind: 'server',
					service: 'front',
					startNs: nanos(now),
					durationNs: '5000000',
					status: { code: 'error', message: 'broken' },
					scope: { name: 'http', version: '1' },
					attributes: { 'http.response.status_code': '500' },
					events: [{ timeNs: nanos(now + 2), name: 'exception', attributes: { e: 'x' } }],
					links: [{ traceId: TRACE, spanId: '00000000000000c3', traceState: '', attributes: {} }],
				},
				{ spanId: '00000000000000b2', parentSpanId: '00000000000000a1', service: 'back' },
			],
		});
		expect((await server.fetch(`/api/traces/${'e'.repeat(32)}`)).status).toBe(404);
	});

	test('questions about services, applications and attributes, in pages and in words where they are wrong', async () => {
		const range = `from=${now - 60_000}&to=${now + 60_000}`;
		const page = await server.get<{ logs: { id: string }[]; next: string }>(`/api/logs?${range}&limit=3`);
		const rest = await server.get<typeof page>(`/api/logs?${range}&limit=3&before=${page.next}`);
		expect([page.logs.length, rest.logs.length, rest.next]).toEqual([3, 1, null]);
		expect(new Set([...page.logs, ...rest.logs].map(({ id }) => id)).size).toBe(4);
		expect(await texts('&attribute=order%3DA-17&attribute=service.name%3Dshop-json')).toEqual([
			'payment was refused again',
		]);
		expect(await texts('&service=shop-json')).toHaveLength(2);
		expect(await server.get(`/api/logs/histogram?${range}`)).toMatchObject({ total: 4 });
		expect(await server.get(`/api/logs/patterns?${range}`)).toMatchObject({ total: 4, unclustered: 4 });

		// A container whose id names the application `front`, under which an SDK sent its spans.
		const labels = { container_id: '/docker/front', machine_id: 'm', system_uuid: 'u', app_id: '' };
		const samples = [{ value: 1, timestamp: now }];
		const sent = await server.fetch('/api/v1/write', {
			method: 'POST',
			headers: { 'Content-Type': PROTOBUF, 'Content-Encoding': 'snappy' },
			body: writeRequest([{ labels: { __name__: 'container_info', ...labels, image: 'i' }, samples }]),
		});
		expect(sent.ok).toBe(true);
		const { services } = await until(
			async () => {
				const found = await server.get<{ services: { service: string; application: string | null }[] }>(
					`/api/traces/services?${range}`,
				);
				return found.services.some(({ application }) => application !== null) ? found : undefined;
			},
			() => 'the application does not come',
		);
		expect(services).toMatchObject([
			{ service: 'back', application: null, spans: 1, errors: 0 },
			{ service: 'front', spans: 1, errors: 1, names: [{ name: 'GET /0', p50: expect.any(Number) }] },
		]);
		const id = encodeURIComponent(services[1]!.application!);
		expect(await server.get(`/api/traces?${range}&application=${id}`)).toMatchObject({
			traces: [{ traceId: TRACE, service: 'front', spans: 2, errors: 1, services: ['back', 'front'] }],
			next: null,
		});
		expect(await server.get(`/api/traces/heatmap?${range}&status=error`)).toMatchObject({ total: 1 });
		expect(await server.get(`/api/logs?${range}&application=${id}`)).toMatchObject({ logs: [] });
		for (const [query, status, code] of [
			['before=x', 400, 'CXR_QUERY_CURSOR'],
			['attribute=novalue', 400, 'CXR_QUERY_ATTRIBUTE'],
			[`service=front&application=${id}`, 400, 'CXR_QUERY_SCOPE'],
			['application=none', 404, 'CXR_MODEL_NO_APPLICATION'],
			['limit=1001', 400, 'CXR_HTTP_BAD_REQUEST'],
			['from=5&to=4', 400, 'CXR_QUERY_RANGE'],
		] as const) {
			const refused = await server.fetch(`/api/logs?${query}`);
			expect([query, refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
				query,
				status,
				code,
			]);
		}
	});

	test('keys, sessions and status', async () => {
		for (const path of ['/v1/logs', '/v1/traces'])
			expect((await server.fetch(path, { method: 'POST', headers: { 'X-API-Key': 'wrong' } })).status).toBe(
				401,
			);
		const { features } = await server.get<{ features: unknown }>('/api/status');
		const words = { tier: null, reason: null, missing: null, works: null, command: null };
		const well = { ok: true, state: 'works', ...words };
		expect(features).toEqual(['logs', 'traces', 'profiles'].map((feature) => ({ feature, ...well })));
	});

	test('the engine is gone when its server was killed, and the next start has everything', async () => {
		const engine = server.enginePid()!;
		expect(lives(engine)).toBe(true);
		process.kill(server.pid, 'SIGKILL');
		await server.ended;
		server = await SignalServer.start(dataDir, runtime);
		await until(
			async () => ((await logs().catch(() => undefined))?.logs.length === 4 ? true : undefined),
			() => 'the log records are not there',
		);
		await until(
			() => (lives(engine) ? undefined : true),
			() => 'the engine of the dead server lives on',
		);
	});
});

test('without an engine metrics and map work, and the status says what is off', async () => {
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-signals-'));
	const server = await SignalServer.start(dataDir, 'node', { CODEXRAY_NO_ENGINE: '1' });
	try {
		const { features } = await server.get<{ features: { ok: boolean; reason: string }[] }>('/api/status');
		expect(features.map(({ ok }) => ok)).toEqual([false, false, false]);
		expect(features[0]!.reason).toContain('--clickhouse-url');
		expect((await server.fetch('/api/map')).status).toBe(200);
		expect((await server.fetch('/api/logs')).status).toBe(501);
		expect((await server.post('/v1/logs', JSON_TYPE, '{}')).status).toBe(501);
		expect(server.enginePid()).toBe(undefined);
	} finally {
		await server.stop();
		rmSync(dataDir, { recursive: true, force: true });
	}
});
