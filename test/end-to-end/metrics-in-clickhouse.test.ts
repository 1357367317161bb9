import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../app/logging/logger.ts';
import { EmbeddedEngine } from '../../hosts/node/clickhouse/embedded-engine.ts';
import { pinnedNode } from '../../hosts/node/clickhouse/open-engine.ts';
import { expectSamples } from '../product/answered-samples.ts';
import { METRIC, SampleWriter } from '../product/sample-writer.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';

// Metrics in a ClickHouse elsewhere, which is away at the start and later, and of which two servers believe that it is theirs.

/** A port that leads to the engine, or to nobody. */
class Road {
	readonly #sockets = new Set<Socket>();
	#server: Server | null = null;
	port = 0;

	async open(): Promise<void> {
		const target = Number(new URL(engine.address!.url).port);
		const server = createServer((from) => {
			const to = connect(target, '127.0.0.1');
			for (const socket of [from, to]) {
				this.#sockets.add(socket);
				socket.on('error', () => {});
				socket.on('close', () => {
					from.destroy();
					to.destroy();
				});
			}
			from.pipe(to).pipe(from);
		});
		await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
		this.port = (server.address() as AddressInfo).port;
		this.#server = server;
	}

	async close(): Promise<void> {
		const closed = new Promise((resolve) => this.#server!.close(resolve));
		for (const socket of this.#sockets) socket.destroy();
		this.#sockets.clear();
		await closed;
	}
}

const dataDir = mkdtempSync(join(tmpdir(), 'codexray-elsewhere-'));
const engine = new EmbeddedEngine({
	dataDir: join(dataDir, 'engine'),
	node: pinnedNode(),
	log: silentLogger,
});
const road = new Road();
const servers: SignalServer[] = [];

beforeAll(async () => {
	await until(
		() => (engine.address ? true : undefined),
		() => engine.reason,
		60_000,
	);
	await road.open();
});
afterEach(async () => {
	for (const server of servers.splice(0)) await server.stop();
});
afterAll(async () => {
	await road.close();
	await engine.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(name: string): Promise<SignalServer> {
	const { username, password } = engine.address!;
	const server = await SignalServer.start(join(dataDir, name), 'node', {
		CODEXRAY_CLICKHOUSE_URL: `http://${username}:${password}@127.0.0.1:${road.port}`,
		CODEXRAY_METRICS_STORE: 'clickhouse',
		CODEXRAY_FLUSH_INTERVAL: '500ms',
	});
	servers.push(server);
	return server;
}

const send = (server: SignalServer, writer: SampleWriter) => writer.send(server, writer.acknowledged + 10);

test('away at the start: the server waits; away later: samples are taken, questions refused', async () => {
	await road.close();
	let ready = false;
	const starting = start('first').then((server) => {
		ready = true;
		return server;
	});
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	expect(ready).toBe(false);
	await road.open();
	const server = await starting;
	const writer = new SampleWriter('first');
	await send(server, writer);
	await expectSamples(server, [writer]);

	await road.close();
	await send(server, writer);
	const refused = await server.fetch(`/api/v1/query?query=${METRIC}`);
	expect(refused.status).toBe(503);
	expect(await refused.text()).toMatch(/Chunk store, database codexray_default_metrics/);
	await road.open();
	await expectSamples(server, [writer]);
});

test('a server that starts later has what the first one wrote; the first one writes nothing more', async () => {
	const [old, late] = [new SampleWriter('old'), new SampleWriter('late')];
	const first = await start('second');
	await send(first, old);
	await first.stop();
	const again = await start('second');
	const other = await start('third');
	await expectSamples(other, [old]);
	await send(again, late);
	// Longer than it takes to flush.
	await new Promise((resolve) => setTimeout(resolve, 2_000));
	await send(other, old);
	await expectSamples(other, [old]);
	const found = await other.get<{ data: { result: unknown[] } }>(
		`/api/v1/query?query=${encodeURIComponent(`${METRIC}{writer="late"}[1h]`)}`,
	);
	expect(found.data.result).toEqual([]);
});
