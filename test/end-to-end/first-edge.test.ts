import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApplicationReport, ApplicationSummary, ServiceMap } from '../product/api-types.ts';
import { Product, seriesOf } from '../product/product.ts';
import { bareShop, type ClientReport, containerShop, type Shop } from '../product/shop.ts';
import { until } from '../product/waiting.ts';

// From real sockets through the kernel, the agent, remote write, the chunk store and the model to the API: every request
// is counted once, on both sides of both connections.

const KEPT = 10_000;
const FRESH = 1_000;
/** Upper bounds of the agent's histogram, seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const bucketOf = (seconds: number) => BOUNDS.findIndex((bound) => seconds <= bound);
const quantile = (sorted: number[], q: number) => sorted[Math.ceil(sorted.length * q) - 1]!;

/** Counts that are not zero. */
const counted = (totals: Record<string, number>) =>
	Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0));
const sum = (a: Record<string, number>, b: Record<string, number>) =>
	Object.fromEntries(Object.keys(a).map((status) => [status, a[status]! + (b[status] ?? 0)]));

const CASES = [
	{ place: 'plain processes', makeShop: bareShop, runtime: 'node', prefix: '/host/' },
	{ place: 'runc containers', makeShop: containerShop, runtime: 'node', prefix: '/runc/' },
	{ place: 'plain processes', makeShop: bareShop, runtime: 'deno', prefix: '/host/' },
	{ place: 'runc containers', makeShop: containerShop, runtime: 'deno', prefix: '/runc/' },
];

