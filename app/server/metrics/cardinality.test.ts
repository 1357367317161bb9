import { describe, expect, test } from 'vitest';
import { cardinalityOf, churnOf } from './cardinality.ts';
import { SeriesIndex } from './series-index.ts';
import { seriesBlock } from './testing/series-block.ts';

const HOUR = 3_600_000;
const NOW = 1000 * HOUR + 30 * 60_000;

function indexOf(series: { labels: Record<string, string>; times: number[] }[]): SeriesIndex {
	const index = new SeriesIndex({ maxSeries: 1e6, lastSid: 0, rows: [] });
	const block = seriesBlock(series);
	for (let i = 0, label = 0, byte = 0; i < series.length; i++) {
		let end = byte;
		for (let l = 2 * label; l < 2 * block.labelEnds[i]!; l++) end += block.labelLengths[l]!;
		index.resolve(block, i, label, byte, end);
		label = block.labelEnds[i]!;
		byte = end;
	}
	return index;
}

describe('cardinality', () => {
	test('counts series by metric, values by label, series by pair', () => {
		const index = indexOf([
			...Array.from({ length: 300 }, (_, i) => ({
				labels: { __name__: 'big', pod: `p${i}`, zone: `z${i % 3}` },
				times: [NOW - i],
			})),
			...Array.from({ length: 200 }, (_, i) => ({
				labels: { __name__: `small${String(i).padStart(3, '0')}`, zone: 'z0' },
				times: [NOW - 5000],
			})),
		]);
		const found = cardinalityOf(index, 3);
		expect(found).toEqual({
			series: 500,
			labelPairs: 201 + 300 + 3,
			metrics: [
				{ name: 'big', value: 300 },
				{ name: 'small000', value: 1 },
				{ name: 'small001', value: 1 },
			],
			labelValues: [
				{ name: 'pod', value: 300 },
				{ name: '__name__', value: 201 },
				{ name: 'zone', value: 3 },
			],
			labelBytes: [
				{ name: '__name__', value: 3 + 200 * 8 },
				{ name: 'pod', value: 10 * 2 + 90 * 3 + 200 * 4 },
				{ name: 'zone', value: 6 },
			],
			pairs: [
				{ name: '__name__=big', value: 300 },
				{ name: 'zone=z0', value: 300 },
				{ name: 'zone=z1', value: 100 },
			],
			firstSampleAt: NOW - 5000,
			lastSampleAt: NOW,
		});
	});

	test('churn: which hours made series and lost them', () => {
		const at = (hour: number) => hour * HOUR + 1;
		const index = indexOf([
			{ labels: { __name__: 'a', n: '1' }, times: [at(998), at(999)] },
			{ labels: { __name__: 'a', n: '2' }, times: [at(999)] },
			{ labels: { __name__: 'b' }, times: [at(1000)] },
			{ labels: { __name__: 'old' }, times: [at(10), at(1000)] },
		]);
		expect(churnOf(index, NOW, 3, 10)).toEqual({
			hours: [
				{ from: 998 * HOUR, made: 1, gone: 0 },
				{ from: 999 * HOUR, made: 1, gone: 2 },
				{ from: 1000 * HOUR, made: 1, gone: null },
			],
			metrics: [
				{ name: 'a', value: 2 },
				{ name: 'b', value: 1 },
			],
		});
	});

	test('an empty store', () => {
		const index = indexOf([]);
		expect(cardinalityOf(index, 3)).toMatchObject({ series: 0, metrics: [], lastSampleAt: null });
		expect(churnOf(index, NOW, 1, 3)).toEqual({
			hours: [{ from: 1000 * HOUR, made: 0, gone: null }],
			metrics: [],
		});
	});
});
