import { expect, test } from 'vitest';
import { findGaps, loneSamples } from './gaps.ts';

const times = [0, 10, 20, 30, 40, 50];

test('a gap is where every series is silent', () => {
	expect(
		findGaps(
			times,
			[
				[1, null, null, 1, 1, 1],
				[1, null, 2, 1, 1, 1],
			],
			false,
		),
	).toEqual([{ from: 5, to: 15 }]);
	expect(findGaps(times, [[1, 1, 1, 1, 1, 1]], false)).toEqual([]);
});

test('gaps at the ends reach the edge', () => {
	expect(findGaps(times, [[null, null, 1, 1, 1, null]], false)).toEqual([
		{ from: 0, to: 15 },
		{ from: 45, to: 50 },
	]);
});

test('the newest empty steps of a live range are on the way, more of them are a gap', () => {
	expect(findGaps(times, [[1, 1, 1, 1, null, null]], true)).toEqual([]);
	expect(findGaps(times, [[1, 1, 1, null, null, null]], true)).toEqual([{ from: 25, to: 50 }]);
	expect(findGaps(times, [[null, null, null, null, null, null]], true)).toEqual([{ from: 0, to: 50 }]);
});

test('samples without a neighbour are found', () => {
	expect(loneSamples([null, 1, null, 2, 3, null, 4])).toEqual([1, 6]);
});
