import { describe, expect, it } from 'vitest';
import { ServerError } from '../errors.ts';
import { HOUR, NOW, UpdaterBench } from './testing/updater-bench.ts';

describe('while our clock jumps, what the updater copies', () => {
	it('is whole after jumps ahead and back: nothing beyond the time of the source counts as copied', async () => {
		const bench = await new UpdaterBench().add(3, NOW - HOUR).start();
		await bench.pass(120_000);
		bench.ahead = 48 * HOUR;
		await bench.pass(120_000);
		bench.ahead = -48 * HOUR;
		await bench.pass(300_000);
		bench.ahead = 0;
		await bench.pass(120_000);
		expect(bench.missing(NOW - HOUR, bench.time - 60_000)).toEqual([]);
		expect(bench.updater.status().lagMs).toBeLessThanOrEqual(60_000);
		await bench.updater.stop();
	});

	it('is not read again and again after a jump: a range that ends in what is to come ends now', async () => {
		const bench = new UpdaterBench().add(1, NOW - HOUR);
		// Large answers: windows stay short.
		bench.onRead = (_names, from, to) => {
			if (to - from > 400_000) throw new ServerError('CXR_SOURCE_TOO_MUCH', 'HTTP 422');
			bench.time += 5;
		};
		await bench.start();
		await bench.pass(300_000);
		bench.onBody = () => {
			bench.onBody = () => {};
			bench.ahead = HOUR;
			bench.reads = [];
		};
		await bench.pass(330_000);
		expect(bench.ahead).toBe(HOUR);
		// One in half a minute, names, and what the jump had read again.
		expect(bench.reads.length).toBeLessThan(30);
		bench.ahead = 0;
		await bench.pass(120_000);
		expect(bench.missing(NOW - HOUR, bench.time - 90_000)).toEqual([]);
		await bench.updater.stop();
	});

	it('is not called copied when our clock went back while the answer came in', async () => {
		const bench = new UpdaterBench().add(1, NOW - 5 * HOUR);
		let jumps = 0;
		bench.onBody = () => {
			if (jumps++ < 12) bench.ahead -= 2 * HOUR;
		};
		await bench.start();
		await bench.pass(300_000);
		expect(jumps).toBeGreaterThan(12);
		expect(bench.updater.stats().dropped).toEqual({});
		expect(bench.missing(NOW - 5 * HOUR, bench.time - 90_000)).toEqual([]);
		await bench.updater.stop();
	});
});
