import { describe, expect, it } from 'vitest';
import { Estate, FROM, TIMES, TO } from '../testing/estate.ts';
import { identifyContainer } from './application-id.ts';
import { ModelCache } from './model-cache.ts';
import { applicationReport } from './views.ts';

const LISTEN = 'container_net_tcp_listen_info';
const ids = (apps: { id: string }[]) => apps.map((a) => a.id);

describe('applications out of container ids', () => {
	it.each([
		['/host/nginx', 'c:_:Unknown:nginx', 'nginx@n1'],
		['/system.slice/docker.service', 'c:_:Unknown:docker', 'docker@n1'],
		['/docker/shop-web-1', 'c:_:Unknown:shop-web-1', 'shop-web-1@n1'],
		['/k8s/shop/web-7d4b9-x2x/app', 'c:shop:Pod:web-7d4b9-x2x', 'web-7d4b9-x2x'],
		['/k8s-cronjob/shop/report/app', 'c:shop:CronJob:report', 'report@n1'],
		['/nomad/default/shop/web/1a2b/server', 'c:default:NomadJobGroup:shop.web', 'web-1a2b'],
		['/swarm/_/web/2', 'c:_:DockerSwarmService:web', 'web.2'],
	])('%s', (containerId, id, instance) => {
		const got = identifyContainer(containerId, 'c', 'n1');
		const { cluster, namespace, kind, name } = got.application;
		expect([`${cluster}:${namespace || '_'}:${kind}:${name}`, got.instance]).toEqual([id, instance]);
	});
});

