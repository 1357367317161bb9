import { longestGap } from './increase.ts';
import type { TimeGrid } from './time-grid.ts';

/**
 * A gauge per step: its newest sample at the end of the step. A sample stands for the time until the next one, but not
 * over a gap and not past a stale marker; NaN where there is none.
 */
export function gaugeSteps(
	grid: TimeGrid,
	timestamps: Float64Array,
	values: Float64Array,
	start: number,
	end: number,
): Float64Array {
	const steps = new Float64Array(grid.count).fill(Number.NaN);
	// With wide steps a series that ended inside of one still has a value there.
	const reach = Math.max(longestGap(timestamps, start, end), grid.step);
	let newest = -1;
	for (let step = 0, i = start; step < grid.count; step++) {
		const at = grid.from + (step + 1) * grid.step;
		while (i < end && timestamps[i]! <= at) newest = i++;
		if (newest >= 0 && at - timestamps[newest]! < reach) steps[step] = values[newest]!;
	}
	return steps;
}
