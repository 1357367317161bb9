import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUSTOM_BOUNDS, type Histogram, HistogramColumns, histogramAt } from './histogram-columns.ts';
import { addHistograms, emptyHistogram, MAX_SUM_BUCKETS } from './histogram-sum.ts';

const bound = (index: number, schema: number) => 2 ** (index * 2 ** -schema);

/** Counted by hand: the first bucket whose upper bound is not below the value. */
function histogramOf(observations: number[], schema: number, zeroThreshold: number): Histogram {
	const sides = [new Map<number, number>(), new Map<number, number>()] as const;
	let zeroCount = 0;
	let sum = 0;
	for (const value of observations) {
		sum += value;
		const size = Math.abs(value);
		if (size <= zeroThreshold) {
			zeroCount++;
			continue;
		}
		let index = Math.ceil(Math.log2(size) * 2 ** schema);
		while (bound(index, schema) < size) index++;
		while (bound(index - 1, schema) >= size) index--;
		const side = sides[value > 0 ? 0 : 1];
		side.set(index, (side.get(index) ?? 0) + 1);
	}
	const [positive, negative] = sides.map((side) => {
		const entries = [...side].sort(([a], [b]) => a - b);
		return {
			indexes: Int32Array.from(entries, ([index]) => index),
			counts: Float64Array.from(entries, ([, n]) => n),
		};
	}) as [Histogram['positive'], Histogram['negative']];
	return {
		...{ timestamp: 1, startTimestamp: 0, kind: 6, schema, zeroThreshold, zeroCount },
		...{ count: observations.length, sum, positive, negative, customValues: new Float64Array(0) },
	};
}

/** Whole numbers, so that sums are exact in any order. */
const observations = fc.array(fc.integer({ min: -100_000, max: 100_000 }), { maxLength: 60 });
const schemas = fc.integer({ min: -4, max: 8 });
const thresholds = fc.constantFrom(0, 1e-128, 0.5, 3, 100);
const deltas = fc.array(fc.record({ observations, schema: schemas, threshold: thresholds }), {
	minLength: 1,
	maxLength: 6,
});
const plain = (h: Histogram) => ({
	...h,
	positive: [[...h.positive.indexes], [...h.positive.counts]],
	negative: [[...h.negative.indexes], [...h.negative.counts]],
	customValues: [...h.customValues],
});

describe('sum of histograms', () => {
	it('is what counting all observations at its resolution gives', () => {
		fc.assert(
			fc.property(deltas, (each) => {
				const parts = each.map((part) => histogramOf(part.observations, part.schema, part.threshold));
				let sum = emptyHistogram(parts[0]!, 1);
				for (const part of parts) sum = addHistograms(sum, part)!;
				const all = each.flatMap((part) => part.observations);
				const widest = Math.max(...each.map(({ threshold }) => threshold));
				expect(sum.zeroThreshold).toBeGreaterThanOrEqual(widest);
				const whole = histogramOf(all, sum.schema, sum.zeroThreshold);
				expect(plain(sum)).toEqual({ ...plain(whole), kind: 0 });
				expect(sum.schema).toBeLessThanOrEqual(Math.min(...parts.map(({ schema }) => schema)));
				expect(sum.positive.indexes.length + sum.negative.indexes.length).toBeLessThanOrEqual(
					MAX_SUM_BUCKETS,
				);
			}),
			{ numRuns: 500 },
		);
	});

	it('a zero bucket ends where the last bucket does that it swallowed', () => {
		const fine = histogramOf([3, 3, 9], 0, 0.001);
		const wide = histogramOf([0.5], 0, 2.5);
		const sum = addHistograms(fine, wide)!;
		// (2, 4] begins below 2.5.
		expect(plain(sum)).toMatchObject({ zeroThreshold: 4, zeroCount: 3, positive: [[4], [1]], count: 4 });
	});

	it('loses resolution rather than have more buckets than the bound', () => {
		const many = Array.from({ length: MAX_SUM_BUCKETS }, (_, i) => 2 ** ((i + 0.5) / 256));
		const half = histogramOf(many, 8, 0);
		const other = histogramOf(
			many.map((value) => -value),
			8,
			0,
		);
		const sum = addHistograms(half, other)!;
		expect(sum.schema).toBe(7);
		expect(sum.count).toBe(2 * MAX_SUM_BUCKETS);
		expect([...sum.positive.counts].reduce((a, b) => a + b)).toBe(MAX_SUM_BUCKETS);
	});

	it('custom bounds are added where they are the same, and only there', () => {
		const custom = (bounds: number[], counts: number[]): Histogram => ({
			...histogramOf([], 0, 0),
			schema: CUSTOM_BOUNDS,
			count: counts.length,
			customValues: Float64Array.from(bounds),
			positive: { indexes: Int32Array.from(counts, (_, i) => i), counts: Float64Array.from(counts) },
		});
		const sum = addHistograms(custom([1, 2], [1, 2, 3]), custom([1, 2], [4, 5]))!;
		expect([...sum.positive.counts]).toEqual([5, 7, 3]);
		expect(addHistograms(custom([1, 2], [1]), custom([1, 3], [1]))).toBeNull();
		expect(addHistograms(custom([1, 2], [1]), histogramOf([1], 0, 0))).toBeNull();
	});
});

describe('columns of histograms', () => {
	it('give back what was put in, by either way', () => {
		fc.assert(
			fc.property(deltas, (each) => {
				const histograms = each.map((part, i) => ({
					...histogramOf(part.observations, part.schema, part.threshold),
					timestamp: i,
					startTimestamp: i % 2,
				}));
				const added = new HistogramColumns();
				for (const histogram of histograms) {
					added.add(histogram);
					added.endSeries();
				}
				const columns = added.finish();
				const copied = new HistogramColumns();
				for (let i = 0; i < histograms.length; i++) {
					copied.copy(columns, i);
					copied.endSeries();
				}
				expect(copied.finish()).toEqual(columns);
				expect(histograms.map((_, i) => plain(histogramAt(columns, i)))).toEqual(histograms.map(plain));
			}),
		);
	});
});