describe('the map', () => {
	const at = (listen: string) => ({ destination: listen, actual_destination: listen });

	it('links a caller to who listens, with what the caller saw', async () => {
		const e = new Estate();
		const n = e.node('m1');
		e.add('node_info', { ...n, hostname: 'box', kernel_version: '6.1' }, () => 1)
			.add(LISTEN, { ...n, container_id: '/docker/back', listen_addr: '10.0.0.2:80' }, () => 1)
			.requests({ ...n, container_id: '/docker/front', ...at('10.0.0.2:80') }, 9, 1)
			.requests({ ...n, container_id: '/docker/back' }, 9, 1, 0, 'container_http_inbound_requests')
			.add(
				'container_net_tcp_successful_connects_total',
				{ ...n, container_id: '/docker/front', ...at('10.0.0.2:80') },
				(i) => i * 3,
			)
			.add(
				'container_net_tcp_active_connections',
				{ ...n, container_id: '/docker/front', ...at('10.0.0.2:80') },
				() => 20,
			)
			.add(
				'container_net_tcp_bytes_sent_total',
				{ ...n, container_id: '/docker/front', ...at('10.0.0.2:80') },
				(i) => i * 1500,
			);
		const map = await e.map();
		expect(ids(map.applications)).toEqual(['c:_:Unknown:back', 'c:_:Unknown:front']);
		const [edge] = map.edges;
		expect(edge).toMatchObject({
			from: 'c:_:Unknown:front',
			to: 'c:_:Unknown:back',
			protocols: ['http'],
			errorRatio: 0.1,
			activeConnections: 20,
			bytesSentPerSecond: 100,
			failedConnectsPerSecond: 0,
		});
		expect(edge!.requestsPerSecond).toBeCloseTo(10 / 15);
		expect(edge!.connectsPerSecond).toBeCloseTo(0.2);
		expect(edge!.latencyP50).toBeCloseTo(0.0075);
		const report = applicationReport(
			(await e.world()).applications.get('c:_:Unknown:back')!,
			await e.world(),
			TO,
		);
		expect(report.requests.side).toBe('inbound');
		expect(report.requests.totals).toEqual({ '2xx': 9 * 39, '5xx': 39 });
		expect(report.instances[0]).toMatchObject({ name: 'back@box', node: 'box', listens: ['10.0.0.2:80'] });
		expect(report.clients.map((c) => c.application.name)).toEqual(['front']);
		const rates = report.requests.byStatus[0]!.perSecond.filter((r) => r !== null);
		for (const rate of rates.slice(1)) expect(rate).toBeCloseTo(9 / 15);
		expect(report.latency.heatmap.bounds).toEqual([0.005, 0.01, 1, 2.5, null]);
		expect(report.latency.heatmap.counts[20]).toEqual([0, 10, 0, 0, 0]);
	});

	it('databases are asked like services, and known by what they speak', async () => {
		const e = new Estate();
		const n = e.node('m1');
		const app = { ...n, container_id: '/docker/app' };
		const pg = { ...n, container_id: '/docker/pg' };
		e.add(LISTEN, { ...pg, listen_addr: '10.0.0.3:5432' }, () => 1)
			.add('container_application_type', { ...pg, application_type: 'postgres' }, () => 1)
			.requests({ ...app, ...at('10.0.0.3:5432') }, 9, 1, 0, 'container_postgres_queries')
			.requests(pg, 9, 1, 0, 'container_postgres_inbound_queries')
			.requests({ ...app, ...at('203.0.113.9:6379') }, 4, 0, 0, 'container_redis_queries');
		const map = await e.map();
		const byName = new Map(map.applications.map((each) => [each.name, each]));
		expect(byName.get('pg')).toMatchObject({
			types: ['postgres'],
			status: 'crit',
			sentence: 'Fails 10\u202f% of requests.',
			errorRatio: 0.1,
		});
		expect(byName.get('pg')!.latencyP50).toBeCloseTo(0.0075);
		expect(byName.get('203.0.113.9:6379')).toMatchObject({ kind: 'ExternalService', types: ['redis'] });
		expect(map.edges.map((edge) => [edge.protocols, edge.errorRatio])).toEqual([
			[['postgres'], 0.1],
			[['redis'], 0],
		]);
		const world = await e.world();
		const { requests } = applicationReport(world.applications.get('c:_:Unknown:pg')!, world, TO);
		expect([requests.side, requests.totals]).toEqual(['inbound', { ok: 9 * 39, failed: 39 }]);
	});

	it('loopback belongs to one node, other addresses to the nearest', async () => {
		const e = new Estate();
		for (const machine of ['m1', 'm2']) {
			const n = e.node(machine);
			e.add(LISTEN, { ...n, container_id: `/host/db-${machine}`, listen_addr: '127.0.0.1:5432' }, () => 1);
			e.add(LISTEN, { ...n, container_id: `/docker/web-${machine}`, listen_addr: '172.17.0.2:80' }, () => 1);
			e.requests({ ...n, container_id: `/host/app-${machine}`, ...at('127.0.0.1:5432') }, 1);
			e.requests({ ...n, container_id: `/host/app-${machine}`, ...at('172.17.0.2:80') }, 1);
		}
		const links = (await e.map()).edges.map((l) => `${l.from} ${l.to}`.replaceAll('c:_:Unknown:', ''));
		expect(links).toEqual(['app-m1 db-m1', 'app-m1 web-m1', 'app-m2 db-m2', 'app-m2 web-m2']);
	});

	it('what nobody known answers is an external service, by its best name', async () => {
		const e = new Estate();
		const n = { ...e.node('m1'), container_id: '/host/app' };
		e.requests({ ...n, destination: 'api.example.com:443', actual_destination: '' }, 1)
			.requests({ ...n, ...at('203.0.113.7:80') }, 1)
			.requests({ ...n, ...at('203.0.113.8:80') }, 1)
			.add('ip_to_fqdn', { ...e.node('m1'), ip: '203.0.113.8', fqdn: 'cdn.example.net' }, () => 1)
			.add('container_net_tcp_failed_connects_total', { ...n, destination: '[2001:db8::1]:5432' }, (i) => i);
		const apps = (await e.map()).applications.filter((a) => a.kind === 'ExternalService');
		expect(ids(apps)).toEqual([
			'external:external:ExternalService:203.0.113.7:80',
			'external:external:ExternalService:[2001:db8::1]:5432',
			'external:external:ExternalService:api.example.com:443',
			'external:external:ExternalService:cdn.example.net:80',
		]);
		expect(apps[0]!.requestsPerSecond).toBeCloseTo(1 / 15);
	});

	it('an address that was taken over belongs to who has it open now', async () => {
		const e = new Estate();
		const n = e.node('m1');
		e.add(LISTEN, { ...n, container_id: '/host/old', listen_addr: '10.0.0.1:80' }, () => 0)
			.add(LISTEN, { ...n, container_id: '/host/new', listen_addr: '10.0.0.1:80' }, () => 1)
			.requests({ ...n, container_id: '/host/app', ...at('10.0.0.1:80') }, 1);
		expect((await e.map()).edges.map((l) => l.to)).toEqual(['c:_:Unknown:new']);
	});

	it('what a stale marker ended is neither open nor counted as current', async () => {
		const e = new Estate();
		const n = e.node('m1');
		const over = (value: number) => (i: number) => (i === TIMES.length - 1 ? Number.NaN : value);
		e.add(LISTEN, { ...n, container_id: '/host/old', listen_addr: '10.0.0.1:80' }, over(1))
			.add(LISTEN, { ...n, container_id: '/host/new', listen_addr: '10.0.0.1:80' }, () => 1)
			.requests({ ...n, container_id: '/host/app', ...at('10.0.0.1:80') }, 1)
			.add(
				'container_net_tcp_active_connections',
				{ ...n, container_id: '/host/app', ...at('10.0.0.1:80') },
				over(7),
			);
		const [edge] = (await e.map()).edges;
		expect([edge!.to, edge!.activeConnections]).toEqual(['c:_:Unknown:new', 0]);
	});

	it('says how an application is in one sentence', async () => {
		const e = new Estate();
		const n = e.node('m1');
		e.requests({ ...n, container_id: '/host/fails' }, 93, 7, 0, 'container_http_inbound_requests')
			.requests({ ...n, container_id: '/host/wobbles' }, 98, 2, 0, 'container_http_inbound_requests')
			.requests({ ...n, container_id: '/host/slow' }, 80, 0, 20, 'container_http_inbound_requests')
			.requests({ ...n, container_id: '/host/fine' }, 995, 5, 0, 'container_http_inbound_requests')
			.add('container_info', { ...n, container_id: '/host/gone' }, () => 1, TIMES.slice(0, 10))
			.add(
				'container_http_inbound_requests_total',
				{ ...n, container_id: '/host/turned', status: '200' },
				(i) => i * 10,
			)
			.add(
				'container_http_inbound_requests_total',
				{ ...n, container_id: '/host/turned', status: '500' },
				(i) => Math.max(0, i - 20) * 10,
			);
		const nn = '\u202f';
		const said = Object.fromEntries(
			(await e.map()).applications.map((a) => [a.name, [a.status, a.sentence]]),
		);
		expect(said).toMatchObject({
			fails: ['crit', `Fails 7${nn}% of requests.`],
			wobbles: ['warn', `Fails 2${nn}% of requests.`],
			slow: ['warn', `Takes over 2.2${nn}s for 5${nn}% of requests.`],
			fine: ['ok', null],
			gone: ['unknown', `No samples since ${new Date(TIMES[9]!).toISOString().slice(11, 16)} UTC.`],
		});
		expect(said.turned![1]).toMatch(/^Fails 33\u202f% of requests since \d\d:\d\d UTC\.$/);
	});

	it('an application younger than the range has no latency before its first request', async () => {
		const e = new Estate();
		const labels = { ...e.node('m1'), container_id: '/host/young' };
		e.requests(labels, 80, 0, 20, 'container_http_inbound_requests');
		for (const made of e.made) made.times = TIMES.slice(20);
		const world = await e.world();
		const { latency, application } = applicationReport(
			world.applications.get('c:_:Unknown:young')!,
			world,
			TO,
		);
		const first = latency.times.findIndex((time) => time >= TIMES[20]!);
		expect(first).toBeGreaterThan(10);
		for (const values of [latency.p50, latency.p95, latency.p99]) {
			expect(values.slice(0, first)).toEqual(new Array(first).fill(null));
			expect(values.at(-1)).not.toBeNull();
		}
		expect(application.sentence).toBe('Takes over 2.2\u202fs for 5\u202f% of requests.');
	});

	it('is slow since it was seen to be, not since nothing was asked of it', async () => {
		const e = new Estate();
		const labels = { ...e.node('m1'), container_id: '/host/slowed' };
		const buckets: [string, (sample: number) => number][] = [
			['0.1', (sample) => 100 * Math.min(sample, 9)],
			['2.5', (sample) => 100 * sample],
			['+Inf', (sample) => 100 * sample],
		];
		const seen = [...TIMES.slice(0, 10), ...TIMES.slice(20)];
		for (const [le, count] of buckets)
			e.add('container_http_inbound_requests_duration_seconds_total_bucket', { ...labels, le }, count, seen);
		const [application] = (await e.map()).applications;
		const since = new Date(TIMES[20]!).toISOString().slice(11, 16);
		expect(application!.sentence).toBe(`Takes over 2.33\u202fs for 5\u202f% of requests since ${since} UTC.`);
	});

	it('counts statuses by class and ignores nothing', async () => {
		const e = new Estate();
		const labels = { ...e.node('m1'), container_id: '/host/a' };
		for (const status of ['200', '201', '302', '404', '5xx', 'ok', 'failed', 'unknown', '']) {
			e.add('container_http_inbound_requests_total', { ...labels, status }, (i) => i);
		}
		const world = await e.world();
		const report = applicationReport(world.applications.get('c:_:Unknown:a')!, world, TO);
		expect(report.requests.totals).toEqual({
			'2xx': 78,
			'3xx': 39,
			'4xx': 39,
			'5xx': 39,
			ok: 39,
			failed: 39,
			unknown: 78,
		});
	});
});

