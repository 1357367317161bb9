import assert from 'node:assert/strict';
import {
	CHUNK_KIND,
	type ChunkRows,
	type ChunkTable,
	type DayRows,
	type SeriesRow,
	type TableWrite,
	TIERS,
	type TierRows,
} from './chunk-table.ts';
import { MemoryChunkTable } from './memory-chunk-table.ts';

export type Cases = Record<string, () => void | Promise<void>>;

/** A table that can be closed and opened again as a new process would. */
export interface TablePlace {
	open(): Promise<ChunkTable>;
	dispose(): Promise<void>;
}

/** Rows of an odd version hold histograms. */
type Row = [sid: number, hour: number, version: number, size: number];

const HOUR = 24 * 20_000;

/** Bytes of a chunk that are told apart by all that is in the row. */
function bytesOf([sid, hour, version, size]: Row): Uint8Array {
	return Uint8Array.from({ length: size }, (_, i) => (sid * 7 + hour * 3 + version * 5 + i) & 0xff);
}

function kindOf([, , version]: Row): number {
	return version % 2 === 1 ? CHUNK_KIND.histograms : CHUNK_KIND.samples;
}

function chunks(rows: Row[]): ChunkRows {
	const parts = rows.map(bytesOf);
	const data = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	const ends = new Uint32Array(rows.length);
	let at = 0;
	for (const [i, p] of parts.entries()) {
		data.set(p, at);
		at += p.length;
		ends[i] = at;
	}
	return {
		sids: Uint32Array.from(rows, (r) => r[0]),
		hours: Uint32Array.from(rows, (r) => r[1]),
		versions: Float64Array.from(rows, (r) => r[2]),
		kinds: Uint8Array.from(rows, kindOf),
		data,
		ends,
	};
}

/** Rows as they came back; fails when their bytes are not those that were written. */
function rowsOf(read: ChunkRows): Row[] {
	return Array.from(read.sids, (sid, i) => {
		const from = i === 0 ? 0 : read.ends[i - 1]!;
		const row: Row = [sid, read.hours[i]!, read.versions[i]!, read.ends[i]! - from];
		assert.deepEqual([...read.data.subarray(from, read.ends[i])], [...bytesOf(row)], `bytes of ${row}`);
		assert.equal(read.kinds[i], kindOf(row), `kind of ${row}`);
		return row;
	});
}

function write(rows: Row[], at = 1, series: TableWrite['series'] = []): TableWrite {
	const state = { watermark: { segment: at, offset: at * 10 }, version: at, lastSid: 99 };
	return { series, chunks: chunks(rows), metadata: [], state };
}

/** Keeps every row, and of each series in tier `n` its number of rows, `n + 1` times. */
function keep(rows: ChunkRows): DayRows {
	const counts = new Map<number, number>();
	for (const sid of rows.sids) counts.set(sid, (counts.get(sid) ?? 0) + 1);
	const day = Math.floor(rows.hours[0]! / 24);
	const tiers = TIERS.map((_, n) => ({
		sids: Uint32Array.from(counts.keys()),
		days: new Uint32Array(counts.size).fill(day),
		data: Uint8Array.from([...counts.values()].flatMap((count) => new Array(n + 1).fill(count))),
		ends: Uint32Array.from(counts.keys(), (_, i) => (i + 1) * (n + 1)),
	}));
	return { chunks: rows, tiers };
}

/** [sid, day, ...bytes]. */
function tierOf(read: TierRows): number[][] {
	return Array.from(read.sids, (sid, i) => [
		sid,
		read.days[i]!,
		...read.data.subarray(i === 0 ? 0 : read.ends[i - 1]!, read.ends[i]),
	]);
}

/** Merged rows: written as partial ones, and merged hour by hour as they are. */
async function writeMerged(table: ChunkTable, rows: Row[], at: number): Promise<void> {
	await table.append(write(rows, at));
	for (const hour of new Set(rows.map((r) => r[1]))) {
		await table.merge(
			hour,
			0,
			0xffffffff,
			chunks(rows.filter((r) => r[1] === hour).sort((a, b) => a[0] - b[0] || a[2] - b[2])),
		);
	}
}

