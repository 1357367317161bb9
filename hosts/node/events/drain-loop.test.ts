import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DrainLoop } from './drain-loop.ts';

describe('DrainLoop', () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});

	afterEach(() => {
		vi.useRealTimers();
	});

	function loopOver(...amounts: number[]): { loop: DrainLoop; drain: ReturnType<typeof vi.fn> } {
		const drain = vi.fn(() => amounts.shift() ?? 0);
		return { loop: new DrainLoop({ drain, bufferBytes: 1000, intervalMs: 20 }), drain };
	}

	it('drains again at once while buffers come out nearly full', () => {
		const { loop, drain } = loopOver(1000, 900, 501, 10, 1000);
		expect(loop.drainAll()).toBe(true);
		expect(drain).toHaveBeenCalledTimes(4);
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

	it('drains so often that about half a buffer comes each time', () => {
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
		const loop = new DrainLoop({ drain, bufferBytes: 1000, intervalMs: 20 });
		loop.start();
		vi.advanceTimersByTime(1000);
		loop.stop();
		for (const size of sizes.slice(-20))
			expect(size).toSatisfy((bytes: number) => bytes >= 300 && bytes <= 700);
	});

	it('lets other work have its turn under endless load', () => {
		const drain = vi.fn(() => 1000);
		const loop = new DrainLoop({ drain, bufferBytes: 1000, intervalMs: 20 });
		expect(loop.drainAll()).toBe(false);
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
