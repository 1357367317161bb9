import { type ChunkRows, type DayRows, TIERS } from '../../../../app/server/metrics/chunk-table.ts';
import type { DuckdbChunkTable } from '../duckdb-chunk-table.ts';

/** A tier without rows. */
export const NO_TIER = {
	sids: new Uint32Array(),
	days: new Uint32Array(),
	data: new Uint8Array(),
	ends: new Uint32Array(),
};

export const ROW_BYTES = 500;

/** Rows of an hour, one a series; the bytes are told apart by series and hour. */
export function hourRows(hour: number, series: number, version: number): ChunkRows {
	const data = new Uint8Array(series * ROW_BYTES);
	for (let i = 0; i < data.length; i++) data[i] = noise(hour, i);
	return {
		sids: Uint32Array.from({ length: series }, (_, i) => i + 1),
		hours: new Uint32Array(series).fill(hour),
		versions: new Float64Array(series).fill(version),
		kinds: new Uint8Array(series),
		data,
		ends: Uint32Array.from({ length: series }, (_, i) => (i + 1) * ROW_BYTES),
	};
}

function noise(hour: number, at: number): number {
	const mixed = Math.imul(Math.imul(hour, 0x85ebca6b) ^ at, 0x9e3779b1);
	return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 24;
}

/** Writes hours as merged rows; the labels of all series go with the first write. */
export async function writeHours(
	table: DuckdbChunkTable,
	hours: readonly number[],
	series: number,
	{ merged = true, from = 1 } = {},
): Promise<void> {
	for (const [i, hour] of hours.entries()) {
		const version = from + i;
		const chunks = hourRows(hour, series, version);
		const rows = Array.from(chunks.sids, (sid) => ({
			sid,
			hashLo: sid,
			hashHi: 0,
			labels: { __name__: 'm', s: `${sid}` },
		}));
		const state = { watermark: { segment: version, offset: 1 }, version, lastSid: series };
		await table.append({ series: version === 1 ? rows : [], chunks, metadata: [], state });
		if (merged) await table.merge(hour, 0, 0xffffffff, chunks);
	}
}

/** Keeps what is there, with tiers of one byte. */
export function keepRows(chunks: ChunkRows): DayRows {
	const sids = Uint32Array.from(new Set(chunks.sids));
	const tier = {
		sids,
		days: new Uint32Array(sids.length).fill(Math.floor(chunks.hours[0]! / 24)),
		data: new Uint8Array(sids.length).fill(7),
		ends: Uint32Array.from(sids, (_, i) => i + 1),
	};
	return { chunks, tiers: TIERS.map(() => tier) };
}

/** How many series each hour has rows of; throws when a row has bytes that were not written. */
export function countHours(rows: ChunkRows): Map<number, number> {
	const seen = new Map<number, Set<number>>();
	for (const [i, sid] of rows.sids.entries()) {
		const hour = rows.hours[i]!;
		const from = i === 0 ? 0 : rows.ends[i - 1]!;
		const at = (sid - 1) * ROW_BYTES;
		if (rows.ends[i]! - from !== ROW_BYTES) throw new Error(`length of ${sid} at ${hour}`);
		for (let b = 0; b < ROW_BYTES; b++) {
			if (rows.data[from + b] !== noise(hour, at + b)) throw new Error(`bytes of ${sid} at ${hour}`);
		}
		let sids = seen.get(hour);
		if (!sids) {
			sids = new Set();
			seen.set(hour, sids);
		}
		sids.add(sid);
	}
	return new Map([...seen].map(([hour, sids]) => [hour, sids.size]));
}
