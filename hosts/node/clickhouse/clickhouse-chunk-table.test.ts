import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BlobAnswer, endRow } from '../../../app/server/clickhouse/chunks/blob-answer.ts';
import { ClickhouseChunkTable } from '../../../app/server/clickhouse/chunks/clickhouse-chunk-table.ts';
import { type Engine, EngineError, type InsertInto } from '../../../app/server/clickhouse/engine.ts';
import { chunkTableCases } from '../../../app/server/metrics/chunk-table.contract.ts';
import {
	type ChunkRows,
	type DayRows,
	type TableWrite,
	TIERS,
} from '../../../app/server/metrics/chunk-table.ts';
import { ClickhouseEngine } from './clickhouse-engine.ts';
import { remoteEngine } from './open-engine.ts';
import { startEngine } from './testing/started-engine.ts';

// The chunk table in the real engine, beside what clickhouse-chunk-table.contract.ts says.

const dataDir = mkdtempSync(join(tmpdir(), 'codexray-chunks-'));
let engine: ClickhouseEngine;
let databases = 0;

beforeAll(async () => {
	({ engine } = await startEngine(dataDir));
}, 60_000);
afterAll(async () => {
	await engine.close();
	rmSync(dataDir, { recursive: true, force: true });
});

describe('writes its log anew after every change', () => {
	const cases = chunkTableCases(async () => {
		const database = `chunks_${++databases}`;
		return {
			open: () => ClickhouseChunkTable.open(engine, database, { maxEntries: 1 }),
			dispose: () => engine.command(`DROP DATABASE ${database} SYNC`),
		};
	});
	// Of those with many rounds nothing more is learnt.
	const some = Object.entries(cases).filter(([name]) => !name.startsWith('many'));
	test.each(some)(
		'%s',
		async (_name, run) => {
			await run();
		},
		60_000,
	);
});

/** The engine as a program sees it that dies, or gets no answer, at its next insert into `table`. */
class BreakingEngine implements Engine {
	breakAt: { table: string; after: boolean } | null = null;

	command = (sql: string) => engine.command(sql);
	select = <Row>(sql: string, params: Record<string, unknown>) => engine.select<Row>(sql, params);
	read = (sql: string, take: (bytes: Uint8Array) => void) => engine.read(sql, take);
	state = () => engine.state();
	async close(): Promise<void> {}

	async insert(into: InsertInto, blocks: readonly Uint8Array[], token: string): Promise<void> {
		const at = this.breakAt;
		const breaks = at !== null && into.table.endsWith(`.${at.table}`);
		if (breaks) this.breakAt = null;
		if (breaks && !at.after) throw new EngineError('socket hang up', null);
		await engine.insert(into, blocks, token);
		if (breaks) throw new EngineError('socket hang up', null);
	}
}

const blobOf = (version: number) => Uint8Array.of(version, 1, 2);

/** One chunk of each series, and of the hour. */
function writeOf(version: number, sids: number[], hour = 100): TableWrite {
	return {
		series: [{ sid: 1000 + version, hashLo: version, hashHi: 0, labels: { __name__: `m${version}` } }],
		chunks: {
			sids: Uint32Array.from(sids),
			hours: new Uint32Array(sids.length).fill(hour),
			versions: new Float64Array(sids.length).fill(version),
			kinds: new Uint8Array(sids.length),
			data: Uint8Array.from(sids.flatMap(() => [...blobOf(version)])),
			ends: Uint32Array.from(sids, (_, i) => 3 * (i + 1)),
		},
		metadata: [{ family: 'm', type: 'gauge', help: `${version}`, unit: '' }],
		state: { watermark: { segment: version, offset: 0 }, version, lastSid: 2000 },
	};
}

const rowsOf = ({ sids, versions }: ChunkRows) => [...sids].map((sid, i) => [sid, versions[i]!]);

test('an answer that fails after its first rows is not taken for a whole one', async () => {
	const answer = new BlobAnswer(1);
	let bytes = 0;
	await expect(
		engine
			.read(
				`SELECT toUInt32(number), toString(throwIf(number = 3000000)) FROM numbers(4000000) UNION ALL ${endRow(1)} SETTINGS max_threads = 1`,
				(part) => {
					bytes += part.length;
					answer.take(part);
				},
			)
			.then(() => answer.rows()),
	).rejects.toThrow();
	expect(bytes).toBeGreaterThan(0);
});

