import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChunkCodec, createCodec, createProfileFold } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { MemorySegmentFiles } from '../delivery/memory-segment-files.ts';
import { Spool } from '../delivery/spool.ts';
import { silentLogger } from '../logging/logger.ts';
import { Gatekeeper } from './auth/gatekeeper.ts';
import { signalsOff } from './clickhouse/signal-store.ts';
import { noFaults } from './faults.ts';
import { createHttpServer } from './http-server.ts';
import { MetricIngest } from './ingest/metric-ingest.ts';
import { ChunkStore } from './metrics/chunk-store.ts';
import { MemoryChunkTable } from './metrics/memory-chunk-table.ts';
import { Recorder } from './recording/recorder.ts';
import { MemorySettings } from './testing/memory-settings.ts';
import { remoteWriteBody, type TestSeries } from './testing/remote-write-body.ts';

const modules = await builtModules();
const codec = createCodec(modules);

let now = Date.now();
const clock = {
	now: () => now,
	sleep: (_ms: number, signal?: AbortSignal) =>
		new Promise<void>((resolve) => {
			if (_ms === 0) return resolve();
			signal?.addEventListener('abort', () => resolve());
		}),
};

async function make(options: { webDir?: string | null; listenHost?: string; hostNames?: string[] } = {}) {
	const table = new MemoryChunkTable();
	const spool = await Spool.open({ files: new MemorySegmentFiles(), name: 't', maxBytes: 200_000, clock });
	const ingest = new MetricIngest({ codec, spool, clock });
	const store = new ChunkStore({
		table,
		spool,
		blockCodec: codec,
		chunkCodec: createChunkCodec(modules),
		clock,
		log: silentLogger,
		faults: noFaults,
		loaded: await table.load(),
	});
	await store.start(() => {});
	const secrets = new MemorySettings();
	const gatekeeper = await Gatekeeper.open(secrets, secrets, clock);
	const app = await createHttpServer({
		ingest,
		store,
		spool,
		signals: signalsOff('There is no engine in this test.', {
			missing: 'an engine',
			command: 'npm install it',
		}),
		recorder: new Recorder({
			clock,
			log: silentLogger,
			unpack: (body) => codec.snappyUncompress(body, 1 << 20),
		}),
		fold: createProfileFold(modules),
		inflate: async () => 'damaged',
		gatekeeper,
		clock,
		log: silentLogger,
		faults: noFaults,
		webDir: null,
		listenHost: '127.0.0.1',
		hostNames: [],
		version: '1.2.3',
		project: { id: 'p', name: 'P' },
		...options,
	});
	const routes: { method: string; url: string }[] = [];
	await app.ready();
	const key = (await secrets.read('agent.key'))!.trim();
	return { app, spool, store, key, token: gatekeeper.signInToken, routes, secrets };
}

let s: Awaited<ReturnType<typeof make>>;
beforeAll(async () => {
	s = await make();
});

const host = { host: '127.0.0.1:8080' };
const REMOTE_WRITE = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

function post(
	url: string,
	body: Uint8Array | string,
	headers: Record<string, string> = {},
	app: FastifyInstance = s.app,
) {
	return app.inject({
		method: 'POST',
		url,
		payload: typeof body === 'string' ? body : Buffer.from(body),
		headers: { ...host, 'x-api-key': s.key, ...REMOTE_WRITE, ...headers },
	});
}

const bodyOf = (series: TestSeries[]) => codec.snappyCompress(remoteWriteBody(series));
const one = (labels = {}, value = 1) =>
	bodyOf([{ labels: { __name__: 'a', ...labels }, samples: [[now, value]] }]);

