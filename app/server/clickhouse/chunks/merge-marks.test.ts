import { expect, test } from 'vitest';
import { ALL_SIDS, MergeMarks } from './merge-marks.ts';

const marksOf = (marks: MergeMarks) =>
	[...marks].map(({ hour, from, to, version }) => [hour, from, to, version]);

test('slices of one version become one', () => {
	const marks = new MergeMarks();
	for (const from of [0, 8, 4]) marks.add(5, { from, to: from + 4, version: 3 });
	expect(marksOf(marks)).toEqual([[5, 0, 12, 3]]);
});

test('what a later one covers goes, what it does not stays', () => {
	const marks = new MergeMarks();
	marks.add(5, { from: 0, to: 4, version: 3 });
	marks.add(5, { from: 4, to: 8, version: 9 });
	marks.add(5, { from: 0, to: 8, version: 7 });
	expect(marksOf(marks)).toEqual([
		[5, 0, 8, 7],
		[5, 4, 8, 9],
	]);
});

test('an hour that is done has one', () => {
	const marks = new MergeMarks();
	marks.add(5, { from: 0, to: 4, version: 3 });
	marks.add(5, { from: 6, to: 8, version: 2 });
	marks.add(6, { from: 0, to: 4, version: 3 });
	marks.done(5);
	expect(marksOf(marks)).toEqual([
		[5, 0, ALL_SIDS, 3],
		[6, 0, 4, 3],
	]);
	marks.forget(6);
	expect(marks.hours()).toEqual([5]);
});
