import type { MetricMetadata } from '../../../telemetry/metadata.ts';
import type { ChunkRows, DayRows, NewSeries } from '../../metrics/chunk-table.ts';
import { dayOf } from './chunk-catalogue.ts';
import { SERIES_PARTITION } from './chunk-schema.ts';
import { byPartitions, type ChunkTables } from './chunk-tables.ts';
import { RowBinary } from './row-binary.ts';

/** Inserts chunks into `open`; the days must be known to be there before. */
export async function insertOpen(
	tables: ChunkTables,
	chunks: ChunkRows,
	{ merged, piece }: { merged: boolean; piece: number },
): Promise<void> {
	const { sids, hours, versions, kinds } = chunks;
	const byHour = Uint32Array.from(hours, (_, i) => i).sort((a, b) => hours[a]! - hours[b]! || a - b);
	for (const list of byPartitions(byHour, (i) => dayOf(hours[i]!))) {
		const rows = new RowBinary(list.length * 64);
		for (const i of list) {
			rows
				.u32(dayOf(hours[i]!))
				.u8(merged ? 1 : 0)
				.u32(sids[i]!)
				.u32(hours[i]!)
				.u32(versions[i]!);
			rows.u8(kinds[i]!).u64(piece).bytes(blob(chunks, i));
		}
		const columns = ['day', 'merged', 'sid', 'hour', 'version', 'kind', 'piece', 'data'];
		await tables.insert('open', columns, rows);
	}
}

/** Inserts rows of a closed day and of its tiers into its place. */
export async function insertClosed(
	tables: ChunkTables,
	{ chunks, tiers }: DayRows,
	{ day, place }: { day: number; place: number },
): Promise<void> {
	const rows = new RowBinary(chunks.data.length + 48 * chunks.sids.length);
	for (let i = 0; i < chunks.sids.length; i++) {
		rows.u32(day).u64(place).u32(chunks.sids[i]!).u32(chunks.hours[i]!).u32(chunks.versions[i]!);
		rows.u8(chunks.kinds[i]!).bytes(blob(chunks, i));
	}
	await tables.insert('closed', ['day', 'place', 'sid', 'hour', 'version', 'kind', 'data'], rows);
	const tierRows = new RowBinary();
	for (const [tier, of] of tiers.entries())
		for (let i = 0; i < of.sids.length; i++)
			tierRows.u32(day).u64(place).u8(tier).u32(of.sids[i]!).bytes(blob(of, i));
	await tables.insert('tiers', ['day', 'place', 'tier', 'sid', 'data'], tierRows);
}

const SERIES_COLUMNS = ['sid', 'hash_lo', 'hash_hi', 'labels', 'gone', 'piece'];

/** An insert of them: 10 MB and more of labels. */
const MAX_SERIES_ROWS = 50_000;

export async function insertSeries(tables: ChunkTables, series: NewSeries, piece: number): Promise<void> {
	let rows = new RowBinary();
	let count = 0;
	let partition = -1;
	const insert = async () => {
		await tables.insert('series', SERIES_COLUMNS, rows);
		rows = new RowBinary();
		count = 0;
	};
	for (const { sid, hashLo, hashHi, labels } of series) {
		const own = Math.floor(sid / SERIES_PARTITION);
		if (count === MAX_SERIES_ROWS || own !== partition) await insert();
		partition = own;
		rows.u32(sid).u32(hashLo).u32(hashHi).text(JSON.stringify(labels)).u8(0).u64(piece);
		count++;
	}
	await insert();
}

/** Rows that say that series are gone. */
export async function insertGone(tables: ChunkTables, sids: Uint32Array, piece: number): Promise<void> {
	for (const list of bySeriesPartitions(sids)) {
		const rows = new RowBinary(list.length * 32);
		for (const i of list) rows.u32(sids[i]!).u32(0).u32(0).text('').u8(1).u64(piece);
		await tables.insert('series', SERIES_COLUMNS, rows);
	}
}

export async function insertMetadata(
	tables: ChunkTables,
	metadata: readonly MetricMetadata[],
	piece: number,
): Promise<void> {
	const rows = new RowBinary();
	for (const { family, type, help, unit } of metadata)
		rows.text(family).text(type).text(help).text(unit).u64(piece);
	await tables.insert('metadata', ['family', 'type', 'help', 'unit', 'piece'], rows);
}

function bySeriesPartitions(sids: Uint32Array): Uint32Array[] {
	const rising = Uint32Array.from(sids, (_, i) => i).sort((a, b) => sids[a]! - sids[b]!);
	return byPartitions(rising, (i) => Math.floor(sids[i]! / SERIES_PARTITION));
}

function blob({ data, ends }: { data: Uint8Array; ends: Uint32Array }, i: number): Uint8Array {
	return data.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!);
}
