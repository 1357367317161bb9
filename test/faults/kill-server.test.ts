import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChildProgram } from '../../hosts/node/commands/child-program.ts';
import { deathOf, KILL_ROUNDS, killAtRandom, startServer } from '../product/killed-server.ts';
import { METRIC, SERIES, SampleWriter as Writer } from '../product/sample-writer.ts';
import { storedSamples } from '../product/stored-samples.ts';

// The server dies as by kill -9 while several writers send; each writer tries a batch again until it is acknowledged, as
// agents do. Afterwards every acknowledged sample is there with its value, once.

const WRITERS = 4;

let dataDir: string;
let server: ChildProgram | undefined;

beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-faults-'));
});
afterEach(async () => {
	await server?.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(crash?: string, ...options: string[]): Promise<ChildProgram> {
	server = await startServer(dataDir, crash, ...options);
	return server;
}

const urlOf = ({ ready }: ChildProgram) => ready.url as string;

/** Sends to the server of this test. */
const send = (writer: Writer, url: string, until?: number) =>
	writer.send({ url, key: readFileSync(join(dataDir, 'agent.key'), 'utf8').trim() }, until);

/** Every acknowledged batch is stored once with its value; of the rest at most the one in flight is. */
async function expectStored(writers: Writer[]): Promise<void> {
	const stored = await storedSamples(dataDir, METRIC);
	expect(stored).toHaveLength(writers.length * SERIES);
	for (const { labels, samples } of stored) {
		const writer = writers.find((each) => each.name === labels.writer)!;
		const series = Number(labels.series);
		const count = samples.length;
		expect(count, `samples of writer ${writer.name}`).toBeGreaterThanOrEqual(writer.acknowledged);
		expect(count).toBeLessThanOrEqual(writer.acknowledged + 1);
		expect(samples).toEqual(writer.samples(series, count));
	}
}

const newWriters = (base?: number, prefix = 'w') =>
	Array.from({ length: WRITERS }, (_, index) => new Writer(`${prefix}${index}`, base));

describe('kill -9 of the server loses and doubles nothing', () => {
	test.each([
		'after-reply:40',
		'before-release',
		'before-release:3',
		'during-chunk-write',
		'during-chunk-write:3',
		'during-head-cut',
		'during-head-cut:3',
	])('at %s', async (point) => {
		const writers = newWriters();
		let url = urlOf(await start(point));
		await Promise.all(writers.map((writer) => send(writer, url)));
		expect(await server!.ended).toBe('signal SIGKILL');
		url = urlOf(await start());
		await Promise.all(writers.map((writer) => send(writer, url, writer.acknowledged + 20)));
		await server!.stop();
		await expectStored(writers);
	});

	/** As many batches of three days ago, in the table of a server that has stopped, and as many new ones. */
	async function oldAndNew(): Promise<{ old: Writer[]; recent: Writer[] }> {
		const old = newWriters(Date.now() - 3 * 86_400_000, 'old');
		const recent = newWriters();
		const url = urlOf(await start(undefined, '--metrics-retention', 'off'));
		for (const writer of [...old, ...recent]) await send(writer, url, 20);
		await server!.stop();
		return { old, recent };
	}

	test('while a day is closed', async () => {
		const { old, recent } = await oldAndNew();
		expect(await deathOf(start('during-day-close', '--metrics-retention', 'off'))).toContain(
			'signal SIGKILL',
		);
		await start(undefined, '--metrics-retention', 'off');
		await server!.stop();
		await expectStored([...old, ...recent]);
	});

	test('while old days are dropped', async () => {
		const { recent } = await oldAndNew();
		expect(await deathOf(start('during-retention', '--metrics-retention', '2h'))).toContain('signal SIGKILL');
		await start(undefined, '--metrics-retention', '2h');
		await server!.stop();
		await expectStored(recent);
	});

	test(`at random, ${KILL_ROUNDS} rounds`, async () => {
		const writers = newWriters();
		await killAtRandom(start, ({ ready }) =>
			Promise.all(writers.map((writer) => send(writer, ready.url as string))),
		);
		await start();
		await server!.stop();
		expect(Math.min(...writers.map((writer) => writer.acknowledged))).toBeGreaterThan(0);
		await expectStored(writers);
	}, 900_000);
});
