import assert from 'node:assert/strict';
import type { ChunkRows, ChunkTable, SeriesRow, TableWrite } from './chunk-table.ts';
import { MemoryChunkTable } from './memory-chunk-table.ts';

export type Cases = Record<string, () => void | Promise<void>>;

/** A table that can be closed and opened again as a new process would. */
export interface TablePlace {
	open(): Promise<ChunkTable>;
	dispose(): Promise<void>;
}

type Row = [sid: number, hour: number, version: number, size: number];

/** Bytes of a chunk that are told apart by all that is in the row. */
function bytesOf([sid, hour, version, size]: Row): Uint8Array {
	return Uint8Array.from({ length: size }, (_, i) => (sid * 7 + hour * 3 + version * 5 + i) & 0xff);
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
		return row;
	});
}

function write(rows: Row[], at = 1, series: TableWrite['series'] = []): TableWrite {
	const state = { watermark: { segment: at, offset: at * 10 }, version: at, lastSid: 99 };
	return { series, chunks: chunks(rows), state };
}

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
			const { series, state } = await (await reopen()).load();
			assert.deepEqual(series, []);
			assert.deepEqual(state, { watermark: null, version: 0, lastSid: 0 });
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
