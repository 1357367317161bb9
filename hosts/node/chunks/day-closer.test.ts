import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { type ChunkRows, TIERS } from '../../../app/server/metrics/chunk-table.ts';
import { Random } from '../../../core-as/testing/random.ts';
import { daySlices } from './day-slices.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';
import { NO_TIER } from './testing/chunk-days.ts';

const DAY = 20_000;

/** `counts[sid]` rows of each series, a byte each. */
function rowsOf(counts: readonly number[]): ChunkRows {
	const sids = Uint32Array.from(counts.flatMap((count, sid) => new Array<number>(count).fill(sid)));
	return {
		sids,
		hours: new Uint32Array(sids.length).fill(DAY * 24),
		versions: Float64Array.from(sids, (_, i) => i),
		kinds: new Uint8Array(sids.length),
		data: Uint8Array.from(sids, (_, i) => i),
		ends: Uint32Array.from(sids, (_, i) => i + 1),
	};
}

test('a day is handed out in whole series, few rows at a time, and kept in their order', async () => {
	const random = new Random(3);
	const counts = Array.from({ length: 900 }, (_, sid) => (sid % 300 === 7 ? 5000 : 1 + random.below(60)));
	const rows = rowsOf(counts);
	const folder = mkdtempSync(join(tmpdir(), 'day-closer-'));
	const table = await DuckdbChunkTable.open(folder);
	try {
		await table.merge(DAY * 24, 0, counts.length, rows);
		const seen: Uint32Array[] = [];
		await table.closeDay(DAY, (chunks) => {
			// What is given may be used again.
			seen.push(chunks.sids.slice());
			return { chunks, tiers: TIERS.map(() => NO_TIER) };
		});
		expect(Uint32Array.from(seen.flatMap((it) => [...it]))).toEqual(rows.sids);
		for (const [i, sids] of seen.entries()) {
			if (i > 0) expect(sids[0]).toBeGreaterThan(seen[i - 1]!.at(-1)!);
			expect(sids.length <= 2048 || new Set(sids).size === 1).toBe(true);
		}
		expect(await table.read(null, DAY * 24, DAY * 24)).toMatchObject(rows);
		expect(await table.openDays(DAY + 1)).toEqual([]);
	} finally {
		await table.close();
		rmSync(folder, { recursive: true });
	}
});

test('slices are whole series, rise, and are bounded by rows and by bytes', async () => {
	const instance = await DuckDBInstance.create(':memory:');
	const connection = await instance.connect();
	const sizes = async (make: string) => {
		await connection.run(`CREATE OR REPLACE TABLE m AS ${make}`);
		const slices = await daySlices(connection, 'SELECT sid, data FROM m');
		const found = [];
		for (const [from, to] of slices) {
			const sql = `SELECT count(*)::DOUBLE, sum(octet_length(data))::DOUBLE FROM m WHERE sid BETWEEN ${from} AND ${to}`;
			const [row] = (await connection.runAndReadAll(sql)).getRows();
			found.push({ from, to, rows: row![0] as number, bytes: row![1] as number });
		}
		for (const [i, { from, to }] of found.entries()) {
			expect(to).toBeGreaterThanOrEqual(from);
			if (i > 0) expect(from).toBeGreaterThan(found[i - 1]!.to);
		}
		return found;
	};
	try {
		expect(await sizes(`SELECT 0::UINTEGER AS sid, ''::BLOB AS data WHERE false`)).toEqual([]);
		const many = await sizes(`SELECT (i // 24)::UINTEGER AS sid, 'x'::BLOB AS data FROM range(240000) t(i)`);
		expect(many.reduce((sum, it) => sum + it.rows, 0)).toBe(240_000);
		expect(Math.max(...many.map((it) => it.rows))).toBeLessThan(16_384 + 24);
		expect(many.length).toBeLessThan(20);
		const large = await sizes(
			`SELECT (i // 2)::UINTEGER AS sid, repeat('x', 1000000)::BLOB AS data FROM range(100) t(i)`,
		);
		expect(large.reduce((sum, it) => sum + it.rows, 0)).toBe(100);
		expect(Math.max(...large.map((it) => it.bytes))).toBeLessThan(16 * 1024 * 1024 + 2_000_000);
		expect(large.length).toBeLessThan(10);
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
});
