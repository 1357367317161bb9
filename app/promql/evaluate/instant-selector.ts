import { isStaleMarker, type SeriesColumns } from '../../telemetry/series.ts';
import { interpolate } from '../functions/extended-rate.ts';
import { Window } from '../functions/window.ts';
import type { VectorSelector } from '../parser/ast.ts';
import type { Budget } from './budget.ts';
import { milliseconds } from './duration-units.ts';
import { withoutStaleMarkers } from './range-columns.ts';
import type { Windows } from './selection.ts';
import { type Grid, Vector } from './vector.ts';

/** What a sample is taken for: its value, or its time in seconds (timestamp()). */
export type Taken = 'value' | 'time';

/** At each step the newest sample of a series that is not older than the lookback; a stale marker is none. */
export async function selectInstants(
	selector: VectorSelector,
	columns: SeriesColumns,
	grid: Grid,
	{ lookback, leftOpen }: Windows,
	budget: Budget,
	taken: Taken = 'value',
): Promise<Vector> {
	const { series, ends, timestamps, values } = columns;
	budget.takeSamples(series.length * grid.count);
	const out = new Vector(grid.count, series.length);
	const offset = milliseconds(selector.offset);
	for (let row = 0; row < series.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(series[row]!);
		const low = row === 0 ? 0 : ends[row - 1]!;
		const high = ends[row]!;
		let next = low;
		for (let step = 0; step < grid.count; step++) {
			const time = (selector.at ?? grid.start + step * grid.step) - offset;
			while (next < high && timestamps[next]! <= time) next++;
			const newest = next - 1;
			if (newest < low) continue;
			const age = time - timestamps[newest]!;
			if (age > lookback || (leftOpen && age === lookback) || isStaleMarker(values, newest)) continue;
			out.set(row, step, taken === 'time' ? timestamps[newest]! / 1000 : values[newest]!);
		}
	}
	return out;
}

/** `smoothed`: the value on the line between the samples before and after; the last one where none comes after. */
export async function selectSmoothed(
	selector: VectorSelector,
	columns: SeriesColumns,
	grid: Grid,
	{ lookback, leftOpen }: Windows,
	budget: Budget,
): Promise<Vector> {
	const { labels, ends, timestamps, values } = withoutStaleMarkers(columns);
	budget.takeSamples(labels.length * grid.count);
	const out = new Vector(grid.count, labels.length);
	const offset = milliseconds(selector.offset);
	const window = new Window();
	window.timestamps = timestamps;
	window.values = values;
	for (let row = 0; row < labels.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(labels[row]!);
		const low = row === 0 ? 0 : ends[row - 1]!;
		let next = low;
		for (let step = 0; step < grid.count; step++) {
			const time = (selector.at ?? grid.start + step * grid.step) - offset;
			while (next < ends[row]! && timestamps[next]! < time) next++;
			const inReach = next < ends[row]! && timestamps[next]! <= time + lookback;
			if (inReach && timestamps[next] === time) {
				out.set(row, step, values[next]!);
				continue;
			}
			const age = next > low ? time - timestamps[next - 1]! : Number.POSITIVE_INFINITY;
			if (age > lookback || (leftOpen && age === lookback)) continue;
			out.set(row, step, inReach ? interpolate(window, next - 1, time, false) : values[next - 1]!);
		}
	}
	return out;
}
