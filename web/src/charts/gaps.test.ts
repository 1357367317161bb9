import { expect, test } from 'vitest';
import { findGaps, loneSamples } from './gaps.ts';

const times = [0, 10, 20, 30, 40, 50];

test('a gap is where every series is silent', () => {
	const one = [1, null, null, 1, 1, 1];
	const other = [1, null, 2, 1, 1, 1];
	expect(findGaps(times, [one, other], 10, false)).toEqual([{ from: 0, to: 10 }]);
	expect(findGaps(times, [[1, 1, 1, 1, 1, 1]], 10, false)).toEqual([]);
});

test('gaps at the ends reach the edge', () => {
	expect(findGaps(times, [[null, null, 1, 1, 1, null]], 10, false)).toEqual([
		{ from: -10, to: 10 },
		{ from: 40, to: 50 },
	]);
});

test('the newest empty steps of a live range are on the way, more of them are a gap', () => {
	expect(findGaps(times, [[1, 1, 1, 1, null, null]], 10, true)).toEqual([]);
	expect(findGaps(times, [[1, 1, 1, null, null, null]], 10, true)).toEqual([{ from: 20, to: 50 }]);
	expect(findGaps(times, [[null, null, null, null, null, null]], 10, true)).toEqual([{ from: -10, to: 50 }]);
});

test('samples without a neighbour are found', () => {
	expect(loneSamples([null, 1, null, 2, 3, null, 4])).toEqual([1, 6]);
});
