import { expect, test } from 'vitest';
import { SampleArrays } from './sample-arrays.ts';

test('an array that was given back is used again, the smallest that fits', () => {
	const arrays = new SampleArrays();
	const [small, large] = [arrays.take(10), arrays.take(100)];
	arrays.give(large);
	arrays.give(small);
	expect(arrays.take(101)).not.toBe(large);
	expect(arrays.take(9)).toBe(small);
	expect(arrays.take(9)).toBe(large);
	expect(arrays.take(9)).toHaveLength(9);
});

test('what nobody used between two trims is let go', () => {
	const arrays = new SampleArrays();
	const array = arrays.take(10);
	arrays.give(array);
	arrays.trim();
	const again = arrays.take(10);
	expect(again).toBe(array);
	arrays.give(again);
	arrays.trim();
	arrays.trim();
	expect(arrays.take(10)).not.toBe(array);
});

test('no more is kept than the bound', () => {
	const arrays = new SampleArrays();
	const huge = new Float64Array(12_000_001);
	arrays.give(huge);
	expect(arrays.take(1)).not.toBe(huge);
	const many: Float64Array[] = Array.from({ length: 20 }, () => new Float64Array(2));
	for (const it of many) arrays.give(it);
	const kept = many.map(() => arrays.take(2)).filter((it) => many.includes(it));
	expect(kept).toHaveLength(8);
});