describe('remote write', () => {
	it('acknowledges what is on disk, with the counts of the specification', async () => {
		const before = s.spool.stats().received;
		const response = await post('/api/v1/write', one());
		expect(response.statusCode).toBe(204);
		expect(response.headers).toMatchObject({
			'x-prometheus-remote-write-samples-written': '1',
			'x-prometheus-remote-write-histograms-written': '0',
			'x-prometheus-remote-write-exemplars-written': '0',
		});
		expect(s.spool.stats().received).toBe(before + 1);
		expect((await post('/v1/metrics', one())).statusCode).toBe(200);
		const proto = { 'content-type': 'application/x-protobuf;proto=prometheus.WriteRequest' };
		expect((await post('/api/v1/write', one(), proto)).statusCode).toBe(204);
	});

	it.each(['/api/v1/write', '/v1/metrics'])(
		'refuses other formats on %s with 415, before reading',
		async (url) => {
			for (const headers of [
				{ 'content-type': 'application/json' },
				{ 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' },
				{ 'content-encoding': 'gzip' },
				{ 'content-encoding': '' },
			] as Record<string, string>[]) {
				const response = await post(url, one(), headers);
				expect([response.statusCode, response.json().code]).toEqual([415, 'CXR_INGEST_UNSUPPORTED']);
				expect(response.headers['content-type']).toContain('application/problem+json');
			}
		},
	);

	it('refuses malformed bodies with the offset', async () => {
		for (const url of ['/api/v1/write', '/v1/metrics']) {
			const broken = remoteWriteBody([{ labels: { __name__: 'a' }, samples: [[now, 1]] }]).slice(0, -2);
			const cut = await post(url, codec.snappyCompress(broken));
			expect([cut.statusCode, cut.json().code]).toEqual([400, 'CXR_INGEST_MALFORMED']);
			expect(cut.json().detail).toMatch(/at byte \d+/);
			expect((await post(url, 'no snappy')).json().code).toBe('CXR_INGEST_MALFORMED');
			expect((await post(url, new Uint8Array(0))).statusCode).toBe(400);
		}
	});

	it('stores what is valid and says what is not; agents are told 200', async () => {
		const body = bodyOf([
			{ labels: { job: 'nameless' }, samples: [[now, 1]] },
			{ labels: { __name__: 'fine' }, samples: [[now, 1]] },
		]);
		const partial = await post('/api/v1/write', body);
		expect([partial.statusCode, partial.json().code]).toEqual([400, 'CXR_INGEST_PARTIAL']);
		expect(partial.json().detail).toMatch(/1 x no-name\. First: series 0/);
		expect(partial.headers['x-prometheus-remote-write-samples-written']).toBe('1');
		expect((await post('/v1/metrics', body)).statusCode).toBe(200);
		const metrics = await s.app.inject({ url: '/metrics', headers: { ...host, 'x-api-key': s.key } });
		expect(metrics.body).toContain('codexray_server_dropped_total{stage="ingest",reason="no-name"} 2');
	});

	it('bounds bodies: on the wire and uncompressed', async () => {
		const wire = await post('/api/v1/write', new Uint8Array(16 * 1024 * 1024 + 1));
		expect([wire.statusCode, wire.json().code]).toEqual([413, 'CXR_INGEST_TOO_LARGE']);
		// A preamble that claims 65 MiB.
		const bomb = await post('/api/v1/write', Uint8Array.of(0x80, 0x80, 0xc0, 0x20, 0x00, 0x61));
		expect([bomb.statusCode, bomb.json().code]).toEqual([413, 'CXR_INGEST_TOO_LARGE']);
	});

	it('says 503 with Retry-After when the spool is full', async () => {
		const own = await make();
		own.store.close();
		let last = 204;
		for (let i = 0; i < 400 && last === 204; i++) {
			const noise = Array.from(crypto.getRandomValues(new Uint8Array(500)), (b) => b.toString(36)).join('');
			const response = await post(
				'/api/v1/write',
				one({ noise, i: `${i}` }),
				{ 'x-api-key': own.key },
				own.app,
			);
			last = response.statusCode;
			if (last !== 204)
				expect([last, response.headers['retry-after'], response.json().code]).toEqual([
					503,
					'5',
					'CXR_INGEST_BUSY',
				]);
		}
		expect(last).toBe(503);
	});

	it('a batch id comes once; a bad one is refused', async () => {
		const before = s.spool.stats().received;
		const id = { 'x-codexray-batch-id': '0123456789abcdef0123456789ABCDEF' };
		for (let i = 0; i < 3; i++) expect((await post('/v1/metrics', one(), id)).statusCode).toBe(200);
		expect(s.spool.stats().received).toBe(before + 1);
		const bad = await post('/v1/metrics', one(), { 'x-codexray-batch-id': '12' });
		expect(bad.json().code).toBe('CXR_INGEST_BATCH_ID');
	});
});

describe('who may come in', () => {
	it('every route but sign-in, static files and /healthz wants a key or a session', async () => {
		const listing = s.app.printRoutes({ commonPrefix: false, includeHooks: false });
		const found: { method: string; url: string }[] = [];
		const path: string[] = [];
		for (const line of listing.split('\n')) {
			const match = /^((?:│ {3}| {4})*)(?:├── |└── )(\S+)(?: \(([A-Z, ]+)\))?/.exec(line);
			if (!match) continue;
			const depth = match[1]!.length / 4;
			path.length = depth;
			path.push(match[2]!);
			for (const method of (match[3] ?? '').split(', ')) {
				if (method && method !== 'HEAD') found.push({ method, url: path.join('').replace(':id', 'x') });
			}
		}
		const open: string[] = [];
		for (const { method, url } of found) {
			const response = await s.app.inject({ method: method as 'GET', url, headers: host });
			if (response.statusCode !== 401) open.push(`${method} ${url} ${response.statusCode}`);
		}
		expect(found.length).toBeGreaterThanOrEqual(11);
		expect(open.sort()).toEqual(['GET /healthz 200', 'POST /api/session 400']);
		for (const url of ['/api/none', '/v1/none', '/api', '/api/v1/query']) {
			expect((await s.app.inject({ url, headers: host })).statusCode, url).toBe(401);
		}
	});

	it('takes the key as header, bearer token and basic password, and no other key', async () => {
		const get = async (headers: Record<string, string>) =>
			(await s.app.inject({ url: '/api/status', headers: { ...host, ...headers } })).statusCode;
		expect(await get({ 'x-api-key': s.key })).toBe(200);
		expect(await get({ authorization: `Bearer ${s.key}` })).toBe(200);
		expect(await get({ authorization: `Basic ${btoa(`anybody:${s.key}`)}` })).toBe(200);
		expect(await get({ 'x-api-key': `${s.key}x` })).toBe(401);
		expect(await get({ 'x-api-key': s.key.slice(1) })).toBe(401);
		expect(await get({ authorization: 'Basic !!!' })).toBe(401);
		expect(await get({ authorization: `Bearer ${s.token}` })).toBe(401);
		expect((await post('/v1/metrics', one(), { 'x-api-key': 'wrong' })).statusCode).toBe(401);
	});

	it('a token becomes a session, which ends at sign-out and after 30 days', async () => {
		const signIn = (token: string) =>
			s.app.inject({ method: 'POST', url: '/api/session', payload: { token }, headers: host });
		expect((await signIn('wrong')).json().code).toBe('CXR_AUTH_TOKEN');
		const response = await signIn(s.token);
		expect(response.statusCode).toBe(204);
		const cookie = String(response.headers['set-cookie']);
		expect(cookie).toMatch(
			/^codexray_session=[\w-]{43}; Max-Age=2592000; HttpOnly; SameSite=Strict; Path=\/$/,
		);
		const headers = { ...host, cookie: `other=1; ${cookie.split(';')[0]}` };
		const session = async () => (await s.app.inject({ url: '/api/session', headers })).statusCode;
		expect(await session()).toBe(200);
		expect((await s.app.inject({ url: '/api/map', headers })).statusCode).toBe(200);
		// A cookie is what browsers send by themselves: it opens no way in for data.
		expect((await post('/v1/metrics', one(), { ...headers, 'x-api-key': '' })).statusCode).toBe(401);
		now += 31 * 24 * 3_600_000;
		expect(await session()).toBe(401);
		now -= 31 * 24 * 3_600_000;
		expect(await session()).toBe(200);
		expect((await s.app.inject({ method: 'DELETE', url: '/api/session', headers })).statusCode).toBe(204);
		expect(await session()).toBe(401);
		const kept = JSON.stringify([...s.secrets.settings, ...s.secrets.sessions]);
		for (const secret of [s.token, s.key]) expect(kept).not.toContain(secret);
	});

	it('throttles failed sign-ins of an address', async () => {
		const own = await make();
		const attempt = (token: string, remoteAddress = '10.0.0.1') =>
			own.app.inject({
				method: 'POST',
				url: '/api/session',
				payload: { token },
				headers: host,
				remoteAddress,
			});
		for (let i = 0; i < 10; i++) expect((await attempt('no')).statusCode).toBe(401);
		const throttled = await attempt(own.token);
		expect([throttled.statusCode, throttled.headers['retry-after']]).toEqual([429, '60']);
		expect((await attempt(own.token, '10.0.0.2')).statusCode).toBe(204);
		now += 61_000;
		expect((await attempt(own.token)).statusCode).toBe(204);
	});

	it('answers only for host names that are its own', async () => {
		const status = async (app: FastifyInstance, name: string | undefined, url = '/api/session') =>
			(await app.inject({ url, headers: { host: name } })).statusCode;
		for (const name of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:9'])
			expect(await status(s.app, name)).toBe(401);
		for (const name of ['evil.example', '10.0.0.5', 'localhost.evil.example', '127.0.0.1.evil.example']) {
			expect(await status(s.app, name), name).toBe(421);
			expect(await status(s.app, name, '/'), name).toBe(421);
		}
		expect(await status(s.app, 'evil.example', '/healthz')).toBe(200);
		const wide = await make({ listenHost: '0.0.0.0', hostNames: ['codexray.example'] });
		expect(await status(wide.app, '10.0.0.5:80')).toBe(401);
		expect(await status(wide.app, 'codexray.example')).toBe(401);
		expect(await status(wide.app, 'evil.example')).toBe(421);
		expect((await post('/v1/metrics', one(), { host: 'server.monitoring.svc' })).statusCode).toBe(200);
	});

	it('refuses changes that another site asks for', async () => {
		const from = async (headers: Record<string, string>) =>
			(
				await s.app.inject({
					method: 'POST',
					url: '/api/session',
					payload: { token: s.token },
					headers: { ...host, ...headers },
				})
			).statusCode;
		expect(await from({ origin: 'http://127.0.0.1:8080' })).toBe(204);
		expect(await from({ origin: 'http://evil.example' })).toBe(403);
		expect(await from({ origin: 'null' })).toBe(403);
		expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403);
		expect(await from({ 'sec-fetch-site': 'same-origin' })).toBe(204);
	});
});

describe('API', () => {
	const get = (url: string) => s.app.inject({ url, headers: { ...host, 'x-api-key': s.key } });

	it('describes itself', async () => {
		const { openapi, paths } = (await get('/api/openapi.json')).json();
		expect(openapi).toBe('3.1.0');
		expect(Object.keys(paths).sort()).toEqual([
			'/api/applications/{id}',
			'/api/logs',
			'/api/logs/histogram',
			'/api/logs/patterns',
			'/api/logs/services',
			'/api/map',
			'/api/nodes',
			'/api/nodes/{id}',
			'/api/profiles/flame',
			'/api/profiles/pprof',
			'/api/profiles/services',
			'/api/recording',
			'/api/session',
			'/api/status',
			'/api/traces',
			'/api/traces/heatmap',
			'/api/traces/services',
			'/api/traces/{traceId}',
			'/api/v1/write',
			'/v1/logs',
			'/v1/metrics',
			'/v1/profiles',
			'/v1/traces',
		]);
		expect(
			paths['/api/map'].get.responses['200'].content['application/json'].schema.properties.edges,
		).toBeTruthy();
	});

	it('tells whoever has a key that bodies come by POST', async () => {
		for (const url of ['/v1/logs', '/v1/traces', '/v1/profiles', '/v1/metrics', '/api/v1/write'])
			for (const method of ['GET', 'PUT', 'OPTIONS'] as const) {
				const stranger = await s.app.inject({ method, url, headers: host });
				expect([url, stranger.statusCode, stranger.headers.allow]).toEqual([url, 401, undefined]);
				const known = await s.app.inject({ method, url, headers: { 'x-api-key': s.key } });
				expect([url, known.statusCode, known.headers.allow]).toEqual([url, 405, 'POST']);
			}
	});

	it('says that logs and traces are off, and why', async () => {
		const reason = 'There is no engine in this test.';
		const { features } = (await get('/api/status')).json();
		expect(features).toEqual([
			...['logs', 'traces', 'profiles'].map((feature) => ({
				...{ feature, ok: false, state: 'off', tier: null, reason },
				works: 'Metrics, the service map and the pages of applications.',
				...{ missing: 'an engine', command: 'npm install it' },
			})),
		]);
		for (const url of ['/api/logs', `/api/traces/${'a'.repeat(32)}`]) {
			const response = await get(url);
			expect([response.statusCode, response.json().code]).toEqual([501, 'CXR_SIGNALS_OFF']);
			expect(response.json().detail).toBe(reason);
		}
		for (const url of ['/api/logs?severity=loud', '/api/logs?limit=0', '/api/traces/xyz'])
			expect((await get(url)).statusCode).toBe(400);
		for (const url of ['/api/logs', '/v1/logs'])
			expect((await s.app.inject({ method: 'POST', url, headers: host })).statusCode).toBeGreaterThanOrEqual(
				401,
			);
		expect((await s.app.inject({ url: '/api/logs', headers: host })).statusCode).toBe(401);
	});

	it('refuses bad ranges and unknown applications in words', async () => {
		for (const query of ['from=5&to=5', 'from=x', `from=0&to=${now}`, 'from=-1', 'from=1e30']) {
			const response = await get(`/api/map?${query}`);
			expect(response.statusCode, query).toBe(400);
			expect(response.json().code).toMatch(/^CXR_(QUERY_RANGE|HTTP_BAD_REQUEST)$/);
		}
		expect((await get('/api/applications/p:_:Unknown:none')).json().code).toBe('CXR_MODEL_NO_APPLICATION');
		expect((await get('/api/none')).json().code).toBe('CXR_HTTP_NOT_FOUND');
	});

	it('says what nodes are and use, and what each application uses', async () => {
		const n = { machine_id: 'm7', system_uuid: 'U-7' };
		const web = { ...n, container_id: '/docker/web' };
		const ago = (...values: number[]): [number, number][] =>
			values.map((value, i) => [now - 1000 - 15_000 * (values.length - 1 - i), value]);
		const series = (name: string, labels: Record<string, string>, ...values: number[]): TestSeries => ({
			labels: { __name__: name, ...labels },
			samples: ago(...values),
		});
		const sent = await post(
			'/v1/metrics',
			bodyOf([
				series('node_info', { ...n, hostname: 'box', kernel_version: '6.1' }, 1, 1, 1),
				series('node_resources_cpu_usage_seconds_total', { ...n, mode: 'idle' }, 0, 15, 30),
				series('node_resources_cpu_usage_seconds_total', { ...n, mode: 'user' }, 0, 5, 10),
				series('container_info', web, 1, 1, 1),
				series('container_resources_cpu_usage_seconds_total', web, 0, 3, 6),
				series('container_resources_cpu_limit_cores', web, 0.5, 0.5, 0.5),
			]),
		);
		expect(sent.statusCode).toBeLessThan(300);
		const range = `from=${now - 300_000}&to=${now}`;
		const { nodes } = (await get(`/api/nodes?${range}`)).json();
		expect(nodes).toMatchObject([{ id: 'm7:u7', name: 'box', status: 'ok', cpu: 0.25, memory: null }]);
		const report = (await get(`/api/nodes/${encodeURIComponent(nodes[0].id)}?${range}`)).json();
		expect(report.consumers[0].application.id).toBe('p:_:Unknown:web');
		expect(report.consumers[0].cpuCores).toBeCloseTo(0.2);
		const { resources } = (
			await get(`/api/applications/${report.consumers[0].application.id}?${range}`)
		).json();
		expect(resources.times).toHaveLength(resources.instances[0].cpu.usage.length);
		// The newest step may have begun after the newest sample.
		const newest = (column: (number | null)[]) => column.findLast((value) => value !== null);
		expect(newest(resources.instances[0].cpu.usage)).toBeCloseTo(0.2);
		expect(newest(resources.instances[0].cpu.limit)).toBe(0.5);
		expect(resources.instances[0].memory.rss).toBeNull();
		const none = await get(`/api/nodes/m8?${range}`);
		expect([none.statusCode, none.json().code]).toEqual([404, 'CXR_MODEL_NO_NODE']);
		expect((await get('/api/nodes?from=5&to=5')).statusCode).toBe(400);
	});

	it('says how ingest is', async () => {
		const status = (await get('/api/status')).json();
		expect(status).toMatchObject({ version: '1.2.3', project: { id: 'p', name: 'P' } });
		expect(status.ingest.series).toBeGreaterThan(0);
	});
});

describe('pages', () => {
	const webDir = mkdtempSync(join(tmpdir(), 'web-'));
	mkdirSync(join(webDir, 'assets'));
	writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>Codexray</title>');
	writeFileSync(join(webDir, 'assets', 'app-1a2b3c4d.js'), 'export {};');
	afterAll(() => rmSync(webDir, { recursive: true }));

	it('serves files with ETag and policy, and the page for its own paths', async () => {
		const { app } = await make({ webDir });
		const get = (url: string, headers = {}) => app.inject({ url, headers: { ...host, ...headers } });
		for (const url of ['/', '/?token=abc', '/applications/p:_:Unknown:python3.11?from=1', '/index.html']) {
			const page = await get(url);
			expect(page.body, url).toContain('<title>Codexray');
			expect(page.headers['content-security-policy']).toContain("script-src 'self';");
			expect(page.headers['referrer-policy']).toBe('no-referrer');
			expect(page.headers['cache-control']).toBe('no-cache');
		}
		const script = await get('/assets/app-1a2b3c4d.js');
		expect(script.headers['content-type']).toContain('javascript');
		expect(script.headers['cache-control']).toContain('immutable');
		const again = await get('/assets/app-1a2b3c4d.js', { 'if-none-match': String(script.headers.etag) });
		expect(again.statusCode).toBe(304);
		expect((await get('/assets/none.js')).statusCode).toBe(404);
		expect((await get('/..%2f..%2fetc%2fpasswd')).body).not.toContain('root:');
		expect((await s.app.inject({ url: '/', headers: host })).statusCode).toBe(503);
	});
});
