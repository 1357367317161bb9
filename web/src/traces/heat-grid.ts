import type { TraceHeatmap } from '../api/trace-types.ts';
import { formatDay, formatHourMinute } from '../format/times.ts';

/** Rows of the heatmap from the bottom: the buckets between the shortest and the longest span, a little air around. */
export interface HeatGrid {
	/** Index of the lowest bucket shown. */
	first: number;
	rows: number;
	/** Seconds at the lower edge of each row, and above the last; the last may be null. */
	edges: (number | null)[];
	highest: number;
}

const AIR = 1;
const LEAST_ROWS = 6;

export function heatGrid({ bounds, counts }: TraceHeatmap): HeatGrid {
	let low = bounds.length;
	let high = -1;
	let highest = 0;
	for (const column of counts)
		column.forEach((count, row) => {
			if (count === 0) return;
			low = Math.min(low, row);
			high = Math.max(high, row);
			highest = Math.max(highest, count);
		});
	if (high < 0) [low, high] = [0, Math.min(bounds.length, LEAST_ROWS) - 1];
	low = Math.max(0, low - AIR);
	high = Math.min(bounds.length - 1, Math.max(high + AIR, low + LEAST_ROWS - 1));
	const edges = [low === 0 ? 0 : bounds[low - 1]!, ...bounds.slice(low, high + 1)];
	return { first: low, rows: high - low + 1, edges, highest };
}

/** 1 to 6 by the logarithm of the count, 0 for none. */
export function heatOf(count: number, highest: number): number {
	if (count <= 0) return 0;
	return Math.min(6, 1 + Math.floor((Math.log1p(count) / Math.log1p(highest)) * 6));
}

const MINUTE = 60_000;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * MINUTE);

/** Whole minutes, hours or days of the browser's zone between two times, at most `most` of them, ms. */
export function timeTicks(from: number, to: number, most: number): number[] {
	const step = TICKS.find((each) => (to - from) / each < most) ?? TICKS.at(-1)!;
	const zone = new Date(from).getTimezoneOffset() * MINUTE;
	const first = Math.ceil((from - zone) / step) * step + zone;
	return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, i) => first + i * step);
}

/** `14:02`, or `11-22` at midnight. */
export const tickWords = (ms: number): string =>
	formatHourMinute(ms) === '00:00' ? formatDay(ms).slice(5) : formatHourMinute(ms);

export interface Corner {
	/** Column and row from the bottom, as they are shown. */
	column: number;
	row: number;
}

/** What a drag from one cell to another asks for: a time in ms, and durations in ms; null is without a bound. */
export function selectionOf(
	{ times, step, from, to }: Pick<TraceHeatmap, 'times' | 'step' | 'from' | 'to'>,
	grid: HeatGrid,
	a: Corner,
	b: Corner,
): { from: number; to: number; min: number | null; max: number | null } {
	const [left, right] = [Math.min(a.column, b.column), Math.max(a.column, b.column)];
	const [bottom, top] = [Math.min(a.row, b.row), Math.max(a.row, b.row)];
	const low = grid.edges[bottom] ?? 0;
	const high = grid.edges[top + 1] ?? null;
	return {
		from: Math.max(from, times[left]! - step),
		to: Math.min(to, times[right]!),
		min: low > 0 ? low * 1000 : null,
		max: high === null ? null : high * 1000,
	};
}
