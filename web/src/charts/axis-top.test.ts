import { expect, test } from 'vitest';
import { topOf } from './axis-top.ts';

test('a near limit is in view, a far one does not press the lines to the ground', () => {
	expect(
		topOf(
			[
				[1, 2],
				[4, 4],
			],
			1,
		),
	).toBe(4);
	expect(
		topOf(
			[
				[1, 2],
				[64, 64],
			],
			1,
		),
	).toBe(2);
	expect(topOf([[null], [64]], 1)).toBe(64);
	expect(
		topOf(
			[
				[1, 3],
				[2, 9],
			],
			0,
		),
	).toBe(9);
});