describe.each(CASES)('$place, server on $runtime', ({ makeShop, runtime, prefix }) => {
	const product = new Product();
	let shop: Shop;
	let kept: ClientReport;
	let fresh: ClientReport;

	beforeAll(async () => {
		await product.start(['--runtime', runtime]);
		shop = await makeShop();
		[kept, fresh] = await Promise.all([shop.keepAlive(KEPT), shop.newConnections(FRESH)]);
		product.flush();
	});

	afterAll(async () => {
		shop?.close();
		await product.remove();
	});

	const application = async (name: string): Promise<ApplicationSummary | undefined> => {
		const map = await product.api<ServiceMap>('/api/map');
		return map.applications.find((each) => each.name === name);
	};
	const report = async (name: string): Promise<ApplicationReport> => {
		const found = await until(
			() => application(name),
			() => `${name} is not on the map`,
		);
		return product.api<ApplicationReport>(`/api/applications/${encodeURIComponent(found.id)}`);
	};
	/** The totals once they are what is expected, or the last ones seen. */
	const totals = async (name: string, expected: Record<string, number>) => {
		let last: Record<string, number> = {};
		await until(
			async () => {
				last = counted((await report(name)).requests.totals);
				return JSON.stringify(Object.entries(last).sort()) === JSON.stringify(Object.entries(expected).sort())
					? true
					: undefined;
			},
			() => `${name} counts ${JSON.stringify(last)}`,
		).catch(() => {});
		return last;
	};

	test('the clients saw all their answers', () => {
		expect(kept.latencies).toHaveLength(KEPT);
		expect(fresh.latencies).toHaveLength(FRESH);
		expect(Object.keys(kept.counts).sort()).toEqual(['2xx', '4xx', '5xx']);
	});

	test('every request is counted once by status, where it was answered and where it was asked', async () => {
		const all = sum(kept.counts, fresh.counts);
		expect(await totals(shop.names.client, kept.counts)).toEqual(kept.counts);
		expect(await totals(shop.names.visitor, fresh.counts)).toEqual(fresh.counts);
		expect(await totals(shop.names.front, all)).toEqual(all);
		expect(await totals(shop.names.back, all)).toEqual(all);
	});

	test('the agent counts by destination and status, on both sides', async () => {
		const text = await product.metrics();
		const outbound = (name: string, containerId: string, to: { host: string; port: number }) =>
			Object.fromEntries(
				seriesOf(text, 'container_http_requests_total')
					.filter(
						({ labels }) =>
							labels.container_id === containerId && labels.destination === `${to.host}:${to.port}`,
					)
					.map(({ labels, value }) => [labels.status ?? name, value]),
			);
		const inbound = (containerId: string) =>
			Object.fromEntries(
				seriesOf(text, 'container_http_inbound_requests_total')
					.filter(({ labels }) => labels.container_id === containerId)
					.map(({ labels, value }) => [labels.status, value]),
			);
		const all = sum(kept.counts, fresh.counts);
		const { names, front, back } = shop;
		expect(outbound('client', `/host/${names.client}`, front)).toEqual(kept.counts);
		expect(outbound('visitor', `/host/${names.visitor}`, front)).toEqual(fresh.counts);
		expect(outbound('front', `${prefix}${names.front}`, back)).toEqual(all);
		expect(inbound(`${prefix}${names.front}`)).toEqual(all);
		expect(inbound(`${prefix}${names.back}`)).toEqual(all);
	});

	test('connections are counted: twenty kept, one for each of the others', async () => {
		const text = await product.metrics();
		const connects = (name: string) =>
			seriesOf(text, 'container_net_tcp_successful_connects_total')
				.filter(({ labels }) => labels.container_id === `/host/${name}`)
				.reduce((total, { value }) => total + value, 0);
		expect(connects(shop.names.client)).toBe(20);
		expect(connects(shop.names.visitor)).toBe(FRESH);
	});

	test('nothing was lost in the kernel or in the parser', async () => {
		const text = await product.metrics();
		const lost = ['codexray_agent_stage_dropped_total', 'codexray_agent_stage_errors_total']
			.flatMap((metric) => seriesOf(text, metric))
			.filter(({ labels, value }) => {
				// What other programs of this machine had open when the agent started is cut and ignored, and counted.
				// Spans are kept to a rate; counts are not.
				const harmless = [
					'limited',
					'truncated',
					'ignored',
					'muted',
					'ephemeral_port',
					'loopback',
					'link_local',
				];
				// CPU samples and spans that are nobody's: of the kernel, of the product, of processes without a container.
				harmless.push('kernel_thread', 'own_process', 'no_service', 'no_frames', 'not_reported');
				return value > 0 && !harmless.includes(labels.reason ?? '');
			});
		expect(lost).toEqual([]);
	});

	test('the map has the links', async () => {
		const { names } = shop;
		const map = await product.api<ServiceMap>('/api/map');
		const id = (name: string) => map.applications.find((each) => each.name === name)?.id;
		const links = map.edges.map((edge) => [edge.from, edge.to]);
		expect(links).toContainEqual([id(names.client), id(names.front)]);
		expect(links).toContainEqual([id(names.visitor), id(names.front)]);
		expect(links).toContainEqual([id(names.front), id(names.back)]);
		const edge = map.edges.find((each) => each.from === id(names.client) && each.to === id(names.front));
		expect(edge?.protocols).toEqual(['http']);
		expect(edge?.errorRatio).toBeCloseTo(0.1, 5);
	});

	test('p50 and p95 are within one bucket of what the client measured', async () => {
		const { application: client } = await report(shop.names.client);
		for (const [q, seen] of [
			[0.5, client.latencyP50],
			[0.95, client.latencyP95],
		] as const) {
			const own = quantile(kept.latencies, q);
			expect(seen, `p${q * 100}`).not.toBeNull();
			expect(
				Math.abs(bucketOf(seen!) - bucketOf(own)),
				`p${q * 100}: ${seen} s, client ${own} s`,
			).toBeLessThanOrEqual(1);
		}
	});

	test('the first edge came soon, and was printed', async () => {
		const seconds = await until(
			() => /First edge after ([\d.]+) s/.exec(product.output)?.[1],
			() => `no first edge:\n${product.output}`,
		);
		expect(Number(seconds)).toBeLessThan(60);
	});

	test('SIGTERM stops everything', async () => {
		const { server, agent } = product.run();
		expect(await product.stop()).toBe(0);
		for (const pid of [server, agent]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
	});
});