const byRow = (a: Row, b: Row) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** What every adapter of ChunkTable must make true. */
export function chunkTableCases(place: () => Promise<TablePlace>): Cases {
	const within = (run: (reopen: () => Promise<ChunkTable>) => Promise<void>) => async () => {
		const p = await place();
		let table: ChunkTable | null = null;
		try {
			await run(async () => {
				await table?.close();
				table = await p.open();
				return table;
			});
		} finally {
			await (table as ChunkTable | null)?.close();
			await p.dispose();
		}
	};
	return {
		'a new table is empty': within(async (reopen) => {
			const table = await reopen();
			const { series, metadata, state, lost } = await table.load();
			assert.deepEqual([series, metadata, lost], [[], [], []]);
			assert.deepEqual(state, { watermark: null, version: 0, lastSid: 0 });
			assert.deepEqual(await table.openDays(0xffffffff), []);
			assert.deepEqual(await table.closedDays(), []);
			assert.deepEqual(await table.usage(), []);
			assert.deepEqual(rowsOf(await table.read(null, 0, 0xffffffff)), []);
			assert.deepEqual(tierOf(await table.readTier(0, null, 0, 0xffffffff)), []);
		}),
		'chunks, series and state are there after a start': within(async (reopen) => {
			const table = await reopen();
			const series: SeriesRow[] = [
				{ sid: 7, hashLo: 0xfffffff0, hashHi: 0x80000001, labels: { __name__: 'up', host: 'é"\'\\\u0001' } },
				{ sid: 8, hashLo: 0, hashHi: 0, labels: { __name__: 'constructor' } },
			];
			await table.append(write([[7, 100, 1, 40]], 1, series));
			await table.append(write([[8, 100, 2, 12]], 2));
			const again = await reopen();
			const loaded = await again.load();
			assert.deepEqual(
				loaded.series.sort((a, b) => a.sid - b.sid),
				series,
			);
			assert.deepEqual(loaded.state, { watermark: { segment: 2, offset: 20 }, version: 2, lastSid: 99 });
			assert.deepEqual(rowsOf(await again.read(null, 0, 200)), [
				[7, 100, 1, 40],
				[8, 100, 2, 12],
			]);
		}),
		'blobs of every length come back whole, in any order of lengths': within(async (reopen) => {
			const table = await reopen();
			const rows: Row[] = [];
			for (let i = 0; i < 5000; i++)
				rows.push([i, 5 + (i % 3), 1, 1 + ((i * 37) % 400) + (i % 97 === 0 ? 9000 : 0)]);
			await table.append(write(rows));
			assert.deepEqual(rowsOf(await table.read(null, 0, 100)), rows);
			assert.deepEqual(
				rowsOf(await table.read(null, 6, 6)),
				rows.filter((r) => r[1] === 6),
			);
			assert.deepEqual(
				rowsOf(await table.read(Uint32Array.of(3, 4, 97, 4999, 70000), 0, 100)),
				rows.filter((r) => [3, 4, 97, 4999].includes(r[0])),
			);
			assert.deepEqual(rowsOf(await table.read(new Uint32Array(0), 0, 100)), []);
		}),
		'rows of one series and hour come by version': within(async (reopen) => {
			const table = await reopen();
			await table.append(write([[1, 5, 3, 20]], 3));
			await table.append(write([[1, 5, 1, 21]], 4));
			await table.append(write([[1, 5, 2, 22]], 5));
			assert.deepEqual(
				rowsOf(await table.read(null, 5, 5)).map((r) => r[2]),
				[1, 2, 3],
			);
		}),
		'a failed write leaves nothing': within(async (reopen) => {
			const table = await reopen();
			await table.append(write([[1, 5, 1, 20]], 1));
			const midway = () => {
				throw new Error('midway');
			};
			const series = [{ sid: 3, hashLo: 1, hashHi: 1, labels: { __name__: 'a' } }];
			await assert.rejects(table.append(write([[2, 5, 2, 20]], 2, series), midway), /midway/);
			assert.deepEqual(rowsOf(await table.read(null, 0, 9)), [[1, 5, 1, 20]]);
			const loaded = await (await reopen()).load();
			assert.deepEqual([loaded.series, loaded.state.version], [[], 1]);
		}),
		'a write that is repeated is there once': within(async (reopen) => {
			const table = await reopen();
			const series = [{ sid: 3, hashLo: 1, hashHi: 1, labels: { __name__: 'a' } }];
			for (let i = 0; i < 2; i++) await table.append(write([[3, 5, 1, 20]], 1, series));
			assert.deepEqual(rowsOf(await table.read(null, 0, 9)), [[3, 5, 1, 20]]);
			assert.equal((await table.load()).series.length, 1);
		}),
		'merging replaces the partial chunks of one hour and range of series': within(async (reopen) => {
			const table = await reopen();
			await table.append(
				write([
					[1, 5, 1, 20],
					[1, 6, 1, 20],
					[9, 5, 1, 20],
				]),
			);
			await table.append(write([[1, 5, 2, 25]], 2));
			assert.deepEqual(await table.partialHours(6), [5]);
			assert.deepEqual(await table.partialHours(7), [5, 6]);
			assert.deepEqual(rowsOf(await table.readPartials(5, 0, 9)), [
				[1, 5, 1, 20],
				[1, 5, 2, 25],
			]);
			await table.merge(5, 0, 9, chunks([[1, 5, 2, 50]]));
			assert.deepEqual(await table.partialHours(6), [5]);
			await table.merge(5, 9, 18, chunks([[9, 5, 1, 60]]));
			assert.deepEqual(await table.partialHours(6), []);
			await table.append(write([[1, 5, 3, 30]], 3));
			assert.deepEqual(rowsOf(await (await reopen()).read(null, 0, 9)), [
				[1, 5, 2, 50],
				[1, 5, 3, 30],
				[1, 6, 1, 20],
				[9, 5, 1, 60],
			]);
		}),
		'old hours and unused series are dropped': within(async (reopen) => {
			const table = await reopen();
			const series = [1, 2].map((sid) => ({ sid, hashLo: sid, hashHi: 0, labels: { __name__: `m${sid}` } }));
			await table.append(
				write(
					[
						[1, 5, 1, 20],
						[2, 6, 1, 20],
					],
					1,
					series,
				),
			);
			assert.equal(await table.dropBefore(6), 1);
			assert.deepEqual([...(await table.sidsInUse())], [2]);
			await table.dropSeries([1]);
			const loaded = await (await reopen()).load();
			assert.deepEqual(
				loaded.series.map((s) => s.sid),
				[2],
			);
			assert.equal(loaded.state.lastSid, 99);
		}),
		'of metadata the last counts': within(async (reopen) => {
			const table = await reopen();
			const up = { family: 'up', type: 'gauge', help: 'é"\'\\\n', unit: '' } as const;
			const time = { family: 'constructor', type: 'histogram', help: '', unit: 'seconds' } as const;
			await table.append({ ...write([], 1), metadata: [up, time] });
			await table.append({ ...write([], 2), metadata: [{ ...up, type: 'counter' }] });
			const { metadata } = await (await reopen()).load();
			assert.deepEqual(
				metadata.sort((a, b) => (a.family < b.family ? -1 : 1)),
				[time, { ...up, type: 'counter' }],
			);
		}),
		'a day closes: its rows stay, sorted, and its tiers are there': within(async (reopen) => {
			const table = await reopen();
			const day = HOUR / 24;
			const rows: Row[] = [];
			for (let sid = 1; sid <= 300; sid++) {
				for (let h = 0; h < 24; h += 5) rows.push([sid, HOUR + h, 2 + (sid % 2), 10 + ((sid * h) % 300)]);
			}
			const later: Row[] = [
				[2, HOUR + 24, 9, 50],
				[900, HOUR + 25, 9, 5],
			];
			await writeMerged(table, rows, 1);
			await writeMerged(table, later, 2);
			assert.deepEqual(await table.openDays(day), []);
			assert.deepEqual(await table.openDays(day + 1), [day]);
			assert.deepEqual(await table.openDays(day + 2), [day, day + 1]);
			assert.deepEqual(tierOf(await table.readTier(0, null, 0, 0xffffffff)), []);
			const seen: Row[] = [];
			await table.closeDay(day, (slice) => {
				seen.push(...rowsOf(slice));
				return keep(slice);
			});
			assert.deepEqual(seen, rows);
			for (const open of [async () => table, reopen]) {
				const at = await open();
				assert.deepEqual(await at.openDays(day + 2), [day + 1]);
				assert.deepEqual(await at.closedDays(), [day]);
				assert.deepEqual(rowsOf(await at.read(null, 0, 0xffffffff)), [...rows, ...later].sort(byRow));
				assert.deepEqual(
					rowsOf(await at.read(Uint32Array.of(2, 77, 301, 900), HOUR + 5, HOUR + 24)),
					[...rows, ...later].sort(byRow).filter((r) => [2, 77].includes(r[0]) && r[1] !== HOUR),
				);
				assert.deepEqual(rowsOf(await at.read(new Uint32Array(0), 0, 0xffffffff)), []);
				for (const [n] of TIERS.entries()) {
					assert.deepEqual(
						tierOf(await at.readTier(n, null, 0, 0xffffffff)),
						Array.from({ length: 300 }, (_, i) => [i + 1, day, ...new Array(n + 1).fill(5)]),
					);
				}
				assert.deepEqual(tierOf(await at.readTier(0, Uint32Array.of(3, 900), day, day)), [[3, day, 5]]);
				assert.deepEqual(tierOf(await at.readTier(0, null, day + 1, day + 9)), []);
				const usage = await at.usage();
				assert.deepEqual(
					usage.map((it) => it.day),
					[day, day + 1],
				);
				const bytes = rows.reduce((sum, r) => sum + r[3], 0);
				assert.ok(usage[0]!.bytes >= bytes, `${usage[0]!.bytes} of ${bytes} bytes`);
				assert.ok(usage[1]!.bytes > 0);
				assert.deepEqual(
					[...(await at.sidsInUse())].sort((a, b) => a - b),
					[...Array.from({ length: 300 }, (_, i) => i + 1), 900],
				);
			}
		}),
		'of each series the first and the last hour are known': within(async (reopen) => {
			const table = await reopen();
			const check = async (at: ChunkTable, wanted: number[][]) => {
				const found = new Map<number, [number, number]>();
				for await (const { sids, first, last } of at.seriesHours())
					for (const [i, sid] of sids.entries()) {
						const [from, to] = found.get(sid) ?? [first[i]!, last[i]!];
						found.set(sid, [Math.min(from, first[i]!), Math.max(to, last[i]!)]);
					}
				const rows = [...found].map(([sid, [from, to]]) => [sid, from, to]);
				assert.deepEqual(
					rows.sort((a, b) => a[0]! - b[0]!),
					wanted,
				);
			};
			await check(table, []);
			await writeMerged(
				table,
				[
					[1, HOUR + 3, 2, 30],
					[1, HOUR + 20, 2, 30],
					[4, HOUR, 2, 30],
				],
				1,
			);
			await table.closeDay(HOUR / 24, keep);
			await writeMerged(table, [[4, HOUR + 30, 2, 30]], 2);
			await table.append(write([[1, HOUR + 60, 3, 30]], 3));
			await table.append(write([[7, HOUR + 61, 4, 30]], 4));
			const wanted = [
				[1, HOUR + 3, HOUR + 60],
				[4, HOUR, HOUR + 30],
				[7, HOUR + 61, HOUR + 61],
			];
			await check(table, wanted);
			await check(await reopen(), wanted);
		}),
		'what make does not keep is gone': within(async (reopen) => {
			const table = await reopen();
			await writeMerged(
				table,
				[
					[1, HOUR, 2, 30],
					[1, HOUR, 4, 40],
					[5, HOUR, 4, 50],
				],
				1,
			);
			await table.closeDay(HOUR / 24, (rows) => keep(chunks(rowsOf(rows).filter((r) => r[2] === 4))));
			assert.deepEqual(rowsOf(await (await reopen()).read(null, 0, 0xffffffff)), [
				[1, HOUR, 4, 40],
				[5, HOUR, 4, 50],
			]);
		}),
		'a late row opens its day, which closes again with all rows': within(async (reopen) => {
			let table = await reopen();
			const day = HOUR / 24;
			await writeMerged(
				table,
				[
					[1, HOUR + 3, 2, 30],
					[4, HOUR, 2, 30],
				],
				1,
			);
			await table.closeDay(day, keep);
			await table.append(write([[1, HOUR + 2, 4, 20]], 4));
			assert.deepEqual(await table.openDays(day + 1), []);
			assert.deepEqual(await table.closedDays(), []);
			assert.deepEqual(tierOf(await table.readTier(0, null, day, day)), []);
			await table.merge(HOUR + 2, 0, 99, chunks([[1, HOUR + 2, 4, 20]]));
			assert.deepEqual(await table.openDays(day + 1), [day]);
			assert.deepEqual(await table.closedDays(), []);
			const all: Row[] = [
				[1, HOUR + 2, 4, 20],
				[1, HOUR + 3, 2, 30],
				[4, HOUR, 2, 30],
			];
			assert.deepEqual(rowsOf(await table.read(null, HOUR, HOUR + 23)), all);
			await table.closeDay(day, keep);
			for (let i = 0; i < 2; i++) {
				assert.deepEqual(await table.openDays(day + 1), []);
				assert.deepEqual(await table.closedDays(), [day]);
				assert.deepEqual(rowsOf(await table.read(null, HOUR, HOUR + 23)), all);
				assert.deepEqual(tierOf(await table.readTier(1, null, day, day)), [
					[1, day, 2, 2],
					[4, day, 1, 1],
				]);
				table = await reopen();
			}
		}),
		'closing a day is all or nothing': within(async (reopen) => {
			const table = await reopen();
			const day = HOUR / 24;
			const rows: Row[] = [
				[1, HOUR + 3, 2, 30],
				[4, HOUR, 3, 30],
			];
			const fail = () => {
				throw new Error('no room');
			};
			const check = async (at: ChunkTable, open: number[], closed: number[]) => {
				assert.deepEqual(rowsOf(await at.read(null, 0, 0xffffffff)), rows);
				assert.deepEqual(await at.openDays(0xffffffff), open);
				assert.deepEqual(await at.closedDays(), closed);
			};
			await writeMerged(table, rows, 1);
			await assert.rejects(table.closeDay(day, fail), /no room/);
			await check(table, [day], []);
			await assert.rejects(table.closeDay(day, keep, fail), /no room/);
			await check(table, [day], []);
			await table.closeDay(day, keep);
			await check(table, [], [day]);
			rows.push([9, HOUR, 5, 12]);
			await writeMerged(table, rows.slice(2), 5);
			await assert.rejects(table.closeDay(day, fail), /no room/);
			await assert.rejects(table.closeDay(day, keep, fail), /no room/);
			await check(table, [day], []);
			await check(await reopen(), [day], []);
		}),
		'reads that run while a day closes miss no row': within(async (reopen) => {
			const table = await reopen();
			const rows: Row[] = Array.from({ length: 3_000 }, (_, i) => [i, HOUR + (i % 24), 2, 40]);
			await writeMerged(table, rows, 1);
			let closed = false;
			const closing = table.closeDay(HOUR / 24, keep).finally(() => {
				closed = true;
			});
			do {
				const sids = new Set((await table.read(null, HOUR, HOUR + 23)).sids);
				assert.equal(sids.size, rows.length);
			} while (!closed);
			await closing;
			assert.deepEqual(rowsOf(await table.read(null, HOUR, HOUR + 23)), rows);
		}),
		'many closed days are read at once, in order': within(async (reopen) => {
			const table = await reopen();
			const rows: Row[] = [];
			for (let day = 0; day < 40; day++) {
				const some: Row[] = [
					[1, day * 24, 2, 20],
					[2, day * 24 + 23, 2, 9],
				];
				rows.push(...some);
				await writeMerged(table, some, day + 2);
				await table.closeDay(day, keep);
			}
			const again = await reopen();
			assert.equal((await again.closedDays()).length, 40);
			assert.deepEqual(rowsOf(await again.read(null, 0, 0xffffffff)), rows.sort(byRow));
			assert.deepEqual(
				rowsOf(await again.read(Uint32Array.of(2), 24, 24 * 39)),
				rows.filter((r) => r[0] === 2 && r[1] > 24 && r[1] < 24 * 39),
			);
			assert.deepEqual(
				tierOf(await again.readTier(0, Uint32Array.of(1), 1, 39)),
				Array.from({ length: 39 }, (_, i) => [1, i + 1, 1]),
			);
			assert.equal((await again.usage()).length, 40);
		}),
		'days are dropped, closed and open ones': within(async (reopen) => {
			const table = await reopen();
			const day = HOUR / 24;
			const rows: Row[] = Array.from({ length: 4 }, (_, i) => [i + 1, HOUR + 24 * i + 5, 2, 30]);
			await writeMerged(table, rows, 2);
			for (const n of [0, 1]) await table.closeDay(day + n, keep);
			await table.append(write([[7, HOUR + 24, 3, 30]], 3));
			await table.dropDay(day + 1);
			await table.dropDay(day + 3);
			await table.dropDay(day + 90);
			const check = async (at: ChunkTable) => {
				assert.deepEqual(rowsOf(await at.read(null, 0, 0xffffffff)), [rows[0], rows[2]]);
				assert.deepEqual(await at.closedDays(), [day]);
				assert.deepEqual([...(await at.sidsInUse())].sort(), [1, 3]);
			};
			await check(table);
			await check(await reopen());
		}),
		'closed days are dropped when all of them is old': within(async (reopen) => {
			const table = await reopen();
			const day = HOUR / 24;
			const rows: Row[] = Array.from({ length: 4 }, (_, i) => [i + 1, HOUR + 24 * i + 5, 2, 30]);
			await writeMerged(table, rows, 2);
			for (const n of [0, 1]) await table.closeDay(day + n, keep);
			assert.equal(await table.dropBefore(HOUR + 24 + 23), 1);
			assert.deepEqual(await table.closedDays(), [day + 1]);
			assert.deepEqual(rowsOf(await table.read(null, 0, 0xffffffff)), rows.slice(1));
			assert.equal(await table.dropBefore(HOUR + 24 * 3), 2);
			for (const open of [async () => table, reopen]) {
				const at = await open();
				assert.deepEqual(rowsOf(await at.read(null, 0, 0xffffffff)), [rows[3]]);
				assert.deepEqual(await at.closedDays(), []);
			}
		}),
		'reads and writes may run together': within(async (reopen) => {
			const table = await reopen();
			const work: Promise<unknown>[] = [];
			for (let i = 1; i <= 10; i++) {
				work.push(table.append(write([[i, 5, i, 100]], i)), table.read(null, 0, 9).then(rowsOf));
			}
			await Promise.all(work);
			assert.equal(rowsOf(await table.read(null, 0, 9)).length, 10);
		}),
	};
}

export const cases: Cases = chunkTableCases(async () => {
	const table = new MemoryChunkTable();
	return { open: async () => table, dispose: async () => {} };
});
