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

	it('drains often while something comes, and slows down to 100 ms while nothing does', () => {
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
