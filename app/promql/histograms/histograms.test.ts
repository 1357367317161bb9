import { describe, expect, it } from 'vitest';
import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { isStaleMarker } from '../../telemetry/series.ts';
import { add, subtract } from './add.ts';
import { boundOf } from './bounds.ts';
import { columnsOfHistograms, HistogramReader } from './columns.ts';
import { HistogramMean, HistogramSum } from './compensated-sum.ts';
import {
	CUSTOM_SCHEMA,
	EMPTY_SIDE,
	type Histogram,
	NO_BOUNDS,
	RESET_HINTS,
	type Side,
	sampleSize,
} from './histogram.ts';
import { joinHistograms } from './join.ts';
import { histogramQuantile } from './quantile.ts';
import { isReset } from './reset.ts';
import { histogramText } from './text.ts';
import { compact } from './zero-bucket.ts';

function side(buckets: Record<number, number>): Side {
	const indexes = Object.keys(buckets)
		.map(Number)
		.sort((a, b) => a - b);
	return { indexes: Int32Array.from(indexes), counts: Float64Array.from(indexes, (i) => buckets[i]!) };
}

function exponential(positive: Record<number, number>, more: Partial<Histogram> = {}): Histogram {
	const counts = Object.values(positive).reduce((sum, count) => sum + count, 0);
	const zero = more.zeroCount ?? 0;
	return {
		hint: RESET_HINTS.unknown,
		schema: 0,
		zeroThreshold: 0,
		zeroCount: 0,
		count: counts + zero,
		sum: counts,
		positive: side(positive),
		negative: EMPTY_SIDE,
		bounds: NO_BOUNDS,
		...more,
	};
}

function custom(bounds: number[], counts: number[]): Histogram {
	return exponential(Object.fromEntries(counts.entries()), {
		schema: CUSTOM_SCHEMA,
		bounds: Float64Array.from(bounds),
	});
}

const bucketsOf = ({ indexes, counts }: Side) =>
	Object.fromEntries([...indexes].map((index, i) => [index, counts[i]]));

describe('bounds', () => {
	it('are powers of two, divided as the schema says', () => {
		expect([-1, 0, 1, 2].map((i) => boundOf(i, 0, NO_BOUNDS))).toEqual([0.5, 1, 2, 4]);
		expect([0, 1, 2].map((i) => boundOf(i, -1, NO_BOUNDS))).toEqual([1, 4, 16]);
		expect(boundOf(1, 8, NO_BOUNDS)).toBeCloseTo(2 ** (1 / 256), 14);
		expect(boundOf(-256, 8, NO_BOUNDS)).toBe(0.5);
		// Prometheus's own, which is not the nearest number to the root of 2.
		expect(boundOf(1, 1, NO_BOUNDS)).toBe(Math.SQRT2 - Number.EPSILON);
	});

	it('end at the largest float, and behind it at infinity', () => {
		for (const schema of [-4, 0, 3, 8]) {
			const last = 1024 * 2 ** schema;
			expect(boundOf(last, schema, NO_BOUNDS)).toBe(Number.MAX_VALUE);
			expect(boundOf(last + 1, schema, NO_BOUNDS)).toBe(Number.POSITIVE_INFINITY);
		}
	});

	it('of custom buckets are those that are given', () => {
		const bounds = Float64Array.of(1, 5);
		expect([-1, 0, 1, 2].map((i) => boundOf(i, CUSTOM_SCHEMA, bounds))).toEqual([-Infinity, 1, 5, Infinity]);
	});
});

