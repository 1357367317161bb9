import { expect, test } from 'vitest';
import { Labels } from '../../exposition/labels.ts';
import { counter, gauge, histogram, Snapshot } from '../../exposition/snapshot.ts';
import { spanBatch } from '../testing/span-batch.ts';
import { LiveEdges } from './live-edges.ts';
import { OTHERS } from './live-view.ts';

interface Traffic {
	client?: string;
	to?: string;
	protocol?: string;
	/** By status. */
	requests?: Record<string, number>;
	/** Of DEFAULT_BOUNDS; where it is not given all requests are timed, in the third. */
	buckets?: number[];
	connects?: number;
	failed?: number;
	active?: number;
	sent?: number;
}

interface Moment {
	out?: Traffic[];
	in?: { server: string; requests: Record<string, number> }[];
	listens?: Record<string, string>;
	lost?: number;
}

const thirdBucket = (n: number) => [0, 0, n, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** What the agent would say at this second. */
function at(second: number, moment: Moment): Snapshot {
	const snapshot = new Snapshot(second * 1000);
	const add = (name: string, value: number | undefined, ...pairs: [string, string][]) => {
		if (value !== undefined) snapshot.add(counter(name, ''), new Labels(pairs), value);
	};
	for (const { client = '/host/web', to = '10.0.0.2:80', protocol = 'http', ...traffic } of moment.out ??
		[]) {
		const pairs: [string, string][] = [
			['container_id', client],
			['destination', to],
			['actual_destination', to],
		];
		add('container_net_tcp_successful_connects_total', traffic.connects, ...pairs);
		add('container_net_tcp_failed_connects_total', traffic.failed, ...pairs.slice(0, 2));
		add('container_net_tcp_active_connections', traffic.active, ...pairs);
		add('container_net_tcp_bytes_sent_total', traffic.sent, ...pairs);
		const noun = protocol === 'http' ? 'requests' : 'queries';
		for (const [status, count] of Object.entries(traffic.requests ?? {}))
			add(`container_${protocol}_${noun}_total`, count, ...pairs, ['status', status]);
		if (traffic.requests !== undefined)
			snapshot.addHistogram(
				histogram(`container_${protocol}_${noun}_duration_seconds_total`, ''),
				new Labels(pairs),
				traffic.buckets ?? thirdBucket(Object.values(traffic.requests).reduce((sum, n) => sum + n)),
				0,
			);
	}
	for (const { server, requests } of moment.in ?? [])
		for (const [status, count] of Object.entries(requests))
			add('container_http_inbound_requests_total', count, ['container_id', server], ['status', status]);
	for (const [address, container] of Object.entries(moment.listens ?? {}))
		snapshot.add(
			gauge('container_net_tcp_listen_info', ''),
			new Labels([
				['container_id', container],
				['listen_addr', address],
			]),
			1,
		);
	// Neither is an edge.
	add('container_log_messages_total', 1000 * second, ['container_id', '/host/web'], ['level', 'info']);
	add('container_dns_requests_total', 1000 * second, ['container_id', '/host/web'], ['domain', 'a.test']);
	add('codexray_agent_stage_dropped_total', moment.lost, ['stage', 'ring_data'], ['reason', 'lost_data']);
	add('codexray_agent_stage_dropped_total', 1e6 * second, ['stage', 'capture'], ['reason', 'muted']);
	return snapshot;
}

const live = (ticks = 10) =>
	new LiveEdges({ ticks, containerOf: (pid) => (pid === 1 ? '/host/web' : `/host/p${pid}`) });
const get = (path: string, more: object = {}) => ({
	attributes: { 'http.request.method': 'GET', 'http.url': `http://x${path}`, ...more },
});

test('before the second tick there is nothing to say', () => {
	const edges = live();
	expect(edges.view()).toMatchObject({ seconds: 0, edges: [] });
	edges.add(at(10, { out: [{ requests: { '2xx': 500 } }] }));
	expect(edges.view()).toMatchObject({ seconds: 0, edges: [] });
});

test('rates are of the window, by what came in it', () => {
	const edges = live(2);
	const says = (second: number, ok: number, failed: number) =>
		edges.add(
			at(second, {
				out: [{ requests: { '2xx': ok, '4xx': 1, '5xx': failed }, connects: ok, sent: ok * 100, active: 7 }],
			}),
		);
	says(10, 1000, 5);
	says(11, 1010, 5);
	expect(edges.view()).toMatchObject({ time: 11_000, seconds: 1 });
	expect(edges.view().edges).toMatchObject([
		{
			client: '/host/web',
			server: '10.0.0.2:80',
			protocols: ['http'],
			requestsPerSecond: 10,
			errorsPerSecond: 0,
		},
	]);
	says(12, 1020, 15);
	says(13, 1020, 25);
	const view = edges.view();
	expect(view.seconds).toBe(2);
	expect(view.edges).toMatchObject([
		{
			requestsPerSecond: 15,
			errorsPerSecond: 10,
			connectsPerSecond: 5,
			bytesSentPerSecond: 500,
			activeConnections: 7,
		},
	]);
});

test('an edge leads to who listens there, several addresses of one are one edge', () => {
	const edges = live();
	const listens = { '10.0.0.2:80': '/docker/shop', '10.0.0.3:80': '/docker/shop' };
	const says = (second: number, n: number) =>
		edges.add(
			at(second, {
				listens,
				out: [
					{ to: '10.0.0.2:80', requests: { '2xx': n }, active: 1 },
					{ to: '10.0.0.3:80', requests: { '2xx': n }, active: 2 },
					{ to: '10.0.0.4:80', requests: { '2xx': n } },
				],
			}),
		);
	says(1, 0);
	says(2, 10);
	expect(edges.view().edges).toMatchObject([
		{ server: '/docker/shop', requestsPerSecond: 20, activeConnections: 3 },
		{ server: '10.0.0.4:80', requestsPerSecond: 10, activeConnections: 0 },
	]);
});

test('a name that is found later makes no jump', () => {
	const edges = live();
	edges.add(at(1, { out: [{ requests: { '2xx': 1_000 } }] }));
	edges.add(at(2, { out: [{ requests: { '2xx': 1_010 } }], listens: { '10.0.0.2:80': '/docker/shop' } }));
	expect(edges.view().edges).toMatchObject([{ server: '/docker/shop', requestsPerSecond: 10 }]);
});

test('quiet edges are left out, failing and open ones are not', () => {
	const edges = live();
	const out = (failed: number) => [
		{ to: '10.0.0.1:1', requests: { '2xx': 5 } },
		{ to: '10.0.0.2:2', failed },
		{ to: '10.0.0.3:3', active: 1 },
	];
	edges.add(at(1, { out: out(0) }));
	edges.add(at(3, { out: out(3) }));
	const found = edges.view().edges.sort((a, b) => (a.server < b.server ? -1 : 1));
	expect(found).toMatchObject([
		{ server: '10.0.0.2:2', protocols: [], failedConnectsPerSecond: 1.5, requestsPerSecond: 0 },
		{ server: '10.0.0.3:3', activeConnections: 1, failedConnectsPerSecond: 0 },
	]);
});

test('what a server answered and nobody here asked comes from others', () => {
	const edges = live();
	const says = (second: number, inside: number, all: number) =>
		edges.add(
			at(second, {
				listens: { '10.0.0.2:80': '/docker/shop' },
				out: [{ requests: { '2xx': inside } }],
				in: [
					{ server: '/docker/shop', requests: { '2xx': all, '5xx': second } },
					{ server: '/docker/alone', requests: { '2xx': second } },
				],
			}),
		);
	says(1, 0, 0);
	says(2, 100, 140);
	expect(edges.view().edges).toMatchObject([
		{ client: '/host/web', server: '/docker/shop', requestsPerSecond: 100 },
		{ client: OTHERS, server: '/docker/shop', requestsPerSecond: 41, errorsPerSecond: 1 },
		{ client: OTHERS, server: '/docker/alone', requestsPerSecond: 1 },
	]);
});

test('the two ends of a request are counted a moment apart: no others are made of it', () => {
	const edges = live();
	const says = (second: number, asked: number, answered: number) =>
		edges.add(
			at(second, {
				listens: { '10.0.0.2:80': '/docker/shop' },
				out: [{ requests: { '2xx': asked } }],
				in: [{ server: '/docker/shop', requests: { '2xx': answered } }],
			}),
		);
	says(1, 0, 0);
	says(2, 100, 103);
	expect(edges.view().edges).toHaveLength(1);
});

test('details come from spans: by route or statement, with exact latencies', () => {
	const edges = live();
	edges.add(
		at(1, {
			out: [{ requests: { '2xx': 0 } }, { to: '10.0.0.9:5432', protocol: 'postgres', requests: { ok: 0 } }],
		}),
	);
	const web = { pid: 1, role: 'outbound', address: '10.0.0.2' } as const;
	const database = { ...web, address: '10.0.0.9', port: 5432 };
	edges.addSpans(
		spanBatch(
			...[1, 2, 3, 4].map((i) => ({ ...web, ms: i * 10, ...get(`/orders/${i}?x=REDACTED`) })),
			{ ...web, ms: 500, failed: true, ...get('/orders', { 'http.response.status_code': 503 }) },
			{ ...web, ms: 1, failed: true, ...get('/orders', { 'http.response.status_code': 404 }) },
			{
				...{ ...database, ms: 7, failed: true, name: 'SELECT' },
				attributes: { 'db.system': 'postgresql', 'db.statement': 'SELECT * FROM orders WHERE id = ?' },
			},
		),
	);
	edges.add(
		at(3, {
			out: [
				{ requests: { '2xx': 4, '4xx': 1, '5xx': 1 } },
				{ to: '10.0.0.9:5432', protocol: 'postgres', requests: { failed: 1 } },
			],
		}),
	);
	const [shop, db] = edges.view().edges;
	expect(shop).toMatchObject({ detailed: 1, latency: { p50: 0.02, p95: 0.5, max: 0.5 } });
	expect(shop!.details).toEqual([
		{
			...{ protocol: 'http', detail: 'GET /orders/{id}', requestsPerSecond: 2, errorsPerSecond: 0 },
			latency: { p50: 0.02, p95: 0.04, max: 0.04 },
		},
		{
			...{ protocol: 'http', detail: 'GET /orders', requestsPerSecond: 1, errorsPerSecond: 0.5 },
			latency: { p50: 0.001, p95: 0.5, max: 0.5 },
		},
	]);
	expect(db).toMatchObject({
		...{ protocols: ['postgres'], requestsPerSecond: 0.5, errorsPerSecond: 0.5 },
		details: [{ protocol: 'postgresql', detail: 'SELECT * FROM orders WHERE id = ?', errorsPerSecond: 0.5 }],
	});
});

test('where only some requests became spans, percentiles come from the buckets, and it is said', () => {
	const edges = live();
	edges.add(at(1, { out: [{ requests: { '2xx': 0 } }] }));
	edges.addSpans(spanBatch({ pid: 1, role: 'outbound', address: '10.0.0.2', ms: 24, ...get('/') }));
	edges.add(at(2, { out: [{ requests: { '2xx': 4 } }] }));
	expect(edges.view().edges).toMatchObject([{ detailed: 0.25, latency: { p50: 0.0175, max: 0.024 } }]);
});

test('commands that wait for data are no latency of their edge', () => {
	const edges = live();
	const redis = { to: '10.0.0.2:80', protocol: 'redis' };
	edges.add(at(1, { out: [{ ...redis, requests: { ok: 0 } }] }));
	const command = (text: string, ms: number) => ({
		...{ pid: 1, role: 'outbound' as const, address: '10.0.0.2', ms },
		attributes: { 'db.system': 'redis', 'db.statement': text },
	});
	edges.addSpans(spanBatch(command('GET x', 20), command('BLPOP jobs', 5000)));
	edges.add(at(2, { out: [{ ...redis, requests: { ok: 2 }, buckets: thirdBucket(1) }] }));
	const [edge] = edges.view().edges;
	expect(edge!.latency).toEqual({ p50: 0.0175, p95: expect.closeTo(0.02425, 5), max: null });
	expect(edge!.details).toMatchObject([
		{ detail: 'GET x', latency: { max: 0.02 } },
		{ detail: 'BLPOP jobs', latency: { max: 5 } },
	]);
});

test('spans leave with the window', () => {
	const edges = live(2);
	const says = (second: number) => edges.add(at(second, { out: [{ requests: { '2xx': 10 }, active: 1 }] }));
	// Before the window began.
	edges.addSpans(spanBatch({ pid: 1, role: 'outbound', address: '10.0.0.2', ms: 9, ...get('/early') }));
	says(1);
	edges.addSpans(spanBatch({ pid: 1, role: 'outbound', address: '10.0.0.2', ms: 9, ...get('/first') }));
	says(2);
	edges.addSpans(spanBatch({ pid: 1, role: 'outbound', address: '10.0.0.2', ms: 9, ...get('/second') }));
	says(3);
	const details = () => edges.view().edges[0]!.details.map(({ detail }) => detail);
	expect(details()).toEqual(['GET /first', 'GET /second']);
	says(4);
	expect(details()).toEqual(['GET /second']);
	says(5);
	expect(details()).toEqual([]);
});

test('beyond a bound of routes the rest is one row', () => {
	const edges = live();
	edges.add(at(1, { out: [{ requests: { '2xx': 0 } }] }));
	const paths = Array.from({ length: 700 }, (_, i) => `/page-${i.toString(36)}x`);
	edges.addSpans(
		spanBatch(
			...paths.map((path) => ({
				pid: 1,
				role: 'outbound' as const,
				address: '10.0.0.2',
				ms: 1,
				...get(path),
			})),
		),
	);
	edges.add(at(2, { out: [{ requests: { '2xx': 700 } }] }));
	const { details } = edges.view().edges[0]!;
	expect(details).toHaveLength(501);
	expect(details.at(-1)).toMatchObject({ detail: 'everything else', requestsPerSecond: 200 });
});

test('what the kernel lost in the window is said', () => {
	const edges = live();
	edges.add(at(1, { lost: 3 }));
	edges.add(at(2, { lost: 5 }));
	expect(edges.view().lost).toBe(2);
});
