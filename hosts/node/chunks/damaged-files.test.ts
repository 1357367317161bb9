import {
	closeSync,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LostData } from '../../../app/server/metrics/chunk-table.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';
import { salvageHotFile } from './hot-salvage.ts';
import { countHours, hourRows, keepRows, ROW_BYTES, writeHours } from './testing/chunk-days.ts';

const SERIES = 300;
const MANY = 6_000;
const DAY = 20_000;
const HOUR = 24 * DAY;
const NOW = (HOUR + 24 * 5) * 3_600_000;
const ROUNDS = process.env.CODEXRAY_TEST_FULL ? 100 : 10;

let folder: string;
let table: DuckdbChunkTable | undefined;
let told: LostData[];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'damage-'));
	told = [];
});
afterEach(async () => {
	await table?.close();
	table = undefined;
	rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<DuckdbChunkTable> {
	await table?.close();
	table = undefined;
	table = await DuckdbChunkTable.open(folder, { now: () => NOW, onLost: (lost) => told.push(lost) });
	return table;
}

const hot = () => join(folder, 'hot.duckdb');
const dayFile = (day: number) =>
	join(folder, 'days', `${new Date(day * 86_400_000).toISOString().slice(0, 10)}.duckdb`);
const aside = () => readdirSync(join(folder, 'corrupt'));

/** Two closed days, a day with merged hours and partial ones, and a closed table. */
async function fill(): Promise<void> {
	const at = await open();
	await writeHours(at, [HOUR, HOUR + 7, HOUR + 24, HOUR + 31, HOUR + 48, HOUR + 49, HOUR + 50], SERIES);
	await at.closeDay(DAY, keepRows);
	await at.closeDay(DAY + 1, keepRows);
	await writeHours(at, [HOUR + 51], SERIES, { merged: false, from: 8 });
	await at.close();
	table = undefined;
}

const ALL = [0, 7, 24, 31, 48, 49, 50, 51].map((h) => HOUR + h);

function overwrite(path: string, at: number, length = 64): void {
	const file = openSync(path, 'r+');
	writeSync(file, crypto.getRandomValues(new Uint8Array(length)), 0, length, at);
	closeSync(file);
}

const OPEN = Array.from({ length: 8 }, (_, i) => HOUR + i);

/** Eight hours in a hot file with a damaged chunk of the fourth. Three hours and a third share a row group. */
async function fillDamaged(): Promise<void> {
	await writeHours(await open(), OPEN, MANY, { merged: false });
	await table!.close();
	table = undefined;
	const chunk = hourRows(HOUR + 3, 5_001, 1).data.subarray(5_000 * ROW_BYTES, 5_000 * ROW_BYTES + 100);
	const at = readFileSync(hot()).indexOf(chunk);
	expect(at).toBeGreaterThan(0);
	overwrite(hot(), at);
}

/** Every hour is whole, or said to be lost. Gives the hours that are lost. */
async function checkAll(
	at: DuckdbChunkTable,
	hours: readonly number[] = ALL,
	series = SERIES,
): Promise<number[]> {
	const found = countHours(await at.read(null, 0, 0xffffffff));
	const { lost } = await at.load();
	const isTold = (hour: number) => lost.some((it) => it.fromHour <= hour && hour <= it.toHour);
	const gone: number[] = [];
	for (const hour of hours) {
		if (found.get(hour) === series) continue;
		expect(
			isTold(hour),
			`hour ${hour - HOUR} has ${found.get(hour)} rows, told: ${JSON.stringify(lost)}`,
		).toBe(true);
		gone.push(hour - HOUR);
	}
	return gone;
}

/** Takes writes, closes days, and has all of it after another start. */
async function checkWorks(): Promise<void> {
	const at = table!;
	const { state } = await at.load();
	const fresh = HOUR + 96 + (state.version % 24);
	await writeHours(at, [fresh], SERIES, { from: state.version + 1 });
	await at.closeDay(DAY + 4, keepRows);
	const again = await open();
	expect(countHours(await again.read(null, fresh, fresh)).get(fresh)).toBe(SERIES);
	expect(await again.closedDays()).toContain(DAY + 4);
}

describe('a day file', () => {
	test('with bytes overwritten is moved aside when it is read, and its day is told as lost', async () => {
		await fill();
		overwrite(dayFile(DAY), statSync(dayFile(DAY)).size >> 1);
		const at = await open();
		expect((await at.load()).lost).toEqual([]);
		const found = countHours(await at.read(null, HOUR, HOUR + 47));
		expect([...found.keys()]).toEqual([HOUR + 24, HOUR + 31]);
		const lost = { fromHour: HOUR, toHour: HOUR + 23, place: 'days/2024-10-04.duckdb' };
		expect(told).toEqual([{ ...lost, reason: expect.stringContaining('checksum') }]);
		expect(aside()).toEqual([expect.stringMatching(/^2024-10-04\.duckdb\.\d{8}T\d{9}Z$/)]);
		expect(await at.closedDays()).toEqual([DAY + 1]);
		const again = await open();
		expect((await again.load()).lost).toEqual(told);
		await again.refilled(told[0]!);
		expect((await again.load()).lost).toEqual([]);
		expect(await checkAll(again, ALL.slice(2))).toEqual([]);
		await checkWorks();
	});

	test('with damaged tiers is moved aside when they are read', async () => {
		await fill();
		const at = await open();
		for (let i = 0; i < statSync(dayFile(DAY)).size; i += 4096) overwrite(dayFile(DAY), i, 16);
		const rows = await at.readTier(0, null, DAY, DAY + 1);
		expect(new Set(rows.days)).toEqual(new Set([DAY + 1]));
		expect(told.map((it) => it.place)).toEqual(['days/2024-10-04.duckdb']);
	});

	test('that is cut is moved aside', async () => {
		await fill();
		truncateSync(dayFile(DAY + 1), 5_000);
		expect(await checkAll(await open())).toEqual([24, 31]);
		expect(aside().length).toBe(1);
		await checkWorks();
	});

	test('that is missing is told at the start', async () => {
		await fill();
		rmSync(dayFile(DAY));
		const at = await open();
		const { lost } = await at.load();
		expect(lost).toEqual([
			{
				fromHour: HOUR,
				toHour: HOUR + 23,
				place: 'days/2024-10-04.duckdb',
				reason: 'The file is missing.',
			},
		]);
		expect((await (await open()).load()).lost).toEqual(lost);
		expect(await checkAll(table!)).toEqual([0, 7]);
		await checkWorks();
	});

	test('that goes while the table is open is told when it is read', async () => {
		await fill();
		const at = await open();
		rmSync(dayFile(DAY));
		expect(await checkAll(at)).toEqual([0, 7]);
		expect(told.length).toBe(1);
	});

	test('of a newer program stays where it is', async () => {
		await fill();
		await changeFormat(dayFile(DAY), 'day SET format = 99');
		const at = await open();
		expect(await checkAll(at)).toEqual([0, 7]);
		expect(told[0]!.reason).toContain('Format 99');
		expect(statSync(dayFile(DAY)).size).toBeGreaterThan(0);
		expect(readdirSync(folder)).not.toContain('corrupt');
	});

	test('only the last damaged files are kept', async () => {
		const at = await open();
		const hours = Array.from({ length: 11 }, (_, i) => HOUR + 24 * i);
		await writeHours(at, hours, SERIES);
		for (let i = 0; i < 11; i++) {
			await at.closeDay(DAY + i, keepRows);
			truncateSync(dayFile(DAY + i), 5_000);
		}
		expect((await at.read(null, HOUR, HOUR + 24 * 11)).sids.length).toBe(0);
		expect(told.length).toBe(11);
		expect(aside().length).toBe(8);
	});
});

describe('the hot file', () => {
	test('with bytes of chunks overwritten loses the hours that they are in', async () => {
		await fillDamaged();
		const at = await open();
		expect(await checkAll(at, OPEN, MANY)).toEqual([3, 4, 5, 6]);
		const { series, lost } = await at.load();
		expect(series.length).toBe(MANY);
		expect(lost.map((it) => [it.fromHour, it.toHour])).toEqual([[HOUR + 3, HOUR + 6]]);
		await checkWorks();
	});

	for (const [what, damage] of Object.entries<(path: string) => void>({
		'whose head is overwritten': (path) => overwrite(path, 0, 12_288),
		'that is cut': (path) => truncateSync(path, 3 * 4096 + 100),
		'that is no database': (path) => writeFileSync(path, 'a text\n'.repeat(1_000)),
		'that is empty': (path) => truncateSync(path, 0),
		'that is missing': (path) => rmSync(path),
	})) {
		test(`${what}: closed days stay, labels are read from them, the rest is told as lost`, async () => {
			await fill();
			damage(hot());
			const at = await open();
			const loaded = await at.load();
			expect(loaded.lost).toEqual([
				{
					fromHour: HOUR + 48,
					toHour: HOUR + 24 * 5,
					place: 'hot.duckdb',
					reason: expect.stringMatching(/./),
				},
			]);
			expect(loaded.series.length).toBe(SERIES);
			expect(loaded.state).toEqual({ watermark: null, version: 4, lastSid: SERIES });
			expect(await checkAll(at)).toEqual([48, 49, 50, 51]);
			expect(await at.closedDays()).toEqual([DAY, DAY + 1]);
			await checkWorks();
		});
	}

	test('with a damaged column of hours loses what may have been in it', async () => {
		await fill();
		overwrite(hot(), (await blockOf('m', 'hour')) + 1_000);
		expect(await checkAll(await open())).toEqual([48, 49, 50]);
		await checkWorks();
	});

	test('that loses labels while they are in use refuses all until the next start, which mends it', async () => {
		await fill();
		const at = await open();
		await at.load();
		for (let i = 16_384; i < statSync(hot()).size; i += 4096) overwrite(hot(), i, 16);
		await expect(at.read(null, HOUR + 48, HOUR + 51)).rejects.toThrow('a start mends it');
		await expect(at.load()).rejects.toThrow('a start mends it');
		const again = await open();
		expect((await again.load()).series.length).toBe(SERIES);
		expect(await checkAll(again)).toEqual([48, 49, 50, 51]);
		await checkWorks();
	});

	test('that was salvaged by a process that died then is told by the next', async () => {
		await fillDamaged();
		const instance = await DuckDBInstance.create(':memory:');
		const connection = await instance.connect();
		const o = { from: hot(), to: `${hot()}.new`, reason: 'found before' };
		expect((await salvageHotFile(connection, o)).lostHours.length).toBeGreaterThan(0);
		connection.closeSync();
		instance.closeSync();
		rmSync(hot());
		const at = await open();
		expect(await checkAll(at, OPEN, MANY)).toEqual([3, 4, 5, 6]);
		const { lost } = await at.load();
		expect(new Set(lost.map((it) => it.reason))).toEqual(new Set(['found before']));
		expect((await (await open()).load()).lost).toEqual(lost);
	});

	test('whose log is damaged keeps what was written before', async () => {
		await fill();
		const at = await open();
		await writeHours(at, [HOUR + 52, HOUR + 53, HOUR + 54], SERIES, { merged: false, from: 9 });
		const log = join(folder, 'saved.wal');
		copyFileSync(`${hot()}.wal`, log);
		copyFileSync(hot(), join(folder, 'saved'));
		await at.close();
		table = undefined;
		renameSync(join(folder, 'saved'), hot());
		renameSync(log, `${hot()}.wal`);
		overwrite(`${hot()}.wal`, statSync(`${hot()}.wal`).size - 10_000);
		const again = await open();
		const { state, lost } = await again.load();
		expect(state.version).toBe(10);
		expect(lost.map((it) => it.place)).toEqual(['hot.duckdb']);
		expect(await checkAll(again, [...ALL, HOUR + 52, HOUR + 53, HOUR + 54])).toEqual([54]);
		expect(aside()).toEqual([expect.stringMatching(/^hot\.duckdb\.wal\./)]);
		await checkWorks();
	});

	test('of a newer program is refused', async () => {
		await fill();
		await changeFormat(hot(), 'format SET version = 99');
		await expect(DuckdbChunkTable.open(folder)).rejects.toThrow('Format 99');
		expect(readdirSync(folder)).not.toContain('corrupt');
	});

	test('of format 1 is taken over', async () => {
		const instance = await DuckDBInstance.create(':memory:');
		const connection = await instance.connect();
		const chunks = 'sid UINTEGER, hour UINTEGER, version UINTEGER, data BLOB USING COMPRESSION uncompressed';
		await connection.run(`ATTACH '${hot()}' AS p (BLOCK_SIZE 65536, ROW_GROUP_SIZE 20480);
			CREATE TABLE p.format(version UINTEGER); INSERT INTO p.format VALUES (1);
			CREATE TABLE p.state(segment UBIGINT, spool_offset UBIGINT, version UINTEGER, last_sid UINTEGER);
			INSERT INTO p.state VALUES (3, 4, 5, 6);
			CREATE TABLE p.series(sid UINTEGER, hash UBIGINT, labels VARCHAR);
			INSERT INTO p.series VALUES (6, 7, '{"__name__":"up"}');
			CREATE TABLE p.m(${chunks}); INSERT INTO p.m VALUES (6, ${HOUR}, 4, 'abc'::BLOB);
			CREATE TABLE p.partial(${chunks}); INSERT INTO p.partial VALUES (6, ${HOUR + 24}, 5, 'de'::BLOB);`);
		await connection.run('DETACH p');
		connection.closeSync();
		instance.closeSync();
		const at = await open();
		expect(await at.load()).toEqual({
			series: [{ sid: 6, hashLo: 7, hashHi: 0, labels: { __name__: 'up' } }],
			metadata: [],
			state: { watermark: { segment: 3, offset: 4 }, version: 5, lastSid: 6 },
			lost: [],
		});
		await at.closeDay(DAY, keepRows);
		const rows = await (await open()).read(null, 0, 0xffffffff);
		expect([...rows.hours]).toEqual([HOUR, HOUR + 24]);
		expect([...rows.kinds]).toEqual([0, 0]);
		expect(new TextDecoder().decode(rows.data)).toBe('abcde');
		expect(await table!.closedDays()).toEqual([DAY]);
	});
});

test('whatever is overwritten, the table opens, and what is not there is told', {
	timeout: 600_000,
}, async () => {
	await fill();
	const whole = join(folder, 'whole');
	const files = [hot(), dayFile(DAY), dayFile(DAY + 1)];
	for (const [i, file] of files.entries()) copyFileSync(file, `${whole}${i}`);
	for (let round = 0; round < ROUNDS; round++) {
		const [n, share] = [Math.floor(Math.random() * 3), Math.random()];
		const at = Math.floor(statSync(files[n]!).size * share);
		overwrite(files[n]!, at, 1 + Math.floor(Math.random() * 5_000));
		try {
			await checkAll(await open());
			await checkAll(await open());
		} catch (e) {
			throw new Error(`file ${n} overwritten at ${at}`, { cause: e });
		}
		await table!.close();
		table = undefined;
		for (const name of readdirSync(folder)) {
			if (!name.startsWith('whole')) rmSync(join(folder, name), { recursive: true });
		}
		mkdirSync(join(folder, 'days'));
		for (const [i, file] of files.entries()) copyFileSync(`${whole}${i}`, file);
	}
});

/** Where in the closed hot file the block of a column's segment begins. */
async function blockOf(table: string, column: string): Promise<number> {
	const instance = await DuckDBInstance.create(':memory:');
	const connection = await instance.connect();
	await connection.run(`ATTACH '${hot()}' AS p (READ_ONLY)`);
	const found = await connection.runAndReadAll(
		`SELECT block_id FROM pragma_storage_info('p.${table}')
		WHERE column_name = '${column}' AND row_group_id = 0 AND segment_type <> 'VALIDITY'`,
	);
	await connection.run('DETACH p');
	connection.closeSync();
	instance.closeSync();
	// Three heads of 4 KiB come first.
	return 3 * 4096 + 65_536 * Number(found.getRows()[0]![0]);
}

/** Changes a closed file as another program would have written it. */
async function changeFormat(path: string, update: string): Promise<void> {
	const instance = await DuckDBInstance.create(':memory:');
	const connection = await instance.connect();
	await connection.run(`ATTACH '${path}' AS p; UPDATE p.${update}`);
	await connection.run('DETACH p');
	connection.closeSync();
	instance.closeSync();
}
