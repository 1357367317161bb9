import type { TimeGrid } from '../../promql/time-grid.ts';

/** SQL for the number of the step that a row's time falls into. The grid is ours, so its numbers may stand in the text. */
export function slotOf({ from, step }: TimeGrid): string {
	return `intDiv(toUnixTimestamp64Milli(timestamp) - ${Math.floor(from)}, ${Math.floor(step)})`;
}
