import { expect, test } from 'vitest';
import { nextTake } from './scrape-schedule.ts';

function takes(startedAt: number, interval: number, count: number): number[] {
	const times: number[] = [];
	let now = startedAt;
	while (times.length < count) {
		now = nextTake(now, startedAt, interval);
		times.push(now);
	}
	return times;
}

test('soon after the start, then aligned', () => {
	expect(takes(100_001, 15_000, 6)).toEqual([101_001, 103_001, 105_000, 107_001, 120_000, 135_000]);
});

test('an aligned time that falls on an early one is one take', () => {
	expect(takes(104_000, 15_000, 4)).toEqual([105_000, 107_000, 111_000, 120_000]);
});

test('a short interval keeps to itself', () => {
	expect(takes(10_500, 1_000, 3)).toEqual([11_000, 12_000, 13_000]);
});
