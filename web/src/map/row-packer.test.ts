import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows, type Size } from './row-packer.ts';

const box = (id: string, width = 100, height = 100): Size => ({ id, width, height });

test('four equal boxes on a square surface make two rows of two', () => {
	const { rows, width, height } = packRows([box('a'), box('b'), box('c'), box('d')], { aspect: 1, gap: 10 });
	expect(rows).toEqual([
		['a', 'b'],
		['c', 'd'],
	]);
	expect([width, height]).toEqual([210, 210]);
});

test('a narrow surface stacks, a wide one does not', () => {
	const boxes = [box('a'), box('b'), box('c')];
	expect(packRows(boxes, { aspect: 0.2, gap: 10 }).rows).toEqual([['a'], ['b'], ['c']]);
	expect(packRows(boxes, { aspect: 9, gap: 10 }).rows).toEqual([['a', 'b', 'c']]);
});

test('known boxes keep their rows, a new one joins without moving them', () => {
	const rows = [['a', 'b'], ['c']];
	const before = packRows([box('a'), box('b'), box('c')], { aspect: 1, gap: 10, rows });
	const after = packRows([box('new'), box('a'), box('b'), box('c')], { aspect: 1, gap: 10, rows });
	expect(before.rows).toEqual(rows);
	for (const old of before.placed) expect(after.placed).toContainEqual(old);
	expect(after.rows.flat().sort()).toEqual(['a', 'b', 'c', 'new']);
});

test('a box that left leaves its row to the others', () => {
	expect(packRows([box('b'), box('c')], { aspect: 1, gap: 10, rows: [['a', 'b'], ['c']] }).rows).toEqual([
		['b'],
		['c'],
	]);
});

test('boxes never overlap, none is lost, all lie inside', () => {
	const size = fc.record({
		width: fc.integer({ min: 1, max: 900 }),
		height: fc.integer({ min: 1, max: 900 }),
	});
	fc.assert(
		fc.property(
			fc.array(size, { minLength: 1, maxLength: 40 }),
			fc.double({ min: 0.3, max: 4, noNaN: true }),
			(sizes, aspect) => {
				const boxes = sizes.map((s, i) => ({ id: String(i), ...s }));
				const { placed, width, height } = packRows(boxes, { aspect, gap: 10 });
				expect(placed.map((p) => p.id).sort()).toEqual(boxes.map((b) => b.id).sort());
				for (const a of placed) {
					expect(a.x + a.width).toBeLessThanOrEqual(width);
					expect(a.y + a.height).toBeLessThanOrEqual(height);
					for (const b of placed) {
						const apart =
							a === b ||
							a.x + a.width <= b.x ||
							b.x + b.width <= a.x ||
							a.y + a.height <= b.y ||
							b.y + b.height <= a.y;
						expect(apart).toBe(true);
					}
				}
			},
		),
		{ numRuns: 60 },
	);
});

test('nothing packs to nothing', () => {
	expect(packRows([], { aspect: 1, gap: 10 })).toEqual({ placed: [], width: 0, height: 0, rows: [] });
});
