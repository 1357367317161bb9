import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowHeights } from './row-heights.ts';

test('rows of one height', () => {
	const rows = new RowHeights(1000, 26, []);
	expect(rows.total).toBe(26_000);
	expect(rows.top(10)).toBe(260);
	expect(rows.rowAt(259)).toBe(9);
	expect(rows.rowAt(260)).toBe(10);
	expect(rows.window(260, 52, 2)).toEqual({ first: 8, end: 15 });
});

test('an open row moves those after it', () => {
	const rows = new RowHeights(100, 26, [[3, 326]]);
	expect(rows.top(3)).toBe(78);
	expect(rows.top(4)).toBe(404);
	expect(rows.rowAt(300)).toBe(3);
	expect(rows.total).toBe(2900);
});

test('before the first and after the last', () => {
	const rows = new RowHeights(5, 10, []);
	expect(rows.rowAt(-50)).toBe(0);
	expect(rows.rowAt(5000)).toBe(4);
	expect(rows.window(5000, 100, 3)).toEqual({ first: 1, end: 5 });
	expect(new RowHeights(0, 10, [[0, 5]]).window(0, 100, 3)).toEqual({ first: 0, end: 0 });
});

test('agrees with adding all heights up', () => {
	const some = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 200 })), { maxLength: 20 });
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 60 }), some, fc.nat(9000), (count, list, y) => {
			const measured = new Map(list);
			const rows = new RowHeights(count, 26, measured);
			const heights = Array.from({ length: count }, (_, i) => measured.get(i) ?? 26);
			const tops = heights.map((_, i) => heights.slice(0, i).reduce((a, b) => a + b, 0));
			expect(tops).toEqual(heights.map((_, i) => rows.top(i)));
			expect(rows.total).toBe(heights.reduce((a, b) => a + b, 0));
			expect(rows.rowAt(y)).toBe(
				Math.max(
					0,
					tops.findLastIndex((top) => top <= y),
				),
			);
		}),
	);
});
