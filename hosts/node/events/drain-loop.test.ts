import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DrainLoop } from './drain-loop.ts';

const RING = { bufferBytes: 1000, ringBytes: 8_000_000 };

describe('DrainLoop', () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});

	afterEach(() => {
		vi.useRealTimers();
	});

	function loopOver(...amounts: number[]): { loop: DrainLoop; drain: ReturnType<typeof vi.fn> } {
		const drain = vi.fn(() => amounts.shift() ?? 0);
		return { loop: new DrainLoop({ drain, ...RING, targetBytes: 500, intervalMs: 20 }), drain };
	}

	it('drains again at once while buffers come out nearly full', () => {
		const { loop, drain } = loopOver(1000, 900, 501, 10, 1000);
		loop.drainAll();
		expect(drain).toHaveBeenCalledTimes(4);
	});

	it('empties a full ring at once for who asks, in turns for itself', () => {
		const full = new Array<number>(8000).fill(1000);
		const asked = loopOver(...full);
		asked.loop.drainAll();
		expect(asked.drain).toHaveBeenCalledTimes(8000);
		const alone = loopOver(...full);
		alone.loop.start();
		expect(alone.drain).toHaveBeenCalledTimes(Math.ceil((2 << 20) / 1000));
		vi.advanceTimersByTime(10);
		expect(alone.drain.mock.calls.length).toBeGreaterThan(8000);
		alone.loop.stop();
	});

	it('looks once where there is no ring for data', () => {
		const drain = vi.fn(() => 0);
		new DrainLoop({ drain, ...RING, ringBytes: 0, targetBytes: 500, intervalMs: 20 }).drainAll();
		expect(drain).toHaveBeenCalledTimes(1);
	});

	it('drains steadily while something comes, and slows down to 100 ms while nothing does', () => {
		const { loop, drain } = loopOver(10, 10, 10);
		loop.start();
		vi.advanceTimersByTime(40);
		expect(drain).toHaveBeenCalledTimes(3);
		vi.advanceTimersByTime(10_000);
		const calm = drain.mock.calls.length;
		vi.advanceTimersByTime(10_000);
		expect(drain.mock.calls.length - calm).toBe(100);
		loop.stop();
	});

	it('leaves an idle ring to the watch, and goes on when that wakes it', () => {
		let wake = () => {};
		const watch = { start: vi.fn(), stop: vi.fn() };
		const amounts = [10];
		const drain = vi.fn(() => amounts.shift() ?? 0);
		const loop = new DrainLoop({
			...RING,
			...{ drain, targetBytes: 500, intervalMs: 20 },
			openWatch: (given) => {
				wake = given;
				return watch;
			},
		});
		loop.start();
		vi.advanceTimersByTime(10_000);
		const calm = drain.mock.calls.length;
		expect(watch.start.mock.calls).toEqual([[100]]);
		vi.advanceTimersByTime(10_000);
		expect(drain).toHaveBeenCalledTimes(calm);
		amounts.push(10, 10);
		wake();
		vi.advanceTimersByTime(20);
		expect(drain).toHaveBeenCalledTimes(calm + 2);
		vi.advanceTimersByTime(10_000);
		expect(watch.start).toHaveBeenCalledTimes(2);
		loop.stop();
		expect(watch.stop).toHaveBeenCalledTimes(1);
	});

	it('drains so often that about the target comes each time', () => {
		let last = 0;
		const sizes: number[] = [];
		// 100 bytes a millisecond.
		const drain = vi.fn(() => {
			const bytes = Math.min(1000, Math.round((Date.now() - last) * 100));
			last = Date.now();
			if (bytes > 0) sizes.push(bytes);
			return bytes;
		});
		last = Date.now();
		const loop = new DrainLoop({ drain, ...RING, targetBytes: 500, intervalMs: 20 });
		loop.start();
		vi.advanceTimersByTime(1000);
		loop.stop();
		for (const size of sizes.slice(-20))
			expect(size).toSatisfy((bytes: number) => bytes >= 300 && bytes <= 700);
	});

	it('takes several buffers a time where the target is larger than one', () => {
		let waiting = 0;
		let last = Date.now();
		const drain = vi.fn(() => {
			// 1000 bytes a millisecond.
			waiting += (Date.now() - last) * 1000;
			last = Date.now();
			const bytes = Math.min(1000, waiting);
			waiting -= bytes;
			return bytes;
		});
		const loop = new DrainLoop({ drain, ...RING, targetBytes: 5000, intervalMs: 20 });
		loop.start();
		vi.advanceTimersByTime(1000);
		drain.mockClear();
		vi.advanceTimersByTime(1000);
		loop.stop();
		// Each wake finds one more, empty, buffer.
		expect(drain.mock.calls.length).toBeGreaterThanOrEqual(1150);
		expect(drain.mock.calls.length).toBeLessThanOrEqual(1250);
	});

	it('lets other work have its turn under endless load', () => {
		const drain = vi.fn(() => 1000);
		const loop = new DrainLoop({ drain, ...RING, targetBytes: 500, intervalMs: 20 });
		loop.drainAll();
		expect(drain).toHaveBeenCalledTimes(RING.ringBytes / 1000);
		loop.start();
		const first = drain.mock.calls.length;
		vi.advanceTimersByTime(1);
		expect(drain.mock.calls.length).toBeGreaterThan(first);
		loop.stop();
		const last = drain.mock.calls.length;
		vi.advanceTimersByTime(1000);
		expect(drain).toHaveBeenCalledTimes(last);
	});
});
