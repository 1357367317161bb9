import { expect, test } from 'vitest';
import { stack, totalPerTime } from './stack.ts';

const parts = [{ perSecond: [1, null, null, 4] }, { perSecond: [2, 5, null, 0] }];

test('parts add up, a missing part adds nothing', () => {
	expect(totalPerTime(parts)).toEqual([3, 5, null, 4]);
	expect(stack(parts)).toEqual([
		[1, 0, null, 4],
		[3, 5, null, 4],
	]);
});

test('where no part has a sample there is a gap, never a zero', () => {
	expect(stack([{ perSecond: [null, null] }])).toEqual([[null, null]]);
	expect(stack([])).toEqual([]);
});
