import { expect, test } from 'vitest';
import { sparkPaths } from './spark.ts';

test('a gap breaks line and area', () => {
	const { line, area } = sparkPaths([1, 1, null, 1, 1], 100, 30);
	expect(line.match(/M/g)).toHaveLength(2);
	expect(area.match(/Z/g)).toHaveLength(2);
});

test('nothing draws nothing', () => {
	expect(sparkPaths([], 100, 30)).toEqual({ line: '', area: '' });
	expect(sparkPaths([null, null], 100, 30)).toEqual({ line: '', area: '' });
});
