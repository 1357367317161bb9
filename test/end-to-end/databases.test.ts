import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trace } from '../../web/src/api/trace-types.ts';
import { Postgres, Redis } from '../databases/databases.ts';
import type { ServiceMap } from '../product/api-types.ts';
import { Product, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// Real databases and the load generators that come with them: what they were asked is counted exactly, on both sides.

const product = new Product();
let postgres: Postgres;
let redis: Redis;
const started = Date.now();
const range = () => `from=${started - 60_000}&to=${Date.now() + 60_000}`;

beforeAll(async () => {
	[postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
	postgres.psql('CREATE TABLE orders (id int, note text)');
	await product.start();
});
afterAll(async () => {
	await postgres?.stop();
	await redis?.stop();
	await product.remove();
});

/** Sums of a counter by status. */
async function counts(
	metric: string,
	container: string,
	destination?: string,
): Promise<Record<string, number>> {
	const sums: Record<string, number> = {};
	for (const { labels, value } of seriesOf(await product.metrics(), metric)) {
		if (labels.container_id !== container) continue;
		if (destination !== undefined && labels.destination !== destination) continue;
		sums[labels.status!] = (sums[labels.status!] ?? 0) + value;
	}
	return sums;
}

/** How many requests have a latency. */
async function measured(metric: string, container: string): Promise<number> {
	return seriesOf(await product.metrics(), `${metric}_duration_seconds_total_count`)
		.filter(({ labels }) => labels.container_id === container)
		.reduce((sum, { value }) => sum + value, 0);
}

interface Found {
	traces: { traceId: string; name: string }[];
}
const traces = async (service: string, name: string) =>
	(await product.api<Found>(`/api/traces?${range()}&service=${service}&name=${name}&limit=500`)).traces;
const firstTrace = (service: string, name: string) =>
	until(
		async () => (await traces(service, name))[0],
		() => `no span ${name} of ${service} comes`,
	);

describe('Postgres', () => {
	const TRANSACTIONS = 25;
	const SESSIONS = 2;
	const PROTOCOLS = ['simple', 'extended', 'prepared'] as const;
	const script = [
		"INSERT INTO orders VALUES (1, 'secret''s')",
		'SELECT count(*) FROM orders WHERE id = 4711',
		"UPDATE orders SET note = 'secret' WHERE id = 2",
	].join(';\n');
	const each = TRANSACTIONS * SESSIONS * PROTOCOLS.length;

	test('every statement of every protocol is counted, where it was asked and where it was answered', async () => {
		for (const protocol of PROTOCOLS) postgres.pgbench(protocol, `${script};\n`, TRANSACTIONS, 100);
		expect(() => postgres.psql('SELECT * FROM missing')).toThrow('does not exist');
		const destination = `127.0.0.1:${postgres.port}`;
		const outbound = 'container_postgres_queries_total';
		expect(await counts(outbound, '/host/pgbench', destination)).toEqual({ ok: each * 3 });
		expect(await counts(outbound, '/host/psql', destination)).toEqual({ failed: 1 });
		expect(await counts('container_postgres_inbound_queries_total', '/host/postgres')).toEqual({
			...{ ok: each * 3, failed: 1 },
		});
		expect(await measured('container_postgres_queries', '/host/pgbench')).toBe(each * 3);
	});

	test('spans tell them apart, and hold no literal', async () => {
		for (const name of ['INSERT', 'SELECT', 'UPDATE'])
			await until(
				async () => ((await traces('/host/pgbench', name)).length === each ? true : undefined),
				() => `there are not ${each} spans of ${name}`,
			);
		const statements = new Set<string>();
		for (const name of ['INSERT', 'SELECT', 'UPDATE']) {
			for (const { traceId } of (await traces('/host/pgbench', name)).slice(0, 40)) {
				const { spans } = await product.api<Trace>(`/api/traces/${traceId}`);
				statements.add(spans[0]!.attributes['db.query.text']!);
			}
		}
		expect([...statements].sort()).toEqual([
			'INSERT INTO orders VALUES (?)',
			'SELECT count(*) FROM orders WHERE id = ?',
			'UPDATE orders SET note = ? WHERE id = ?',
		]);
		const failing = await firstTrace('/host/psql', 'SELECT');
		const [span] = (await product.api<Trace>(`/api/traces/${failing.traceId}`)).spans;
		expect(span).toMatchObject({
			kind: 'client',
			status: { code: 'error' },
			attributes: { 'db.system': 'postgresql', 'db.response.status_code': '42P01' },
		});
	});
});

describe('Redis', () => {
	const REQUESTS = 48_000;
	/** What the load generator asks before it begins. */
	const QUESTIONS = 2;

	test('pipelines of sixteen are counted one by one, where they were asked and where they were answered', async () => {
		redis.benchmark('set,get', REQUESTS, 16);
		const all = REQUESTS * 2 + QUESTIONS;
		const answered = await counts('container_redis_inbound_queries_total', '/host/redis-server');
		expect(answered).toEqual({ ok: all });
		const asked = await counts(
			'container_redis_queries_total',
			'/host/redis-benchmark',
			`127.0.0.1:${redis.port}`,
		);
		expect(asked).toEqual({ ok: all });
		expect(await measured('container_redis_queries', '/host/redis-benchmark')).toBe(all);
	});

	test('what waits for data is counted and has no latency; errors are errors', async () => {
		redis.cli('RPUSH', 'list', 'secret');
		redis.cli('BLPOP', 'nothing', '1');
		redis.cli('INCR', 'list');
		expect(await counts('container_redis_queries_total', '/host/redis-cli')).toEqual({ ok: 2, failed: 1 });
		expect(await measured('container_redis_queries', '/host/redis-cli')).toBe(2);
		const failing = await firstTrace('/host/redis-cli', 'INCR');
		const [span] = (await product.api<Trace>(`/api/traces/${failing.traceId}`)).spans;
		expect(span!.attributes).toMatchObject({ 'db.query.text': 'INCR list', 'error.type': 'WRONGTYPE' });
	});
});

test('both are on the map as what they are, with links that say what is spoken', async () => {
	const links = [
		['pgbench', 'postgres', 'postgres'],
		['psql', 'postgres', 'postgres'],
		['redis-benchmark', 'redis-server', 'redis'],
		['redis-cli', 'redis-server', 'redis'],
	] as const;
	let map: ServiceMap = { applications: [], edges: [] };
	const application = (name: string) => map.applications.find((each) => each.name === name)!;
	const link = (from: string, to: string) =>
		map.edges.find((each) => each.from === application(from)?.id && each.to === application(to)?.id);
	// Other programs of this machine have links, too.
	await until(
		async () => {
			map = await product.api<ServiceMap>('/api/map');
			return links.every(([from, to]) => (link(from, to)?.protocols.length ?? 0) > 0) ? true : undefined;
		},
		() => `links with protocols are missing: ${JSON.stringify(map.edges)}`,
	);
	expect(application('postgres').types).toEqual(['postgres']);
	expect(application('redis-server').types).toEqual(['redis']);
	for (const [from, to, protocol] of links)
		expect(link(from, to)!.protocols, `${from} > ${to}`).toEqual([protocol]);
	expect(link('psql', 'postgres')!.errorRatio).toBe(1);
});

test('no record was malformed, and no connection shed', async () => {
	// Other programs of the machine may have been cut, which is counted, too.
	const lost = seriesOf(await product.metrics(), 'codexray_agent_stage_dropped_total').filter(
		({ labels, value }) => value > 0 && labels.stage === 'tracker' && labels.reason !== 'truncated',
	);
	expect(lost).toEqual([]);
});
