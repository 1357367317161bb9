import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ChunkRows, TIERS } from '../../../app/server/metrics/chunk-table.ts';
import { Random } from '../../../core-as/testing/random.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';
import { NO_TIER } from './testing/chunk-days.ts';

const DAYS = 14;
const HOURS = 4;
const SERIES = 1_000;
const BYTES = 1_000;
const DAY = 20_000;

const random = new Random(7);
const noise = random.bytes(SERIES * BYTES);

function hourRows(hour: number, version: number): ChunkRows {
	return {
		sids: Uint32Array.from({ length: SERIES }, (_, i) => i),
		hours: new Uint32Array(SERIES).fill(hour),
		versions: new Float64Array(SERIES).fill(version),
		kinds: new Uint8Array(SERIES),
		data: noise,
		ends: Uint32Array.from({ length: SERIES }, (_, i) => (i + 1) * BYTES),
	};
}

test('the hot file uses the room of closed days again', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'hot-size-'));
	const table = await DuckdbChunkTable.open(folder);
	const sizes: number[] = [];
	try {
		let version = 0;
		for (let day = DAY; day < DAY + DAYS; day++) {
			for (let hour = day * 24; hour < day * 24 + HOURS; hour++) {
				const chunks = hourRows(hour, ++version);
				const state = { watermark: { segment: 1, offset: version }, version, lastSid: SERIES };
				await table.append({ series: [], chunks, metadata: [], state });
				await table.merge(hour, 0, SERIES, chunks);
			}
			// As a store does: a day is closed while the next one fills.
			if (day > DAY) await table.closeDay(day - 1, (chunks) => ({ chunks, tiers: TIERS.map(() => NO_TIER) }));
			sizes.push(statSync(join(folder, 'hot.duckdb')).size);
		}
	} finally {
		await table.close();
		rmSync(folder, { recursive: true });
	}
	// Two days, of which one is there in parts too, and what a checkpoint writes before it frees.
	const day = HOURS * SERIES * BYTES;
	const [early, late] = [sizes.slice(0, DAYS / 2), sizes.slice(DAYS / 2)].map((it) => Math.max(...it));
	expect(early).toBeGreaterThan(day);
	expect(early).toBeLessThan(6 * day);
	expect(late).toBeLessThan(early! + day);
});
