import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DuckdbChunkTable } from '../../hosts/node/chunks/duckdb-chunk-table.ts';
import { countHours, keepRows } from '../../hosts/node/chunks/testing/chunk-days.ts';
import { KILL_ROUNDS } from '../product/killed-server.ts';
import { root } from '../product/product.ts';

// A process that writes and closes days is killed at any moment. What it had written is there, whatever it was at.

const SERIES = 2_000;

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'codexray-days-'));
});
afterEach(() => {
	rmSync(folder, { recursive: true, force: true });
});

test('kill -9 while days are written and closed loses nothing', async () => {
	const written = new Set<number>();
	let closed = 0;
	for (let round = 0; round < KILL_ROUNDS; round++) {
		const child = spawn(
			process.execPath,
			[join(root, 'hosts/node/chunks/testing/close-days-process.ts'), folder, String(SERIES)],
			{ stdio: ['ignore', 'pipe', 'inherit'] },
		);
		const exited = once(child, 'exit');
		const ready = Promise.withResolvers<void>();
		exited.then(() => ready.reject(new Error('It ended by itself.')));
		const kill = () => sleep(Math.random() * 1_500).then(() => child.kill('SIGKILL'));
		// A slow machine may close none in that time: the last one lives until a day is closed.
		const last = round === KILL_ROUNDS - 1;
		for await (const line of createInterface(child.stdout)) {
			const said = JSON.parse(line);
			if (said.opened !== undefined) {
				expect(said.lost).toEqual([]);
				ready.resolve();
				if (closed > 0 || !last) kill();
			}
			if (said.hour !== undefined) written.add(said.hour);
			if (said.closed !== undefined && closed++ === 0 && last) kill();
		}
		await ready.promise;
		expect((await exited)[1]).toBe('SIGKILL');
		const table = await DuckdbChunkTable.open(folder);
		try {
			const { lost, series } = await table.load();
			expect(lost).toEqual([]);
			expect(series.length).toBe(written.size > 0 ? SERIES : series.length);
			const found: Map<number, number> = countHours(await table.read(null, 0, 0xffffffff));
			for (const hour of written) expect(found.get(hour), `hour ${hour} of round ${round}`).toBe(SERIES);
			expect(readdirSync(join(folder, 'days')).filter((name) => name.includes('.new'))).toEqual([]);
			if (round % 2 === 0) continue;
			for (const day of await table.openDays(0xffffffff)) await table.closeDay(day, keepRows);
			expect(await table.openDays(0xffffffff)).toEqual([]);
			expect(countHours(await table.read(null, 0, 0xffffffff))).toEqual(found);
		} finally {
			await table.close();
		}
	}
	expect(closed).toBeGreaterThan(0);
});
