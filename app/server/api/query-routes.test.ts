import { beforeAll, expect, it } from 'vitest';
import type { TestSeries } from '../testing/remote-write-body.ts';
import { bodyOf, HOST, TestServer } from '../testing/test-server.ts';

// What the API answers.

let s: TestServer;
beforeAll(async () => {
	s = await TestServer.start();
});

it('describes itself', async () => {
	const { openapi, paths } = (await s.get('/api/openapi.json')).json();
	expect(openapi).toBe('3.1.0');
	const all = Object.keys(paths).sort();
	// What Prometheus answers stands twice: of the default project, and by project.
	const byProject = '/api/projects/{project}/prometheus';
	const ofPrometheus = all.filter((path) => path.startsWith(byProject));
	expect(ofPrometheus).toContain(`${byProject}/api/v1/query_range`);
	expect(all).toEqual(expect.arrayContaining(ofPrometheus.map((path) => path.slice(byProject.length))));
	const own = all.filter((path) => !/^\/api\/(projects|v1(?!\/write$))\//.test(path));
	expect(own).toEqual([
		'/api/applications/{id}',
		'/api/cardinality',
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
			const stranger = await s.app.inject({ method, url, headers: HOST });
			expect([url, stranger.statusCode, stranger.headers.allow]).toEqual([url, 401, undefined]);
			const known = await s.app.inject({ method, url, headers: { 'x-api-key': s.key } });
			expect([url, known.statusCode, known.headers.allow]).toEqual([url, 405, 'POST']);
		}
});

it('says that logs and traces are off, and why', async () => {
	const reason = 'There is no engine in this test.';
	const { features } = (await s.get('/api/status')).json();
	expect(features).toEqual([
		...['logs', 'traces', 'profiles'].map((feature) => ({
			...{ feature, ok: false, state: 'off', tier: null, reason },
			works: 'Metrics, the service map and the pages of applications.',
			...{ missing: 'an engine', command: 'npm install it' },
		})),
	]);
	for (const url of ['/api/logs', `/api/traces/${'a'.repeat(32)}`]) {
		const response = await s.get(url);
		expect([response.statusCode, response.json().code]).toEqual([501, 'CXR_SIGNALS_OFF']);
		expect(response.json().detail).toBe(reason);
	}
	for (const url of ['/api/logs?severity=loud', '/api/logs?limit=0', '/api/traces/xyz'])
		expect((await s.get(url)).statusCode).toBe(400);
	for (const url of ['/api/logs', '/v1/logs'])
		expect((await s.app.inject({ method: 'POST', url, headers: HOST })).statusCode).toBeGreaterThanOrEqual(
			401,
		);
	expect((await s.app.inject({ url: '/api/logs', headers: HOST })).statusCode).toBe(401);
});

it('refuses bad ranges and unknown applications in words', async () => {
	for (const query of ['from=5&to=5', 'from=x', `from=0&to=${s.now}`, 'from=-1', 'from=1e30']) {
		const response = await s.get(`/api/map?${query}`);
		expect(response.statusCode, query).toBe(400);
		expect(response.json().code).toMatch(/^CXR_(QUERY_RANGE|HTTP_BAD_REQUEST)$/);
	}
	expect((await s.get('/api/applications/p:_:Unknown:none')).json().code).toBe('CXR_MODEL_NO_APPLICATION');
	expect((await s.get('/api/none')).json().code).toBe('CXR_HTTP_NOT_FOUND');
});

it('says what nodes are and use, and what each application uses', async () => {
	const n = { machine_id: 'm7', system_uuid: 'U-7' };
	const web = { ...n, container_id: '/docker/web' };
	const ago = (...values: number[]): [number, number][] =>
		values.map((value, i) => [s.now - 1000 - 15_000 * (values.length - 1 - i), value]);
	const series = (name: string, labels: Record<string, string>, ...values: number[]): TestSeries => ({
		labels: { __name__: name, ...labels },
		samples: ago(...values),
	});
	const sent = await s.post(
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
	const range = `from=${s.now - 300_000}&to=${s.now}`;
	const { nodes } = (await s.get(`/api/nodes?${range}`)).json();
	expect(nodes).toMatchObject([
		{ id: 'm7:u7', name: 'box', status: 'ok', cpu: expect.closeTo(0.25), memory: null },
	]);
	const report = (await s.get(`/api/nodes/${encodeURIComponent(nodes[0].id)}?${range}`)).json();
	expect(report.consumers[0].application.id).toBe('p:_:Unknown:web');
	expect(report.consumers[0].cpuCores).toBeCloseTo(0.2);
	const { resources } = (
		await s.get(`/api/applications/${report.consumers[0].application.id}?${range}`)
	).json();
	expect(resources.times).toHaveLength(resources.instances[0].cpu.usage.length);
	// The newest step may have begun after the newest sample.
	const newest = (column: (number | null)[]) => column.findLast((value) => value !== null);
	expect(newest(resources.instances[0].cpu.usage)).toBeCloseTo(0.2);
	expect(newest(resources.instances[0].cpu.limit)).toBe(0.5);
	expect(resources.instances[0].memory.rss).toBeNull();
	const none = await s.get(`/api/nodes/m8?${range}`);
	expect([none.statusCode, none.json().code]).toEqual([404, 'CXR_MODEL_NO_NODE']);
	expect((await s.get('/api/nodes?from=5&to=5')).statusCode).toBe(400);
});

it('says how ingest is', async () => {
	const status = (await s.get('/api/status')).json();
	expect(status).toMatchObject({ version: '1.2.3', project: { id: 'p', name: 'P' } });
	expect(status.ingest.series).toBeGreaterThan(0);
	expect(status.lostMetrics).toEqual([]);
	s.store.noteLost({ fromHour: 1, toHour: 2, place: 'a file', reason: 'damaged' });
	expect((await s.get('/api/status')).json().lostMetrics).toEqual([
		{ from: 3_600_000, to: 10_800_000, place: 'a file', reason: 'damaged' },
	]);
});
