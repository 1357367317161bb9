import { failed } from '../errors.ts';
import { extendedSamples, type Reach } from '../functions/extended-rate.ts';
import { Window } from '../functions/window.ts';
import type { Histogram } from '../histograms/histogram.ts';
import type { MatrixSelector } from '../parser/ast.ts';
import { milliseconds } from './duration-units.ts';
import type { Evaluator } from './evaluator.ts';
import { type RangeHistograms, type VectorColumns, withoutStaleMarkers } from './range-columns.ts';

/** A range selector as the whole of an instant query: its samples as they are. */
export function rangeOfSelector(evaluator: Evaluator, e: MatrixSelector): VectorColumns {
	const { selected, windows } = evaluator.evaluation;
	const { selector } = e;
	const series = withoutStaleMarkers(selected.get(selector)!);
	const reach = reachOf(e);
	const window = new Window();
	window.timestamps = series.timestamps;
	window.values = series.values;
	window.end = (selector.at ?? evaluator.grid.start) - milliseconds(selector.offset);
	window.start = window.end - milliseconds(e.range);
	const from = window.start - (reach ? windows.lookback : 0);
	const to = window.end + (reach === 'smoothed' ? windows.lookback : 0);
	const ends = new Uint32Array(series.ends.length);
	const timestamps: number[] = [];
	const values: number[] = [];
	for (let row = 0, i = 0; row < ends.length; row++) {
		while (i < series.ends[row]! && isBefore(series.timestamps[i]!, from, windows.leftOpen)) i++;
		window.low = i;
		while (i < series.ends[row]! && series.timestamps[i]! <= to) i++;
		window.high = i;
		i = series.ends[row]!;
		const found = samplesOf(window, reach);
		for (const t of found.timestamps) timestamps.push(t);
		for (const v of found.values) values.push(v);
		ends[row] = timestamps.length;
	}
	const out: VectorColumns = {
		labels: series.labels,
		dropNames: undefined,
		ends,
		timestamps: Float64Array.from(timestamps),
		values: Float64Array.from(values),
	};
	if (series.histograms) {
		const histograms = histogramsWithin(series.histograms, from, to, windows.leftOpen);
		if (histograms.histograms.length > 0) {
			if (reach) throw failed(`${reach} modifier is not supported with histograms`);
			out.histograms = histograms;
		}
	}
	return out;
}

function histogramsWithin(
	{ ends, timestamps, row }: RangeHistograms,
	from: number,
	to: number,
	leftOpen: boolean,
): NonNullable<VectorColumns['histograms']> {
	const out = {
		ends: new Uint32Array(ends.length),
		timestamps: new Float64Array(0),
		histograms: [] as Histogram[],
	};
	const times: number[] = [];
	for (let r = 0, i = 0; r < ends.length; r++) {
		while (i < ends[r]! && isBefore(timestamps[i]!, from, leftOpen)) i++;
		const low = i;
		while (i < ends[r]! && timestamps[i]! <= to) times.push(timestamps[i++]!);
		const first = r === 0 ? 0 : ends[r - 1]!;
		if (i > low) out.histograms.push(...row(r).slice(low - first, i - first));
		i = ends[r]!;
		out.ends[r] = out.histograms.length;
	}
	out.timestamps = Float64Array.from(times);
	return out;
}

function isBefore(time: number, from: number, leftOpen: boolean): boolean {
	return leftOpen ? time <= from : time < from;
}

function reachOf({ selector }: MatrixSelector): Reach | undefined {
	if (selector.anchored) return 'anchored';
	return selector.smoothed ? 'smoothed' : undefined;
}

function samplesOf(window: Window, reach: Reach | undefined) {
	if (window.low === window.high) return { timestamps: [], values: [] };
	if (reach) return extendedSamples(window, reach);
	const { timestamps, values, low, high } = window;
	return { timestamps: timestamps.subarray(low, high), values: values.subarray(low, high) };
}
