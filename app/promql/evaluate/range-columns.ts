import type { Labels } from '../../telemetry/labels.ts';
import { isStaleMarker, type SeriesColumns } from '../../telemetry/series.ts';
import { ABSENT, type Grid, type Vector } from './vector.ts';

/** Range vectors: what range functions read, series by series. */
export interface RangeSeries {
	labels: Labels[];
	/** Whether names go at the end of the query. */
	dropNames: boolean[] | undefined;
	ends: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
}

/** Series of a selector; ranges know no stale markers. */
export function withoutStaleMarkers(columns: SeriesColumns): RangeSeries {
	const { series, ends, timestamps, values } = columns;
	const stale = firstStale(values);
	if (stale < 0) return { labels: series, dropNames: undefined, ends, timestamps, values };
	const out = {
		labels: series,
		dropNames: undefined,
		ends: new Uint32Array(ends.length),
		timestamps: new Float64Array(values.length),
		values: new Float64Array(values.length),
	};
	let at = 0;
	for (let row = 0, i = 0; row < ends.length; row++) {
		for (; i < ends[row]!; i++) {
			if (isStaleMarker(values, i)) continue;
			out.timestamps[at] = timestamps[i]!;
			out.values[at++] = values[i]!;
		}
		out.ends[row] = at;
	}
	return out;
}

function firstStale(values: Float64Array): number {
	for (let i = 0; i < values.length; i++) {
		if (Number.isNaN(values[i]) && isStaleMarker(values, i)) return i;
	}
	return -1;
}

/** A subquery's vector as series with samples at the steps of its grid. */
export function columnsOfVector(vector: Vector, grid: Grid): RangeSeries {
	const { kinds, steps, rows } = vector;
	let total = 0;
	for (let cell = 0; cell < rows * steps; cell++) if (kinds[cell] !== ABSENT) total++;
	const out = {
		labels: vector.labels,
		dropNames: vector.dropNames,
		ends: new Uint32Array(rows),
		timestamps: new Float64Array(total),
		values: new Float64Array(total),
	};
	let at = 0;
	for (let row = 0; row < rows; row++) {
		for (let step = 0; step < steps; step++) {
			if (!vector.has(row, step)) continue;
			out.timestamps[at] = grid.start + step * grid.step;
			out.values[at++] = vector.get(row, step);
		}
		out.ends[row] = at;
	}
	return out;
}
