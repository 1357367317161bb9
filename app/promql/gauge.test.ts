import { describe, expect, it } from 'vitest';
import { gaugeSteps } from './gauge.ts';
import { rateSteps } from './increase.ts';
import type { TimeGrid } from './time-grid.ts';

const grid: TimeGrid = { from: 0, to: 150_000, step: 15_000, count: 10 };
const NONE = Number.NaN;

function columns(samples: [number, number][]): [Float64Array, Float64Array, number, number] {
	return [
		Float64Array.from(samples, ([time]) => time),
		Float64Array.from(samples, ([, value]) => value),
		0,
		samples.length,
	];
}

describe('gauge', () => {
	it('is the newest sample at the end of each step, jitter or not', () => {
		const values = gaugeSteps(
			grid,
			...columns([
				[-5_000, 1],
				[16_000, 2],
				[29_000, 3],
				[46_000, 4],
			]),
		);
		expect([...values.slice(0, 4)]).toEqual([1, 3, 3, 4]);
	});

	it('has no value before the first sample, in a gap and after a stale marker', () => {
		const gap = gaugeSteps(
			grid,
			...columns([
				[20_000, 1],
				[30_000, 2],
				[120_000, 3],
				[150_000, NONE],
			]),
		);
		expect([...gap]).toEqual([NONE, 2, 2, 2, 2, 2, 2, 3, 3, NONE]);
		const late = gaugeSteps(
			grid,
			...columns([
				[10_000, 7],
				[20_000, 7],
				[30_000, 7],
			]),
		);
		expect([...late]).toEqual([7, 7, 7, 7, NONE, NONE, NONE, NONE, NONE, NONE]);
	});

	it('does not lose a sample inside of a wide step', () => {
		const wide: TimeGrid = { from: 0, to: 7_200_000, step: 3_600_000, count: 2 };
		expect([...gaugeSteps(wide, ...columns([[5_000, 4]]))]).toEqual([4, NONE]);
	});
});

describe('rates of one counter', () => {
	it('are over the time that was observed, at both ends of a series too', () => {
		const rates = rateSteps(
			grid,
			...columns([
				[10_000, 100],
				[25_000, 130],
				[40_000, 160],
			]),
		);
		expect([...rates.slice(0, 4)]).toEqual([2, 2, 2, NONE]);
	});

	it('are not known where less than a second was observed', () => {
		const samples: [number, number][] = [
			[14_900, 0],
			[15_000, 0.5],
			[30_000, 3.5],
			[30_999, 9],
		];
		expect([...rateSteps(grid, ...columns(samples))].slice(0, 3)).toEqual([NONE, 0.2, NONE]);
		samples.push([31_000, 9]);
		expect(rateSteps(grid, ...columns(samples))[2]).toBe(5.5);
	});

	it('are not known from one sample, and not in a gap', () => {
		expect([...rateSteps(grid, ...columns([[10_000, 5]]))]).toEqual(new Array(10).fill(NONE));
		const rates = rateSteps(
			grid,
			...columns([
				[0, 0],
				[15_000, 15],
				[30_000, 30],
				[45_000, 45],
				[150_000, 150],
			]),
		);
		expect([...rates]).toEqual([1, 1, 1, NONE, NONE, NONE, NONE, NONE, NONE, 1]);
	});
});
