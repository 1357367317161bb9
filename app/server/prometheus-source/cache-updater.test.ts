import { describe, expect, it } from 'vitest';
import { ServerError } from '../errors.ts';
import { HOUR, NOW, UpdaterBench } from './testing/updater-bench.ts';

describe('what the updater copies', () => {
	it('is all that the source holds, the newest first', async () => {
		const bench = await new UpdaterBench().add(150, NOW - 3 * HOUR).start();
		await bench.pass(5_000);
		const [first] = bench.reads;
		expect(first!.to).toBeGreaterThanOrEqual(NOW - 1_000);
		await bench.pass(300_000);
		expect(bench.missing(NOW - 3 * HOUR, bench.time - 60_000)).toEqual([]);
		const { backFill, lagMs, names, failing } = bench.updater.status();
		expect({ backFill, names, failing }).toEqual({ backFill: 1, names: 150, failing: 0 });
		expect(lagMs).toBeLessThanOrEqual(60_000);
		await bench.updater.stop();
	});

	it('goes on from its watermarks after a stop, also over what was missed meanwhile', async () => {
		const bench = await new UpdaterBench().add(3, NOW - 3 * HOUR).start();
		await bench.pass(120_000);
		await bench.updater.stop();
		bench.time += 2 * HOUR;
		bench.reads = [];
		await bench.start();
		await bench.pass(120_000);
		expect(bench.missing(NOW - 3 * HOUR, bench.time - 60_000)).toEqual([]);
		// The past was not read once more.
		expect(Math.min(...bench.reads.map(({ from }) => from))).toBeGreaterThanOrEqual(NOW - 300_000);
		await bench.updater.stop();
	});

	it('is not called copied when it could not be stored', async () => {
		const bench = new UpdaterBench().add(3, NOW - HOUR);
		let full = true;
		bench.onWrite = () => {
			if (full) throw new ServerError('CXR_INGEST_BUSY', 'spool is full');
		};
		await bench.start();
		await bench.pass(120_000);
		expect(bench.updater.status().slowest[0]!.error).toMatch(/spool is full/);
		full = false;
		await bench.pass(300_000);
		expect(bench.missing(NOW - HOUR, bench.time - 60_000)).toEqual([]);
		await bench.updater.stop();
	});

	it('takes in new names, with their past, and keeps those that vanish', async () => {
		const bench = await new UpdaterBench().add(3, NOW - HOUR).start();
		await bench.pass(120_000);
		bench.names.delete('m_000');
		const kept = bench.copied.get('m_000')!.size;
		bench.add(2, NOW - HOUR, 'fresh');
		await bench.pass(200_000);
		expect(bench.missing(NOW - HOUR, bench.time - 60_000)).toEqual([]);
		expect(bench.copied.get('m_000')!.size).toBeGreaterThanOrEqual(kept);
		await bench.updater.stop();
	});

	it('holds what the source lost, and a range that our store lost is copied once more', async () => {
		const bench = await new UpdaterBench().add(3, NOW - 2 * HOUR).start();
		await bench.pass(120_000);
		const before = bench.copied.get('m_001')!.size;
		for (const name of bench.names.keys()) bench.names.set(name, bench.time);
		await bench.pass(120_000);
		expect(bench.copied.get('m_001')!.size).toBeGreaterThanOrEqual(before);
		for (const name of bench.names.keys()) bench.names.set(name, NOW - 2 * HOUR);
		bench.copied.clear();
		await bench.updater.pullAgain({ from: NOW - 2 * HOUR, to: bench.time });
		await bench.pass(120_000);
		expect(bench.missing(NOW - 2 * HOUR, bench.time - 60_000)).toEqual([]);
		await bench.updater.stop();
	});
});

it('what the store says it lost is copied once more, and then said to be there', async () => {
	const bench = await new UpdaterBench().add(3, NOW - 5 * HOUR).start();
	await bench.pass(180_000);
	const hour = Math.floor(NOW / HOUR) - 3;
	const [from, to] = [hour * HOUR, (hour + 1) * HOUR - 1];
	for (const times of bench.copied.values()) for (const t of times) if (t >= from && t <= to) times.delete(t);
	expect(bench.missing(from, to).length).toBe(3 * 240);
	bench.lost = [{ fromHour: hour, toHour: hour, place: 'a file', reason: 'damaged' }];
	await bench.pass(300_000);
	expect(bench.missing(from, to)).toEqual([]);
	expect(bench.refilled).toEqual(bench.lost);
	await bench.updater.stop();
});

describe('faults of the source', () => {
	it('a group that fails or hangs stalls only itself', async () => {
		const bench = new UpdaterBench().add(192, NOW - HOUR);
		let sick = true;
		const stopped = new Promise<void>(() => {});
		bench.onRead = (names) => {
			if (!sick) return;
			if (names.includes('m_000')) throw new ServerError('CXR_SOURCE_AWAY', 'HTTP 500: broken');
			if (names.includes('m_100'))
				return Promise.race([stopped, bench.pass(30_000)]).then(() => {
					throw new ServerError('CXR_SOURCE_SLOW', 'did not begin to answer');
				});
		};
		await bench.start();
		await bench.pass(400_000);
		const healthy = bench.missing(NOW - HOUR, bench.time - 90_000).filter((each) => each >= 'm_128');
		expect(healthy).toEqual([]);
		const { failing, slowest } = bench.updater.status();
		expect(failing).toBe(2);
		expect(slowest.map(({ error }) => error).join()).toMatch(/HTTP 500: broken/);
		sick = false;
		await bench.pass(600_000);
		expect(bench.missing(NOW - HOUR, bench.time - 90_000)).toEqual([]);
		expect(bench.updater.status().failing).toBe(0);
		await bench.updater.stop();
	});

	it('one that hangs as a whole is not split into single names', async () => {
		const bench = new UpdaterBench().add(64, NOW - HOUR);
		bench.onRead = () => {
			throw new ServerError('CXR_SOURCE_SLOW', 'did not begin to answer');
		};
		await bench.start();
		await bench.pass(3_600_000);
		expect(bench.updater.status()).toMatchObject({ groups: 1, failing: 1 });
		// With pauses of half a minute and more.
		expect(bench.updater.stats().errors).toBeLessThan(150);
		await bench.updater.stop();
	});

	it('what came while it was away is copied once more later: its writers deliver late', async () => {
		const bench = await new UpdaterBench().add(1, NOW - HOUR).start();
		await bench.pass(120_000);
		const away = { from: bench.time, to: bench.time + 300_000 };
		bench.onRead = () => {
			if (bench.time < away.to) throw new ServerError('CXR_SOURCE_AWAY', 'ECONNREFUSED');
		};
		await bench.pass(420_000);
		bench.copied.clear();
		await bench.pass(900_000);
		expect(bench.missing(away.from, away.to)).toEqual([]);
		await bench.updater.stop();
	});
});