describe('model cache', () => {
	it('shares one model between requests until samples come', async () => {
		let now = TO;
		let revision = 1;
		const estate = new Estate();
		const cache = new ModelCache({
			source: {
				select: (m, from, to) => estate.select(m, from, to),
				get revision() {
					return revision;
				},
			},
			cluster: 'c',
			clock: { now: () => now, sleep: async () => {} },
		});
		const [a, b] = await Promise.all([cache.get(FROM, TO), cache.get(FROM + 1, TO - 1)]);
		expect(a).toBe(b);
		now += 5000;
		expect(await cache.get(FROM, TO)).toBe(a);
		revision++;
		expect(await cache.get(FROM, TO)).not.toBe(a);
		for (let i = 0; i < 50; i++) await cache.get(FROM - i * 100_000, TO);
		expect(cache.size).toBe(16);
	});
});

describe('what agents say of their features', () => {
	const status = (feature: string, words: Record<string, string> = {}) => ({
		...{ machine_id: 'm1', system_uuid: 'm1-UUID', feature, tier: '', reason: '', missing: '', command: '' },
		...words,
	});

	it('the last word of each node counts, and what goes on is added', async () => {
		const name = 'codexray_agent_feature_status';
		const refused = { reason: 'EPERM', missing: 'root', command: 'sudo codexray up' };
		const world = await new Estate()
			.add('node_info', { machine_id: 'm1', system_uuid: 'm1-UUID', hostname: 'n1' }, () => 1)
			.add(name, status('socket-data', { tier: 'tracepoint' }), () => 1, TIMES.slice(0, 20))
			.add(name, status('socket-data', refused), () => 0, TIMES.slice(20))
			.add(name, status('connections', { tier: 'tracepoint' }), () => 1)
			.add(name, status('connections', refused), () => 0, TIMES.slice(0, 5))
			.add(name, { ...status('logs'), machine_id: 'm2' }, () => 1)
			.world();
		const node = [...world.nodes.values()].find(({ hostname }) => hostname === 'n1')!;
		expect(node.features()).toEqual([
			{
				...{ feature: 'connections', ok: true, state: 'works', tier: 'tracepoint', reason: null },
				...{ missing: null, works: null, command: null },
			},
			{
				...{ feature: 'socket-data', ok: false, state: 'off', tier: null, ...refused },
				works: expect.stringContaining('Edges'),
			},
		]);
	});
});