describe('a program that dies, and one that gets no answer', () => {
	let database: string;
	beforeEach(() => {
		database = `chunks_${++databases}`;
	});
	afterEach(() => engine.command(`DROP DATABASE ${database} SYNC`));

	test.each(['series', 'metadata', 'open', 'log'])(
		'at %s: the next one finds all or nothing',
		async (table) => {
			for (const after of [false, true]) {
				const broken = new BreakingEngine();
				const first = await ClickhouseChunkTable.open(broken, database);
				const { version } = (await first.load()).state;
				await first.append(writeOf(version + 1, [1, 2]));
				broken.breakAt = { table, after };
				await expect(first.append(writeOf(version + 2, [1, 3]))).rejects.toMatchObject({
					code: 'CXR_ENGINE_AWAY',
					message: expect.stringContaining(database),
				});
				const next = await ClickhouseChunkTable.open(engine, database);
				const { state, series, metadata } = await next.load();
				const isThere = table === 'log' && after;
				expect(state.version).toBe(version + (isThere ? 2 : 1));
				expect(series.some(({ sid }) => sid === 1000 + version + 2)).toBe(isThere);
				expect(metadata).toMatchObject([{ help: `${state.version}` }]);
				// Other rows of the same version: those that were not finished must not count with them.
				await next.append(writeOf(version + 2, [5]));
				await next.append(writeOf(version + 3, [6]));
				const rows = rowsOf(await next.read(null, 100, 100)).filter(([, v]) => v! > version);
				expect(rows.sort()).toEqual(
					(isThere
						? [
								[1, version + 1],
								[2, version + 1],
								[1, version + 2],
								[3, version + 2],
								[6, version + 3],
							]
						: [
								[1, version + 1],
								[2, version + 1],
								[5, version + 2],
								[6, version + 3],
							]
					).sort(),
				);
			}
		},
	);

	test.each(['open', 'log'])(
		'a write whose end at %s is unknown is repeated, and is there once',
		async (table) => {
			const broken = new BreakingEngine();
			const first = await ClickhouseChunkTable.open(broken, database);
			for (const after of [false, true]) {
				broken.breakAt = { table, after };
				await expect(first.append(writeOf(after ? 2 : 1, [1]))).rejects.toThrow(/socket hang up/);
				await first.append(writeOf(after ? 2 : 1, [1]));
			}
			const rows = [
				[1, 1],
				[1, 2],
			];
			expect(rowsOf(await first.read(null, 100, 100))).toEqual(rows);
			const next = await ClickhouseChunkTable.open(engine, database);
			expect(rowsOf(await next.read(null, 100, 100))).toEqual(rows);
			expect((await next.load()).series).toHaveLength(2);
		},
	);

	test.each(['open', 'log'])('a merge whose end at %s is unknown loses nothing', async (table) => {
		for (const after of [false, true]) {
			const broken = new BreakingEngine();
			const first = await ClickhouseChunkTable.open(broken, database);
			const version = (await first.load()).state.version + 1;
			const hour = 100 + version;
			await first.append(writeOf(version, [1, 2], hour));
			broken.breakAt = { table, after };
			const merged = writeOf(version, [1, 2], hour).chunks;
			await expect(first.merge(hour, 0, 9, merged)).rejects.toThrow(/socket hang up/);
			// Whatever became of it, this one goes on without it.
			expect(rowsOf(await first.readPartials(hour, 0, 9))).toHaveLength(2);
			await first.append(writeOf(version + 1, [7], hour));
			const next = await ClickhouseChunkTable.open(engine, database);
			for (const table of [first, next])
				expect(rowsOf(await table.read(null, hour, hour))).toEqual([
					[1, version],
					[2, version],
					[7, version + 1],
				]);
			await next.merge(hour, 0, 9, merged);
			expect(rowsOf(await next.read(Uint32Array.of(1, 2), hour, hour))).toHaveLength(2);
		}
	});

	test.each([false, true])('a close whose end is unknown (in the log: %s) loses nothing', async (after) => {
		const broken = new BreakingEngine();
		const keep = (chunks: ChunkRows): DayRows => ({
			chunks,
			tiers: TIERS.map(() => ({
				sids: chunks.sids,
				days: new Uint32Array(chunks.sids.length).fill(4),
				data: chunks.data,
				ends: chunks.ends,
			})),
		});
		const rows = [
			[1, 1],
			[2, 1],
		];
		const first = await ClickhouseChunkTable.open(broken, database);
		await first.append(writeOf(1, [1, 2]));
		await first.merge(100, 0, 9, writeOf(1, [1, 2]).chunks);
		broken.breakAt = { table: 'log', after };
		await expect(first.closeDay(4, keep)).rejects.toThrow(/socket hang up/);
		expect(await first.openDays(9)).toEqual([4]);
		expect(rowsOf(await first.read(null, 100, 100))).toEqual(rows);
		// Maintenance that goes on before anything says that the close failed.
		await expect(
			first.closeDay(4, () => {
				throw new Error('no');
			}),
		).rejects.toThrow(/no/);
		const next = await ClickhouseChunkTable.open(engine, database);
		expect(rowsOf(await next.read(null, 100, 100))).toEqual(rows);
		expect(await next.closedDays()).toEqual(after ? [4] : []);
		await next.closeDay(4, keep);
		const last = await ClickhouseChunkTable.open(engine, database);
		expect(rowsOf(await last.read(null, 100, 100))).toEqual(rows);
		expect((await last.readTier(1, null, 4, 4)).sids).toEqual(Uint32Array.of(1, 2));
		expect(await last.closedDays()).toEqual([4]);
	});

	test('one that started later has the tables; what comes late of the other does not count', async () => {
		const first = await ClickhouseChunkTable.open(engine, database);
		await first.append(writeOf(1, [1]));
		const next = await ClickhouseChunkTable.open(engine, database);
		for (let i = 0; i < 2; i++)
			await expect(first.append(writeOf(2, [9]))).rejects.toMatchObject({ code: 'CXR_STORE_LOCKED' });
		await expect(first.dropSeries([1001])).rejects.toMatchObject({ code: 'CXR_STORE_LOCKED' });
		await next.append(writeOf(2, [2]));
		const last = await ClickhouseChunkTable.open(engine, database);
		for (const table of [next, last]) {
			expect(rowsOf(await table.read(null, 100, 100))).toEqual([
				[1, 1],
				[2, 2],
			]);
			expect((await table.load()).series.map(({ sid }) => sid)).toEqual([1001, 1002]);
		}
	});

	test('one write of a year of hours, and of series far apart', async () => {
		const table = await ClickhouseChunkTable.open(engine, database);
		const write = writeOf(
			1,
			Array.from({ length: 365 * 2 }, () => 1),
		);
		write.chunks.hours = Uint32Array.from(write.chunks.sids, (_, i) => i * 12);
		write.series = Array.from({ length: 200 }, (_, i) => ({
			...{ sid: i * 2 ** 20 + i, hashLo: i, hashHi: i, labels: { __name__: `m${i}` } },
		}));
		await table.append(write);
		expect((await table.read(null, 0, 0xffffffff)).sids).toHaveLength(730);
		expect((await table.usage()).length).toBe(365);
		expect((await table.load()).series).toHaveLength(200);
		expect(await table.partialHours(25)).toEqual([0, 12, 24]);
		await table.dropSeries([...write.series].map(({ sid }) => sid).slice(1));
		expect((await table.load()).series.map(({ sid }) => sid)).toEqual([0]);
		expect(await table.dropBefore(364 * 24)).toBe(728);
		expect((await table.usage()).map(({ day }) => day)).toEqual([364]);
		const again = await ClickhouseChunkTable.open(engine, database);
		expect((await again.load()).series.map(({ sid }) => sid)).toEqual([0]);
		expect((await again.read(null, 0, 0xffffffff)).sids).toHaveLength(2);
	}, 120_000);

	test('without an engine it says which, and no secret', async () => {
		const away = await ClickhouseEngine.open(remoteEngine('http://me:secret@127.0.0.1:1'));
		const opening = ClickhouseChunkTable.open(away, database);
		await expect(opening).rejects.toMatchObject({ code: 'CXR_ENGINE_AWAY', status: 503 });
		await expect(opening).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.1:1/);
		await expect(opening).rejects.not.toThrow(/secret/);
		await away.close();
		await engine.command(`CREATE DATABASE IF NOT EXISTS ${database}`);
	});

	test('tables of a newer program are refused', async () => {
		await ClickhouseChunkTable.open(engine, database);
		await engine.command(`INSERT INTO ${database}.schema_version (version) VALUES (99)`);
		await expect(ClickhouseChunkTable.open(engine, database)).rejects.toMatchObject({
			code: 'CXR_ENGINE_SCHEMA',
		});
	});
});
