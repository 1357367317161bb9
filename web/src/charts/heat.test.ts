import { expect, test } from 'vitest';
import { bucketTotals, heatCells, latencyScale } from './heat.ts';

const map = {
	bounds: [0.005, 0.1, 10, null],
	counts: [
		[8, 1, 0, null],
		[null, null, null, null],
		[0, 4, 0, 3],
	],
};

test('the axis ends at round figures around the measured', () => {
	expect(latencyScale({ bounds: map.bounds, counts: [] }, [[0.062]])).toEqual([0.001, 0.1]);
	expect(latencyScale({ bounds: map.bounds, counts: [] }, [[0.0004, 2.4]])).toEqual([0.0001, 2.5]);
	expect(latencyScale(map, [[null]])).toEqual([0.001, 25]);
});

test('empty buckets draw nothing, open ends reach the axis', () => {
	expect(heatCells(map, [0.001, 100])).toEqual([
		{ column: 0, low: 0.001, high: 0.005, heat: 5 },
		{ column: 0, low: 0.005, high: 0.1, heat: 1 },
		{ column: 2, low: 0.005, high: 0.1, heat: 4 },
		{ column: 2, low: 10, high: 100, heat: 3 },
	]);
});

test('totals keep the difference between zero and not measured', () => {
	expect(bucketTotals(map).map(({ count }) => count)).toEqual([8, 5, 0, 3]);
	expect(bucketTotals({ bounds: [1, null], counts: [[null, 0]] }).map(({ count }) => count)).toEqual([
		null,
		0,
	]);
});
