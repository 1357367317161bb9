import { expect, test } from 'vitest';
import { SeriesColours } from './series-colours.ts';
import { topSeries } from './top-series.ts';

test('up to eight lines are drawn; of more, the rest is one line that loses nothing', () => {
	const line = (i: number) => ({ name: `n${i}`, values: [i, null, i] });
	const few = Array.from({ length: 8 }, (_, i) => line(i));
	expect(topSeries(few)).toEqual(few);
	const shown = topSeries(Array.from({ length: 10 }, (_, i) => line(i)));
	expect(shown.map(({ name }) => name)).toEqual([
		'n3',
		'n4',
		'n5',
		'n6',
		'n7',
		'n8',
		'n9',
		'3 others, summed',
	]);
	expect(shown.at(-1)?.values).toEqual([3, null, 3]);
});

test('a series keeps its colour when others come and go', () => {
	const colours = new SeriesColours();
	const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
	const first = names.map((name) => colours.of(name));
	expect(names.toReversed().map((name) => colours.of(name))).toEqual(first.toReversed());
	expect(new Set(first.map(({ colour }) => colour)).size).toBe(8);
	expect(first.map(({ dash }) => dash !== undefined)).toEqual([...Array(6).fill(false), true, true]);
});
