import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	type ChunkRows,
	type DayRows,
	type TableWrite,
	TIERS,
} from '../../../app/server/metrics/chunk-table.ts';
import { DuckdbChunkTable } from './duckdb-chunk-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
const mounted = mount('size=20m');

function mount(options: string): boolean {
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

const ROWS = 200;
const ROW_BYTES = 6000;
const NO_TIER = {
	sids: new Uint32Array(),
	days: new Uint32Array(),
	data: new Uint8Array(),
	ends: new Uint32Array(),
};

/** 1.2 MB of noise. */
function write(version: number): TableWrite {
	const data = new Uint8Array(ROWS * ROW_BYTES);
	for (let at = 0; at < data.length; at += 60_000) crypto.getRandomValues(data.subarray(at, at + 60_000));
	return {
		series: [{ sid: version, hashLo: version, hashHi: 0, labels: { __name__: `m${version}` } }],
		chunks: {
			sids: Uint32Array.from({ length: ROWS }, (_, i) => i),
			hours: new Uint32Array(ROWS).fill(5),
			versions: new Float64Array(ROWS).fill(version),
			kinds: new Uint8Array(ROWS),
			data,
			ends: Uint32Array.from({ length: ROWS }, (_, i) => (i + 1) * ROW_BYTES),
		},
		metadata: [],
		state: { watermark: { segment: version, offset: 1 }, version, lastSid: version },
	};
}

function expectSame(found: ChunkRows, rows: ChunkRows): void {
	expect({ ...found, data: null, release: null }).toEqual({ ...rows, data: null, release: null });
	expect(Buffer.compare(found.data, rows.data)).toBe(0);
}

// A tmpfs of its own needs root, as the agent's tests do.
describe.skipIf(!mounted)('a full disk', () => {
	let table: DuckdbChunkTable;
	beforeAll(async () => {
		table = await DuckdbChunkTable.open(join(folder, 'chunks'));
	});
	afterAll(async () => {
		await table.close();
		execFileSync('umount', [folder]);
		rmSync(folder, { recursive: true });
	});

	it('refuses writes, answers reads, and goes on when there is room; nothing is lost or doubled', async () => {
		let version = 1;
		let failed: unknown;
		for (; version < 100 && failed === undefined; version++) {
			await table.append(write(version)).catch((e: unknown) => {
				failed = e;
			});
		}
		// The write at which the disk ran full is repeated as the store does, until it is said to be there.
		const last = version - 1;
		expect(String(failed)).toContain('No space left');
		const repeated = write(last);
		await table.append(repeated).catch(() => {});
		await table.append(write(last + 1)).catch(() => {});
		expect((await table.read(null, 5, 5)).sids.length / ROWS).toBeGreaterThanOrEqual(last - 1);
		execFileSync('mount', ['-o', 'remount,size=100m', folder]);
		for (const n of [last, last + 1, last + 2]) await table.append(write(n));
		const rows = await table.read(null, 5, 5);
		expect(rows.sids.length).toBe(ROWS * (last + 2));
		const { series, state } = await table.load();
		expect(series.map((s) => s.sid).sort((a, b) => a - b)).toEqual(
			Array.from({ length: last + 2 }, (_, i) => i + 1),
		);
		expect(state.version).toBe(last + 2);
	});

	it('leaves a day that cannot be closed as it was, and closes it when there is room', async () => {
		const last = (await table.load()).state.version;
		await table.dropDay(0);
		const room = (bytes: string) => execFileSync('mount', ['-o', `remount,size=${bytes}`, folder]);
		for (let hour = 1; hour <= 10; hour++) {
			const { chunks, ...rest } = write(last + hour);
			chunks.hours.fill(24 + hour);
			await table.append({ ...rest, chunks });
			await table.merge(24 + hour, 0, ROWS, chunks);
		}
		const before = await table.read(null, 24, 47);
		expect(before.sids.length).toBe(10 * ROWS);
		// As large as what is there, and a little more.
		const used = statfsSync(folder);
		room(String((used.blocks - used.bfree) * used.bsize + 2_000_000));
		const keep = (chunks: ChunkRows): DayRows => ({ chunks, tiers: TIERS.map(() => NO_TIER) });
		await expect(table.closeDay(1, keep)).rejects.toThrow('No space left');
		expect(await table.closedDays()).toEqual([]);
		expect(await table.openDays(9)).toEqual([1]);
		expectSame(await table.read(null, 24, 47), before);
		expect(readdirSync(join(folder, 'chunks', 'days'))).toEqual([]);
		room('100m');
		await table.closeDay(1, keep);
		expect(await table.closedDays()).toEqual([1]);
		expectSame(await table.read(null, 24, 47), before);
	});
});

it.runIf(!mounted)('a full disk is not tried: mounting a tmpfs needs root', () => {
	rmSync(folder, { recursive: true });
});
