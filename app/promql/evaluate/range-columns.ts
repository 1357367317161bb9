import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import type { Labels } from '../../telemetry/labels.ts';
import { isStaleMarker, type SeriesColumns } from '../../telemetry/series.ts';
import { HistogramReader } from '../histograms/columns.ts';
import { type Histogram, RESET_HINTS, withHint } from '../histograms/histogram.ts';
import { type Move, StatsReader } from './histogram-stats.ts';
import { FLOAT, type Grid, HISTOGRAM, type Vector } from './vector.ts';

/** Range vectors: what range functions read, series by series. */
export interface RangeSeries {
	labels: Labels[];
	/** Whether names go at the end of the query. */
	dropNames: boolean[] | undefined;
	ends: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
	/** Left out when no series has any. */
	histograms?: RangeHistograms;
}

/** Histograms of the same series. */
export interface RangeHistograms {
	ends: Uint32Array;
	timestamps: Float64Array;
	/** Those of a row, made when they are asked for. */
	row(row: number): Histogram[];
}

/** Series of a selector; ranges know no stale markers. With `moves` histograms have counts and sums alone. */
export function withoutStaleMarkers(columns: SeriesColumns, moves?: readonly Move[]): RangeSeries {
	const { series, histograms } = columns;
	const floats = freshSamples(columns.ends, columns.timestamps, columns.values);
	const out: RangeSeries = {
		labels: series,
		dropNames: undefined,
		ends: floats.ends,
		timestamps: floats.timestamps,
		values: floats.values,
	};
	if (!histograms || histograms.counts.length === 0) return out;
	out.histograms = freshHistograms(histograms);
	if (moves) {
		const stats = new StatsReader(columns, histograms, moves);
		out.histograms.row = (row) => stats.row(row).filter((h) => h !== undefined);
	}
	return out;
}

function freshHistograms(histograms: NativeHistograms): RangeHistograms {
	const kept = freshSamples(histograms.ends, histograms.timestamps, histograms.sums);
	const reader = new HistogramReader(histograms);
	return {
		ends: kept.ends,
		timestamps: kept.timestamps,
		row(row) {
			const low = row === 0 ? 0 : kept.ends[row - 1]!;
			const places = Array.from({ length: kept.ends[row]! - low }, (_, i) => low + i);
			return places.map((place) => reader.at(kept.places?.[place] ?? place));
		},
	};
}

interface FreshSamples {
	ends: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
	/** Where each lay before; undefined where all are left. */
	places: Uint32Array | undefined;
}

/** Samples without stale markers. */
function freshSamples(ends: Uint32Array, timestamps: Float64Array, values: Float64Array): FreshSamples {
	if (firstStale(values) < 0) return { ends, timestamps, values, places: undefined };
	const out = {
		ends: new Uint32Array(ends.length),
		timestamps: new Float64Array(values.length),
		values: new Float64Array(values.length),
		places: new Uint32Array(values.length),
	};
	let at = 0;
	for (let row = 0, i = 0; row < ends.length; row++) {
		for (; i < ends[row]!; i++) {
			if (isStaleMarker(values, i)) continue;
			out.timestamps[at] = timestamps[i]!;
			out.places[at] = i;
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

/** A subquery's vector as ranges. Hints between neighbours are gone, because samples between them may be missing. */
export function rangesOfVector(vector: Vector, grid: Grid): RangeSeries {
	const { histograms, ...floats } = columnsOfVector(vector, grid);
	if (!histograms) return floats;
	const { reset, noReset, unknown } = RESET_HINTS;
	const plain = histograms.histograms.map((h) =>
		h.hint === reset || h.hint === noReset ? withHint(h, unknown) : h,
	);
	const { ends, timestamps } = histograms;
	const row = (r: number) => plain.slice(r === 0 ? 0 : ends[r - 1]!, ends[r]);
	return { ...floats, histograms: { ends, timestamps, row } };
}

/** Samples of a vector by row. */
export interface VectorColumns extends Omit<RangeSeries, 'histograms'> {
	histograms?: { ends: Uint32Array; timestamps: Float64Array; histograms: Histogram[] };
}

/** A vector as series with samples at the steps of its grid: all rows, or these in their order. */
export function columnsOfVector(
	vector: Vector,
	grid: Grid,
	rows: readonly number[] = [...vector.labels.keys()],
): VectorColumns {
	const { kinds, steps, values } = vector;
	let total = 0;
	for (const row of rows) {
		for (let cell = row * steps, end = cell + steps; cell < end; cell++) if (kinds[cell] === FLOAT) total++;
	}
	const out: VectorColumns = {
		labels: rows.map((row) => vector.labels[row]!),
		dropNames: rows.map((row) => vector.dropNames[row]!),
		ends: new Uint32Array(rows.length),
		timestamps: new Float64Array(total),
		values: new Float64Array(total),
	};
	let at = 0;
	for (const [i, row] of rows.entries()) {
		for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
			if (kinds[cell] !== FLOAT) continue;
			out.timestamps[at] = grid.start + step * grid.step;
			out.values[at++] = values[cell]!;
		}
		out.ends[i] = at;
	}
	if (vector.histograms.length > 0) addHistograms(out, vector, grid, rows);
	return out;
}

function addHistograms(out: VectorColumns, vector: Vector, grid: Grid, rows: readonly number[]): void {
	const { kinds, steps } = vector;
	const times: number[] = [];
	const histograms: Histogram[] = [];
	const ends = new Uint32Array(rows.length);
	for (const [i, row] of rows.entries()) {
		for (let step = 0; step < steps; step++) {
			if (kinds[row * steps + step] !== HISTOGRAM) continue;
			times.push(grid.start + step * grid.step);
			histograms.push(vector.histogramAt(row, step)!);
		}
		ends[i] = histograms.length;
	}
	if (histograms.length > 0) out.histograms = { ends, timestamps: Float64Array.from(times), histograms };
}
