import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ChunkRows, TIERS, type TierRows } from '../../../app/server/metrics/chunk-table.ts';
import { Random } from '../../../core-as/testing/random.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';
import { cutTierRows, joinTierRows } from './tier-pieces.ts';

const DAY = 20_000;
const SIZES = [1, 3999, 4000, 4001, 8000, 8001, 25_000, 7, 0, 12_000];

function chunksOf(day: number): ChunkRows {
	const n = SIZES.length;
	return {
		sids: Uint32Array.from(SIZES, (_, i) => i),
		hours: new Uint32Array(n).fill(day * 24),
		versions: new Float64Array(n).fill(day),
		kinds: new Uint8Array(n),
		data: new Uint8Array(n),
		ends: Uint32Array.from(SIZES, (_, i) => i + 1),
	};
}

function tierOf(day: number): TierRows {
	let end = 0;
	const ends = Uint32Array.from(SIZES, (size) => {
		end += size;
		return end;
	});
	return {
		sids: Uint32Array.from(SIZES, (_, i) => i),
		days: new Uint32Array(SIZES.length).fill(day),
		data: new Random(day).bytes(end),
		ends,
	};
}

test('no piece is long, and pieces become rows again', () => {
	const { sids, days, ends } = tierOf(DAY);
	const cut = cutTierRows({ sids, ends });
	expect(cut.sids.length).toBe(sids.length + 1 + 1 + 2 + 6 + 2);
	expect([...cut.ends].every((end, i) => end - (cut.ends[i - 1] ?? 0) <= 4000)).toBe(true);
	const joined = joinTierRows({ ...cut, days: new Uint32Array(cut.sids.length).fill(DAY) });
	expect(joined).toEqual({ sids, days, ends });
});

test('long rows of closed days come back whole, of all series and of some', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'tier-pieces-'));
	const table = await DuckdbChunkTable.open(folder);
	try {
		for (const day of [DAY, DAY + 1]) {
			await table.merge(day * 24, 0, 100, chunksOf(day));
			await table.closeDay(day, (chunks) => ({ chunks, tiers: TIERS.map(() => tierOf(day)) }));
		}
		const rows = await table.readTier(0, null, DAY, DAY + 1);
		expect([...rows.sids]).toEqual(SIZES.flatMap((_, i) => [i, i]));
		for (const [row, sid] of rows.sids.entries()) {
			const { data, ends } = tierOf(rows.days[row]!);
			const found = rows.data.subarray(rows.ends[row - 1] ?? 0, rows.ends[row]);
			expect(Buffer.compare(found, data.subarray(ends[sid - 1] ?? 0, ends[sid]))).toBe(0);
		}
		const some = await table.readTier(1, Uint32Array.of(4, 6), DAY, DAY);
		expect(some.ends).toEqual(Uint32Array.of(8000, 33_000));
	} finally {
		await table.close();
		rmSync(folder, { recursive: true });
	}
});