describe('sums', () => {
	it('are in the coarser schema', () => {
		const fine = exponential({ 1: 1, 2: 2, 3: 4 }, { schema: 1 });
		const { histogram } = add(fine, exponential({ 2: 10 }))!;
		expect(histogram.schema).toBe(0);
		expect(bucketsOf(histogram.positive)).toEqual({ 1: 3, 2: 14 });
		expect(histogram.count).toBe(17);
	});

	it('take buckets within the larger zero bucket into it', () => {
		const small = exponential({ '-2': 1, 0: 2, 3: 4 });
		const large = exponential({ 3: 1 }, { zeroThreshold: 0.5, zeroCount: 8 });
		for (const [a, b] of [
			[small, large],
			[large, small],
		] as const) {
			const { histogram } = add(a, b)!;
			expect(histogram.zeroThreshold).toBe(0.5);
			expect(histogram.zeroCount).toBe(9);
			expect(bucketsOf(histogram.positive)).toEqual({ 0: 2, 3: 5 });
		}
	});

	it('widen the zero bucket to where a populated bucket ends', () => {
		const { histogram } = add(exponential({ 1: 3 }), exponential({}, { zeroThreshold: 1.5, zeroCount: 1 }))!;
		expect(histogram).toMatchObject({ zeroThreshold: 2, zeroCount: 4, count: 4 });
		expect(histogram.positive.indexes).toHaveLength(0);
	});

	it('of custom bounds that differ keep those that both have', () => {
		const { histogram, reconciled } = add(
			custom([1, 2, 5], [1, 2, 3, 4]),
			custom([2, 5, 9], [10, 20, 30, 40]),
		)!;
		expect(reconciled).toBe(true);
		expect([...histogram.bounds]).toEqual([2, 5]);
		expect(bucketsOf(histogram.positive)).toEqual({ 0: 13, 1: 23, 2: 74 });
	});

	it('of exponential and custom ones are none', () => {
		expect(add(exponential({ 1: 1 }), custom([1], [1, 1]))).toBeUndefined();
		expect(new HistogramSum(exponential({ 1: 1 })).add(custom([1], [1, 1]))).toBe('incompatible');
	});

	it('tell of hints that contradict each other, and are gauges when one is', () => {
		const hinted = (hint: 0 | 1 | 2 | 3) => exponential({ 1: 1 }, { hint });
		expect(add(hinted(1), hinted(2))).toMatchObject({ collision: true, histogram: { hint: 0 } });
		expect(add(hinted(1), hinted(3))).toMatchObject({ collision: false, histogram: { hint: 3 } });
		expect(add(hinted(2), hinted(0))).toMatchObject({ collision: false, histogram: { hint: 0 } });
	});

	it('lose nothing to rounding, and what is subtracted again is gone', () => {
		const sum = new HistogramSum(exponential({ 1: 1e16 }));
		for (let i = 0; i < 10; i++) sum.add(exponential({ 1: 1, 7: 0.1 }));
		expect(sum.result.positive.counts[0]).toBe(1e16 + 10);
		expect(sum.result.positive.counts[1]).toBe(1);
		const one = exponential({ 1: 5, 4: 2 });
		expect(bucketsOf(compact(subtract(one, one)!.histogram).positive)).toEqual({});
	});

	it('that would overflow are means by steps', () => {
		const mean = new HistogramMean(exponential({ 1: 1.5e308 }));
		mean.add(exponential({ 1: 1.7e308 }));
		expect(mean.result.positive.counts[0]).toBeCloseTo(1.6e308, -300);
	});
});

describe('resets', () => {
	const before = exponential({ 1: 2, 3: 4 });

	it('are falls of any count, and buckets that are gone', () => {
		expect(isReset(exponential({ 1: 2, 3: 5 }), before)).toBe(false);
		expect(isReset(exponential({ 1: 1, 3: 9 }), before)).toBe(true);
		expect(isReset(exponential({ 1: 9 }), before)).toBe(true);
		expect(isReset(exponential({ 1: 2, 3: 4 }, { zeroThreshold: 1, zeroCount: 3 }), before)).toBe(false);
	});

	it('are finer buckets, but not coarser ones', () => {
		expect(isReset(exponential({ 1: 9, 5: 9 }, { schema: 1 }), before)).toBe(true);
		expect(isReset(exponential({ 1: 2, 2: 4 }, { schema: -1 }), before)).toBe(false);
	});

	it('are as the hint says', () => {
		expect(isReset(exponential({ 1: 9, 3: 9 }, { hint: RESET_HINTS.reset }), before)).toBe(true);
		expect(isReset(exponential({ 1: 0 }, { hint: RESET_HINTS.noReset }), before)).toBe(false);
	});

	it('of custom bounds that differ are looked for between those that both have', () => {
		expect(isReset(custom([1, 5], [1, 3, 9]), custom([1, 2, 5], [1, 1, 2, 3]))).toBe(false);
		expect(isReset(custom([1, 5], [1, 2, 9]), custom([1, 2, 5], [1, 1, 2, 3]))).toBe(true);
	});
});

