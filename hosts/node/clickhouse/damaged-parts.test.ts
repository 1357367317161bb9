import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../app/logging/logger.ts';
import { ClickhouseChunkTable } from '../../../app/server/clickhouse/chunks/clickhouse-chunk-table.ts';
import {
	type ChunkRows,
	type DayRows,
	type LostData,
	type TableWrite,
	TIERS,
} from '../../../app/server/metrics/chunk-table.ts';
import { until } from '../../../test/product/waiting.ts';
import type { ClickhouseEngine } from './clickhouse-engine.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';
import { startEngine } from './testing/started-engine.ts';

// Parts of the chunk table that are damaged on the disk of a real engine.

const DATABASE = 'chunks';
const DAY = 20_000;
const HOUR = DAY * 24;
const NOW = (HOUR + 24 * 5 + 3.5) * 3_600_000;

let dataDir: string;
let embedded: EmbeddedEngine;
let engine: ClickhouseEngine;
let table: ClickhouseChunkTable;
let told: LostData[];
let warned: string[];

beforeEach(async () => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-damage-'));
	({ embedded, engine } = await startEngine(dataDir));
	await open();
}, 60_000);
afterEach(async () => {
	await table.close().catch(() => {});
	await engine.close();
	rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

async function open(): Promise<void> {
	told = [];
	warned = [];
	table = await ClickhouseChunkTable.open(engine, DATABASE, {
		now: () => NOW,
		onLost: (lost) => told.push(lost),
		log: { ...silentLogger, warn: (_, fields) => void warned.push(String(fields?.place)) },
	});
}

type Row = [sid: number, hour: number, version: number];

function chunksOf(rows: Row[]): ChunkRows {
	return {
		sids: Uint32Array.from(rows, ([sid]) => sid),
		hours: Uint32Array.from(rows, ([, hour]) => hour),
		versions: Float64Array.from(rows, ([, , version]) => version),
		kinds: new Uint8Array(rows.length),
		data: new Uint8Array(rows.length * 500).fill(7),
		ends: Uint32Array.from(rows, (_, i) => 500 * (i + 1)),
	};
}

function writeOf(rows: Row[]): TableWrite {
	const version = rows[0]![2];
	const series = [...new Set(rows.map(([sid]) => sid))].map((sid) => ({
		...{ sid, hashLo: sid, hashHi: 0, labels: { __name__: `m${sid}` } },
	}));
	const metadata = [{ family: `m${version}`, type: 'gauge', help: 'help', unit: '' } as const];
	const state = { watermark: { segment: version, offset: 0 }, version, lastSid: 99 };
	return { series, chunks: chunksOf(rows), metadata, state };
}

/** Merged, and the day closed. */
async function writeDay(rows: Row[]): Promise<void> {
	await table.append(writeOf(rows));
	for (const hour of new Set(rows.map((row) => row[1])))
		await table.merge(hour, 0, 99, chunksOf(rows.filter((row) => row[1] === hour)));
	await table.closeDay(Math.floor(rows[0]![1] / 24), keep);
}

function keep(chunks: ChunkRows): DayRows {
	const sids = Uint32Array.from(new Set(chunks.sids));
	const tier = {
		sids,
		days: new Uint32Array(sids.length).fill(Math.floor(chunks.hours[0]! / 24)),
		data: new Uint8Array(sids.length * 50).fill(1),
		ends: Uint32Array.from(sids, (_, i) => 50 * (i + 1)),
	};
	return { chunks, tiers: TIERS.map(() => tier) };
}

async function rowsOf(): Promise<Row[]> {
	const { sids, hours, versions } = await table.read(null, 0, 0xffffffff);
	return [...sids].map((sid, i): Row => [sid, hours[i]!, versions[i]!]);
}

const inMessage = (name: string) => expect.stringContaining(name);

/** A merge would put a whole part in the place of others. One that runs stops, or is done, some time after it was told to. */
async function stopMerges(of: string): Promise<void> {
	await engine.command(`SYSTEM STOP MERGES ${DATABASE}.${of}`);
	const running = () =>
		engine.select(
			`SELECT result_part_name FROM system.merges WHERE database = '${DATABASE}' AND table = {of:String}`,
			{ of },
		);
	await until(
		async () => ((await running()).length === 0 ? true : undefined),
		() => 'a merge does not stop',
	);
}

/** Changes bytes in `file` of all parts of a table, of one partition if that is given. */
async function spoil(of: string, file: 'checksums.txt' | 'data.bin', partition = ''): Promise<void> {
	await stopMerges(of);
	const parts = await engine.select<{ path: string }>(
		`SELECT path FROM system.parts WHERE active AND database = '${DATABASE}' AND table = {of:String}
AND startsWith(partition_id, {partition:String})`,
		{ of, partition },
	);
	expect(parts.length).toBeGreaterThan(0);
	for (const { path } of parts) {
		const bytes = readFileSync(join(path, file));
		for (let i = 0; i < bytes.length; i += 7) bytes[i]! ^= 0x55;
		writeFileSync(join(path, file), bytes);
	}
}

/** The same, and the engine starts again. */
async function damage(...of: Parameters<typeof spoil>): Promise<void> {
	await spoil(...of);
	await table.close();
	await engine.close();
	({ embedded, engine } = await startEngine(dataDir));
}

const FIRST: Row[] = [
	[1, HOUR, 1],
	[2, HOUR + 5, 1],
];
const SECOND: Row[] = [
	[1, HOUR + 24, 2],
	[3, HOUR + 25, 2],
];
const TODAY: Row[] = [[1, HOUR + 24 * 5 + 2, 3]];

// The engine finds one when it starts, the other is found when rows are read.
describe.each(['checksums.txt', 'data.bin'] as const)('a damaged %s', (file) => {
	test('of a closed day costs that day, is told once, and forgotten when it came again', async () => {
		await writeDay(FIRST);
		await writeDay(SECOND);
		await table.append(writeOf(TODAY));
		await damage('closed', file, `${DAY}`);
		await open();
		expect(await rowsOf()).toEqual([...SECOND, ...TODAY].sort());
		const lost = { fromHour: HOUR, toHour: HOUR + 23, place: inMessage('closed/') };
		expect([...told, ...(await table.load()).lost]).toMatchObject(
			file === 'data.bin' ? [lost, lost] : [lost],
		);
		await open();
		expect(await rowsOf()).toEqual([...SECOND, ...TODAY].sort());
		expect(told).toEqual([]);
		const [again, ...more] = (await table.load()).lost;
		expect(again).toMatchObject(lost);
		expect(more).toEqual([]);
		await table.refilled(again!);
		await open();
		expect((await table.load()).lost).toEqual([]);
	});

	test('of today costs the hours until now', async () => {
		await writeDay(FIRST);
		await table.append(writeOf(TODAY));
		await damage('open', file);
		await open();
		expect(await rowsOf()).toEqual(FIRST);
		const today = HOUR + 24 * 5;
		expect((await table.load()).lost).toMatchObject([
			{ fromHour: today, toHour: today + 3, place: inMessage('open/') },
		]);
		const next: Row = [1, TODAY[0]![1], 4];
		await table.append(writeOf([next]));
		expect(await rowsOf()).toEqual([FIRST[0], next, FIRST[1]]);
	});

	test('of tiers costs nothing: the day closes once more', async () => {
		await writeDay(FIRST);
		await damage('tiers', file);
		await open();
		await table.readTier(0, null, DAY, DAY);
		for (let i = 0; i < 2; i++) {
			expect(await table.closedDays()).toEqual([]);
			expect(await table.openDays(DAY + 1)).toEqual([DAY]);
			expect((await table.readTier(0, null, DAY, DAY)).sids).toHaveLength(0);
			expect(await rowsOf()).toEqual(FIRST);
			if (i === 0) await open();
		}
		await table.closeDay(DAY, keep);
		expect(await table.openDays(DAY + 1)).toEqual([]);
		expect(await table.closedDays()).toEqual([DAY]);
		expect((await table.readTier(0, null, DAY, DAY)).sids).toEqual(Uint32Array.of(1, 2));
		expect((await table.load()).lost).toEqual([]);
	});

	test('of series costs the hours in which those have rows', async () => {
		await writeDay(FIRST);
		await table.append(writeOf([[5, HOUR + 24, 2]]));
		await damage('series', file);
		await open();
		const { series, state } = await table.load();
		expect([series, state.lastSid]).toEqual([[], 99]);
		const { lost } = await table.load();
		expect(lost.every(({ place }) => place.startsWith('series/'))).toBe(true);
		const hours = new Set(lost.flatMap(({ fromHour, toHour }) => [fromHour, toHour]));
		expect([...hours].sort()).toEqual([HOUR, HOUR + 5, HOUR + 24]);
	});

	test.each(['log', 'claims', 'metadata'])('of %s costs no sample', async (of) => {
		await writeDay(FIRST);
		await writeDay(SECOND);
		await table.append(writeOf(TODAY));
		await table.merge(TODAY[0]![1], 0, 99, chunksOf(TODAY));
		await damage(of, file);
		for (let i = 0; i < 2; i++) {
			await open();
			const { series, state, lost } = await table.load();
			expect(series.map(({ sid }) => sid).sort()).toEqual([1, 2, 3]);
			expect([state.version, state.lastSid >= 3, lost]).toEqual([3, true, []]);
			const found = new Set((await rowsOf()).map(String));
			expect([...found].sort()).toEqual([...FIRST, ...SECOND, ...TODAY].map(String).sort());
			expect(await table.closedDays()).toEqual([DAY, DAY + 1]);
			// Questions about claims are answered by the index alone.
			const isRead = of !== 'claims' || file === 'checksums.txt';
			if (i === 0 && isRead) expect(warned).toContainEqual(inMessage(`${of}/`));
			else expect(warned).toEqual([]);
		}
		const later: Row = [2, TODAY[0]![1], 4];
		await table.append(writeOf([later]));
		expect(await rowsOf()).toContainEqual(later);
	});
});

test('when all rows of the log are lost, a day of which a place is half written has all its rows', async () => {
	await writeDay(FIRST);
	const late: Row = [2, HOUR + 7, 2];
	await table.append(writeOf([late]));
	await table.merge(HOUR + 7, 0, 99, chunksOf([late]));
	// As by a program that died while it closed the day once more.
	const columns = 'sid, hour, version, kind, data';
	await engine.command(
		`INSERT INTO ${DATABASE}.closed (day, place, ${columns})
SELECT day, (SELECT max(piece) + 1 FROM ${DATABASE}.open), ${columns} FROM ${DATABASE}.closed WHERE sid = 1`,
	);
	await damage('log', 'checksums.txt');
	for (let i = 0; i < 2; i++) {
		await open();
		expect(new Set((await rowsOf()).map(String))).toEqual(new Set([...FIRST, late].map(String)));
		expect(await table.openDays(DAY + 1)).toEqual([DAY]);
	}
	await table.closeDay(DAY, keep);
	expect(new Set((await rowsOf()).map(String))).toEqual(new Set([...FIRST, late].map(String)));
});

test('a part that the engine sets aside while the server goes on is noticed by its upkeep', async () => {
	await writeDay(FIRST);
	await writeDay(SECOND);
	await spoil('closed', 'checksums.txt', `${DAY}`);
	process.kill(embedded.pid!, 'SIGKILL');
	await until(
		() => (embedded.restarts > 0 && embedded.address ? true : undefined),
		() => embedded.reason,
	);
	expect(told).toEqual([]);
	await table.partialHours(0);
	expect(told).toMatchObject([{ fromHour: HOUR, toHour: HOUR + 23 }]);
	await table.partialHours(0);
	expect(told).toHaveLength(1);
	expect(await rowsOf()).toEqual(SECOND);
});

test('of many parts that lie aside the newest are kept, and all are told once', async () => {
	await stopMerges('open');
	for (let version = 1; version <= 10; version++) await table.append(writeOf([[1, HOUR, version]]));
	await engine.command(`ALTER TABLE ${DATABASE}.open DETACH PARTITION ${DAY}`);
	const aside = async () => {
		const rows = await engine.select<{ name: string }>(
			`SELECT name FROM system.detached_parts WHERE database = '${DATABASE}'`,
			{},
		);
		return rows.length;
	};
	expect(await aside()).toBe(10);
	await table.partialHours(0);
	expect(told).toHaveLength(10);
	expect(await aside()).toBe(8);
	await open();
	await table.partialHours(0);
	expect(told).toEqual([]);
	expect((await table.load()).lost).toHaveLength(10);
	expect(await table.dropBefore(HOUR + 24)).toBe(0);
	expect((await table.load()).lost).toEqual([]);
});
