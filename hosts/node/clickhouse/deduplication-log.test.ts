import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ClickhouseEngine } from './clickhouse-engine.ts';
import { startEngine } from './testing/started-engine.ts';

// The state of a table whose engine was killed between its two writes of an insert, and the real engine on top of it.

const dataDir = mkdtempSync(join(tmpdir(), 'codexray-deduplication-'));
let engine: ClickhouseEngine | undefined;

async function start(): Promise<void> {
	({ engine } = await startEngine(dataDir));
}

async function stop(): Promise<void> {
	await engine?.close();
	engine = undefined;
}

const insert = (value: number, token: string) =>
	engine!.insert({ table: 'd.t', columns: ['n'] }, [new Uint8Array([value])], token);

async function values(): Promise<number[]> {
	return (await engine!.select<{ n: number }>('SELECT n FROM d.t ORDER BY n', {})).map(({ n }) => n);
}

/** The deduplication log of the only table that has one. */
function logFile(): string {
	const found = readdirSync(join(dataDir, 'clickhouse', 'store'), { recursive: true, encoding: 'utf8' })
		.filter((name) => /deduplication_log_\d+\.txt$/.test(name))
		.map((name) => join(dataDir, 'clickhouse', 'store', name));
	return found.sort().at(-1)!;
}

afterEach(async () => {
	await stop();
	rmSync(dataDir, { recursive: true, force: true });
});

test('an insert that was noted but not written is taken when it is repeated, and no other twice', async () => {
	await start();
	await engine!.command('CREATE DATABASE d');
	await engine!.command(
		'CREATE TABLE d.t (n UInt8) ENGINE = MergeTree PARTITION BY n % 2 ORDER BY n SETTINGS non_replicated_deduplication_window = 100',
	);
	await insert(1, 'one');
	await insert(3, 'three');
	await engine!.command('OPTIMIZE TABLE d.t FINAL');
	await insert(5, 'five');
	await insert(2, 'two');
	await stop();

	const log = logFile();
	const noted = readFileSync(log, 'utf8').trimEnd().split('\n');
	expect(noted).toHaveLength(4);
	const part = noted[2]!.split('\t')[1]!;
	rmSync(join(dirname(dirname(log)), part), { recursive: true });
	appendFileSync(log, '1\t1_9');

	await start();
	expect(await values()).toEqual([1, 2, 3]);
	for (const [value, token] of [
		[1, 'one'],
		[3, 'three'],
		[5, 'five'],
		[2, 'two'],
		[5, 'five'],
	] as const)
		await insert(value, token);
	expect(await values()).toEqual([1, 2, 3, 5]);
	await stop();
	await start();
	await insert(5, 'five');
	expect(await values()).toEqual([1, 2, 3, 5]);
}, 60_000);