it('quantiles are interpolated on a logarithmic scale, in the zero bucket on a linear one', () => {
	expect(histogramQuantile(0.5, exponential({ 1: 10 })).value).toBeCloseTo(Math.SQRT2, 14);
	const zero = exponential({ 3: 1 }, { zeroThreshold: 0.5, zeroCount: 9 });
	expect(histogramQuantile(0.45, zero).value).toBeCloseTo(0.25, 14);
	expect(histogramQuantile(0.25, custom([4, 8], [2, 2, 0])).value).toBe(2);
	const skewed = exponential({ 1: 10 }, { count: 12, sum: Number.NaN });
	expect(histogramQuantile(0.5, skewed).note).toBe('quantile-skewed');
	expect(histogramQuantile(0.99, skewed)).toEqual({ value: Number.NaN, note: 'quantile-nan' });
});

it('the text says what lies in which bucket', () => {
	const h = exponential({ 1: 2 }, { zeroThreshold: 0.001, zeroCount: 1, negative: side({ 0: 4 }), sum: 4.5 });
	expect(histogramText(h)).toBe('{count:3, sum:4.5, [-1,-0.5):4, [-0.001,0.001]:1, (1,2]:2}');
});

describe('columns', () => {
	const some = [
		exponential({ 1: 2, 2: 3, 9: 1 }, { negative: side({ '-4': 7 }), zeroThreshold: 0.1, zeroCount: 3 }),
		custom([1, 2], [5, 0, 6]),
		exponential({}, { hint: RESET_HINTS.gauge }),
	];
	const columns = columnsOfHistograms(Uint32Array.of(1, 3), Float64Array.of(10, 20, 30), some);

	it('give histograms back as they were', () => {
		const reader = new HistogramReader(columns);
		expect(some.map((_, i) => reader.at(i))).toEqual(some);
		expect([...columns.spanOffsets]).toEqual([1, 6, -4, 0]);
		expect([...columns.spanLengths]).toEqual([2, 1, 1, 3]);
	});

	it('refuse spans that overlap, and buckets that do not fit their spans', () => {
		const wrong = (change: Partial<NativeHistograms>) => () =>
			new HistogramReader({ ...columns, ...change }).at(0);
		expect(wrong({ spanOffsets: Int32Array.of(1, -1, -4, 0) })).toThrow('before the one before it ends');
		expect(wrong({ spanLengths: Uint32Array.of(2, 2, 1, 3) })).toThrow('other buckets than its spans say');
	});

	it('are joined without a change of a bit', () => {
		const stale = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer);
		const marked = { ...columns, sums: Float64Array.of(1, 2, 3) };
		marked.sums.set(stale, 2);
		const joined = joinHistograms([
			{ columns: marked, from: 1, to: 3 },
			{ columns, from: 0, to: 0 },
			{ columns: marked, from: 0, to: 1 },
		]);
		expect([...joined.ends]).toEqual([2, 2, 3]);
		expect([...joined.timestamps]).toEqual([20, 30, 10]);
		expect([0, 1, 2].map((i) => isStaleMarker(joined.sums, i))).toEqual([false, true, false]);
		const reader = new HistogramReader(joined);
		expect(reader.at(2).positive).toEqual(some[0]!.positive);
		expect(reader.at(0).bounds).toEqual(some[1]!.bounds);
	});
});

it('counts for more samples the more buckets there are', () => {
	const wide = Object.fromEntries(Array.from({ length: 160 }, (_, i) => [i, 1]));
	expect(sampleSize(exponential({}))).toBe(11);
	expect(sampleSize(exponential(wide))).toBe(91);
});
