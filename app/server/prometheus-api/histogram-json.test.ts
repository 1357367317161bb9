import { expect, test } from 'vitest';
import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { queryText } from './answer-text.ts';
import { histogramText } from './histogram-json.ts';

/** One of schema 0 with all signs, one of custom bounds, one without anything. */
const THREE: NativeHistograms = {
	ends: Uint32Array.of(3),
	timestamps: Float64Array.of(1000, 2000, 3500),
	startTimestamps: new Float64Array(0),
	kinds: Uint8Array.of(0, 0, 0),
	schemas: Int8Array.of(0, -53, 3),
	zeroThresholds: Float64Array.of(0.001, 0, 0),
	zeroCounts: Float64Array.of(2, 0, 0),
	counts: Float64Array.of(10, 6, 0),
	sums: Float64Array.of(18.5, Number.NaN, 0),
	spanEnds: Uint32Array.of(3, 4, 4),
	positiveSpans: Uint32Array.of(2, 1, 0),
	spanOffsets: Int32Array.of(0, 1, -1, 0),
	spanLengths: Uint32Array.of(2, 1, 2, 3),
	bucketEnds: Uint32Array.of(5, 8, 8),
	// Positive 0, 1 and 3; negative -1 and 0. Custom: up to 5, up to 10, above.
	bucketCounts: Float64Array.of(1, 0, 4, 2, 1, 1, 2, 3),
	customEnds: Uint32Array.of(0, 2, 2),
	customValues: Float64Array.of(5, 10),
};

test('buckets from low to high, with their ends; empty ones are left out', () => {
	expect(JSON.parse(histogramText(THREE, 0))).toEqual({
		count: '10',
		sum: '18.5',
		buckets: [
			[1, '-1', '-0.5', '1'],
			[1, '-0.5', '-0.25', '2'],
			[3, '-0.001', '0.001', '2'],
			[0, '0.5', '1', '1'],
			[0, '4', '8', '4'],
		],
	});
});

test('bounds of its own, and a histogram of nothing', () => {
	expect(JSON.parse(histogramText(THREE, 1))).toEqual({
		count: '6',
		sum: 'NaN',
		buckets: [
			[3, '-Inf', '5', '1'],
			[0, '5', '10', '2'],
			[0, '10', '+Inf', '3'],
		],
	});
	expect(histogramText(THREE, 2)).toBe('{"count":"0","sum":"0"}');
});

test('a matrix has histograms beside values, a vector one of both', () => {
	const series = {
		series: [{ __name__: 'h' }],
		ends: Uint32Array.of(1),
		timestamps: Float64Array.of(500),
		values: Float64Array.of(1),
		histograms: THREE,
	};
	const answer = (type: 'matrix' | 'vector', columns: typeof series) =>
		JSON.parse([...queryText({ type, series: columns, warnings: [], infos: ['i'] }, 0, 0)].join(''));
	const matrix = answer('matrix', series);
	expect(matrix.infos).toEqual(['i']);
	const [found] = matrix.data.result;
	expect(found.values).toEqual([[0.5, '1']]);
	expect(found.histograms.map(([time]: [number]) => time)).toEqual([1, 2, 3.5]);
	expect(found.histograms[2][1]).toEqual({ count: '0', sum: '0' });
	const one = {
		...series,
		ends: Uint32Array.of(0),
		timestamps: new Float64Array(0),
		values: new Float64Array(0),
	};
	const vector = answer('vector', { ...one, histograms: { ...THREE, ends: Uint32Array.of(1) } });
	expect(vector.data.result[0].value).toBeUndefined();
	expect(vector.data.result[0].histogram[0]).toBe(1);
	expect(vector.data.result[0].histogram[1].count).toBe('10');
});
