/** `count` steps of `step` ms: step `i` covers (from + i * step, from + (i + 1) * step]. */
export interface TimeGrid {
	from: number;
	to: number;
	step: number;
	count: number;
}

/** Steps that people read easily, ms. */
const STEPS = [15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400].map((s) => s * 1000);
const MAX_STEPS = 120;

/** The grid over [from, to] with at most 121 steps; its ends are multiples of the step, so that requests share it. */
export function gridOf(from: number, to: number): TimeGrid {
	const step = STEPS.find((s) => (to - from) / s <= MAX_STEPS) ?? STEPS.at(-1)!;
	const first = Math.floor(from / step) * step;
	const last = Math.max(Math.ceil(to / step) * step, first + step);
	return { from: first, to: last, step, count: (last - first) / step };
}

/** The step that a time falls into, -1 or count and more when outside. */
export function stepOf(grid: TimeGrid, time: number): number {
	return Math.ceil((time - grid.from) / grid.step) - 1;
}

/** The ends of the steps, ms. */
export function gridTimes(grid: TimeGrid): number[] {
	return Array.from({ length: grid.count }, (_, i) => grid.from + (i + 1) * grid.step);
}
