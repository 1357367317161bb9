import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSamples } from '../product/answered-samples.ts';
import { deathOf, KILL_ROUNDS, killAtRandom } from '../product/killed-server.ts';
import { SampleWriter } from '../product/sample-writer.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';

// The server keeps its metrics in ClickHouse and dies as by kill -9. Afterwards every acknowledged sample is there with its
// value, once.

const WRITERS = 3;

let dataDir: string;
let server: SignalServer | undefined;

beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-store-faults-'));
});
afterEach(async () => {
	await server?.stop();
	server = undefined;
	rmSync(dataDir, { recursive: true, force: true });
});

/** Writes its head every half second. On Deno it has no --allow-ffi. */
async function start(env: NodeJS.ProcessEnv = {}, runtime: 'node' | 'deno' = 'node'): Promise<SignalServer> {
	server = await SignalServer.start(dataDir, runtime, {
		CODEXRAY_METRICS_STORE: 'clickhouse',
		CODEXRAY_FLUSH_INTERVAL: '500ms',
		...env,
	});
	return server;
}

const newWriters = (base?: number, prefix = 'w') =>
	Array.from({ length: WRITERS }, (_, index) => new SampleWriter(`${prefix}${index}`, base));

const send = (writers: SampleWriter[], more = Number.POSITIVE_INFINITY) =>
	Promise.all(writers.map((writer) => writer.send(server!, writer.acknowledged + more)));

const expectAnswered = (writers: SampleWriter[]) => expectSamples(server!, writers);

describe.each(['node', 'deno'] as const)('kill -9 of the server on %s', (runtime) => {
	test.each(['during-chunk-write', 'during-chunk-write:3', 'before-release'])('at %s', async (point) => {
		const writers = newWriters();
		await start({ CODEXRAY_TEST_CRASH: point }, runtime);
		await send(writers);
		expect(await server!.ended).toMatch(/SIGKILL|137/);
		await start({}, runtime);
		await send(writers, 20);
		await expectAnswered(writers);
		await server!.stop();
		await start({}, runtime);
		await expectAnswered(writers);
	});
});

test('kill -9 while a day is closed', async () => {
	const old = newWriters(Date.now() - 3 * 86_400_000, 'old');
	const env = { CODEXRAY_METRICS_RETENTION: 'off' };
	await start({ ...env, CODEXRAY_FLUSH_INTERVAL: '1h' });
	await send(old, 20);
	await server!.stop();
	expect(await deathOf(start({ ...env, CODEXRAY_TEST_CRASH: 'during-day-close' }))).toContain('SIGKILL');
	await start(env);
	await expectAnswered(old);
	await until(
		async () => {
			const text = await (await server!.fetch('/metrics')).text();
			return /^\w*closed_days\w*(\{.*\})? [1-9]/m.test(text) ? true : undefined;
		},
		() => 'the day is not closed',
	);
	await expectAnswered(old);
});

/** The server may be gone already, and its engine with it. */
function killEngine(of: SignalServer): void {
	try {
		process.kill(of.enginePid() ?? of.pid, 'SIGKILL');
	} catch (e) {
		if (!['ENOENT', 'ESRCH'].includes((e as NodeJS.ErrnoException).code!)) throw e;
	}
}

test(`kill -9 of the engine and then of the server at random, ${KILL_ROUNDS} rounds`, async () => {
	const writers = newWriters();
	await killAtRandom(start, async (running) => {
		const sending = send(writers);
		await sleep(Math.random() * 700);
		killEngine(running);
		await sending;
	});
	await start();
	expect(Math.min(...writers.map((writer) => writer.acknowledged))).toBeGreaterThan(0);
	await expectAnswered(writers);
	await server!.stop();
	await start();
	await expectAnswered(writers);
}, 900_000);

test('the engine dies and comes again: what was acknowledged meanwhile is stored after that', async () => {
	const writers = newWriters();
	await start();
	await send(writers, 10);
	const pid = server!.enginePid()!;
	process.kill(pid, 'SIGKILL');
	await send(writers, 10);
	await until(
		async () => {
			await expectAnswered(writers);
			return true;
		},
		() => 'the samples are not answered',
	);
	await server!.stop();
	await start();
	await expectAnswered(writers);
});

test('a server whose own files are gone has what is in ClickHouse, and goes on', async () => {
	const writers = newWriters();
	await start();
	await send(writers, 20);
	await server!.stop();
	for (const name of readdirSync(dataDir))
		if (!name.startsWith('clickhouse')) rmSync(join(dataDir, name), { recursive: true });
	await start();
	await expectAnswered(writers);
	await send(writers, 20);
	await server!.stop();
	await start();
	await expectAnswered(writers);
});
