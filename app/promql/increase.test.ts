import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramQuantile } from './histogram-quantile.ts';
import { IncreaseSum } from './increase.ts';
import { gridOf, gridTimes, stepOf, type TimeGrid } from './time-grid.ts';

const grid: TimeGrid = { from: 0, to: 60_000, step: 15_000, count: 4 };

function sum(samples: [number, number][], on = grid): IncreaseSum {
	const s = new IncreaseSum(on);
	const times = Float64Array.from(samples, (x) => x[0]);
	s.add(
		on,
		times,
		Float64Array.from(samples, (x) => x[1]),
		0,
		samples.length,
	);
	return s;
}

describe('time grid', () => {
	it('shares its ends between requests of one step and has at most 121 steps', () => {
		const g = gridOf(1_000_001, 1_000_001 + 3_600_000);
		expect([g.step, g.from % g.step, g.to % g.step]).toEqual([30_000, 0, 0]);
		for (const hours of [0.001, 0.1, 1, 3, 12, 24, 24 * 15]) {
			const range = gridOf(5e11 + 7, 5e11 + 7 + hours * 3_600_000);
			expect(range.count).toBeLessThanOrEqual(121);
			expect(range.from).toBeLessThanOrEqual(5e11 + 7);
			expect(gridTimes(range).at(-1)).toBe(range.to);
		}
	});
	it('puts the end of a step into that step', () => {
		expect([1, 15_000, 15_001, 60_000].map((t) => stepOf(grid, t))).toEqual([0, 0, 1, 3]);
	});
});

describe('increase', () => {
	it('is the sum of differences, exact and without extrapolation', () => {
		const s = sum([
			[5_000, 0],
			[20_000, 7],
			[35_000, 7],
			[50_000, 10],
		]);
		expect(s.total).toBe(10);
		expect(s.seconds).toBe(45);
		expect(s.rate).toBeCloseTo(10 / 45);
	});
	it('counts the later value whole after a reset', () => {
		expect(
			sum([
				[5_000, 100],
				[20_000, 130],
				[35_000, 4],
				[50_000, 6],
			]).total,
		).toBe(30 + 4 + 2);
	});
	it('takes nothing from the first sample, whatever its value', () => {
		expect(sum([[5_000, 1000]]).total).toBe(0);
		expect([...sum([[5_000, 1000]]).steps]).toEqual([0, Number.NaN, Number.NaN, Number.NaN]);
	});
	it('uses the last sample before the range as base', () => {
		const s = sum([
			[-10_000, 50],
			[5_000, 60],
		]);
		expect(s.total).toBe(10);
		expect(s.steps[0]).toBeCloseTo(10 / 3);
	});
	it('has a rate in a step that has just begun, and not a fall', () => {
		const s = sum([
			[1, 0],
			[15_001, 15],
			[30_001, 30],
		]);
		expect([...s.perSecond(grid)].map((rate) => Math.round(rate * 1000) / 1000)).toEqual([
			1,
			1,
			1,
			Number.NaN,
		]);
		const other = sum([
			[9_000, 0],
			[24_000, 30],
		]);
		other.merge(s);
		expect(other.perSecond(grid)[1]).toBeCloseTo((15 + 18) / 15, 1);
	});
	it('starts again after a stale marker', () => {
		expect(
			sum([
				[5_000, 10],
				[10_000, Number.NaN],
				[20_000, 15],
				[35_000, 17],
			]).total,
		).toBe(2);
	});
	it('spreads a difference over its time, so that jitter makes no waves', () => {
		const jitter = sum([
			[14_990, 0],
			[30_010, 15],
			[44_990, 30],
			[60_000, 45],
		]);
		for (const n of [...jitter.steps].slice(1)) expect(n).toBeCloseTo(15, 0);
		expect(jitter.total).toBe(45);
	});
	it('leaves steps of a gap without a value, and counts what came meanwhile in the total', () => {
		const wide: TimeGrid = { from: 0, to: 600_000, step: 15_000, count: 40 };
		const samples: [number, number][] = [];
		for (let t = 15_000; t <= 150_000; t += 15_000) samples.push([t, t / 1000]);
		for (let t = 450_000; t <= 600_000; t += 15_000) samples.push([t, t / 1000]);
		const s = sum(samples, wide);
		expect(s.total).toBe(600 - 15);
		expect(s.steps[20]).toBeNaN();
		expect(s.steps[29]).toBeCloseTo(15);
		expect(s.steps[9]).toBeCloseTo(15);
	});
	it('never loses or invents: the total is what was counted, whatever the times', () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.nat(50), fc.boolean()), { maxLength: 40 }),
				(parts) => {
					let time = 0;
					let value = 0;
					let expected = 0;
					const samples: [number, number][] = [[1, 0]];
					for (const [gap, increase, reset] of parts) {
						time += gap;
						if (1 + time > grid.to) break;
						value = reset ? increase : value + increase;
						const before = samples.at(-1)![1];
						expected += value < before ? value : value - before;
						samples.push([1 + time, value]);
					}
					const s = sum(samples);
					expect(s.total).toBe(expected);
					const steps = [...s.steps].filter((n) => !Number.isNaN(n)).reduce((a, b) => a + b, 0);
					expect(steps).toBeCloseTo(expected, 6);
				},
			),
		);
	});
});

describe('histogram quantile', () => {
	const bounds = [0.005, 0.01, 0.1, Number.POSITIVE_INFINITY];
	it('is linear inside the bucket', () => {
		expect(histogramQuantile(0.5, bounds, [0, 100, 100, 100])).toBeCloseTo(0.0075);
		expect(histogramQuantile(0.5, bounds, [100, 100, 100, 100])).toBeCloseTo(0.0025);
		expect(histogramQuantile(0.9, bounds, [50, 80, 100, 100])).toBeCloseTo(0.055);
	});
	it('gives the highest finite bound for the last bucket, and null without observations', () => {
		expect(histogramQuantile(0.99, bounds, [0, 0, 10, 100])).toBe(0.1);
		expect(histogramQuantile(0.5, bounds, [0, 0, 0, 0])).toBeNull();
		expect(histogramQuantile(0.5, [], [])).toBeNull();
		expect(histogramQuantile(0.5, bounds, new Array(4).fill(Number.NaN))).toBeNull();
	});
});
