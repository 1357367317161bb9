import { expect, test } from 'vitest';
import { grouped, sparkPaths } from './spark.ts';

test('a gap breaks line and area', () => {
	const { line, area } = sparkPaths([1, 1, null, 1, 1], 100, 30);
	expect(line.match(/M/g)).toHaveLength(2);
	expect(area.match(/Z/g)).toHaveLength(2);
});

test('nothing draws nothing', () => {
	expect(sparkPaths([], 100, 30)).toEqual({ line: '', area: '' });
	expect(sparkPaths([null, null], 100, 30)).toEqual({ line: '', area: '' });
});

test('counts are put together and none is lost', () => {
	expect(grouped([1, 2, 3, 4, 5], 2)).toEqual([6, 9]);
	expect(grouped([1, 2, 3], 40)).toEqual([1, 2, 3]);
	expect(grouped([], 40)).toEqual([]);
});
