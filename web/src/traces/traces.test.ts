import { describe, expect, test } from 'vitest';
import { heatGrid, heatOf, selectionOf, tickWords, timeTicks } from './heat-grid.ts';
import { askedTraceFilters, isNarrowed, parseDuration, readTraceFilters } from './trace-filters.ts';

const BOUNDS = [0.001, 0.01, 0.1, 1, 10, 100, 1000, null];
const heatmap = (counts: number[][]) => ({
	...{ from: 0, to: counts.length * 10, step: 10, times: counts.map((_, i) => (i + 1) * 10) },
	...{ bounds: BOUNDS, counts, errors: counts, total: 0, errorTotal: 0 },
});
const column = (...filled: number[]) => BOUNDS.map((_, row) => (filled.includes(row) ? 5 : 0));

describe('the heatmap', () => {
	test('shows the rows that hold spans, with some air', () => {
		expect(heatGrid(heatmap([column(2), column(3)]))).toEqual({
			...{ first: 1, rows: 6, highest: 5 },
			edges: [0.001, 0.01, 0.1, 1, 10, 100, 1000],
		});
		expect(heatGrid(heatmap([column(0, 7)]))).toMatchObject({ first: 0, rows: 8 });
		expect(heatGrid(heatmap([column()]))).toMatchObject({ first: 0, rows: 7, highest: 0 });
	});
	test('a drag in any direction is a time and a range of durations', () => {
		const map = heatmap([column(2), column(3), column(3)]);
		const grid = heatGrid(map);
		const wanted = { from: 10, to: 30, min: 10, max: 1000 };
		expect(selectionOf(map, grid, { column: 1, row: 1 }, { column: 2, row: 2 })).toEqual(wanted);
		expect(selectionOf(map, grid, { column: 2, row: 2 }, { column: 1, row: 1 })).toEqual(wanted);
		const all = heatGrid(heatmap([column(0, 7)]));
		expect(selectionOf(map, all, { column: 0, row: 0 }, { column: 0, row: 7 })).toMatchObject({
			min: null,
			max: null,
		});
	});
	test('times are written at whole minutes, hours and days', () => {
		const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();
		const words = (from: number, to: number, most: number) => timeTicks(from, to, most).map(tickWords);
		expect(words(at(2026, 10, 22, 13, 37), at(2026, 10, 22, 14, 37), 8)).toEqual([
			...['13:40', '13:50', '14:00', '14:10', '14:20', '14:30'],
		]);
		expect(words(at(2026, 10, 22, 21, 5), at(2026, 10, 23, 4, 5), 8)).toEqual([
			...['22:00', '23:00', '11-23', '01:00', '02:00', '03:00', '04:00'],
		]);
		expect(words(at(2026, 10, 20, 9, 0), at(2026, 10, 22, 9, 0), 3)).toEqual(['11-21', '11-22']);
	});
	test('one span is seen beside a million', () => {
		expect([heatOf(0, 1e6), heatOf(1, 1e6), heatOf(1e6, 1e6), heatOf(1, 1)]).toEqual([0, 1, 6, 6]);
	});
});

describe('the filters', () => {
	test('are read from the address, nonsense is none', () => {
		const read = (search: string) => readTraceFilters(new URLSearchParams(search), null);
		expect(read('service=a&status=error&min=5&max=x&root=1&attribute=k=v&attribute=l=w')).toEqual({
			...{ application: null, service: 'a', name: null, status: 'error', minDuration: 5, maxDuration: null },
			...{ attribute: ['k=v', 'l=w'], root: true },
		});
		expect(isNarrowed(read('status=broken&min=-1'))).toBe(false);
		expect(isNarrowed(read('max=0'))).toBe(true);
		expect(askedTraceFilters({ application: 'x', service: 'a' })).toEqual({
			application: null,
			service: 'a',
		});
	});
	test.each([
		['250', 250],
		['1.5 s', 1500],
		['2min', 120_000],
		['3 µs', 0.003],
		['', null],
		['soon', undefined],
	])('a duration of %j', (text, ms) => {
		expect(parseDuration(text)).toBe(ms);
	});
});
