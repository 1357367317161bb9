import { HistogramMean, HistogramSum } from '../histograms/compensated-sum.ts';
import { areEqual } from '../histograms/equal.ts';
import type { Histogram } from '../histograms/histogram.ts';
import { RESET_HINTS } from '../histograms/histogram.ts';
import { mixedSamples, mixedSchemas, reconciledBounds, resetCollision } from '../histograms/notes.ts';
import type { HistogramRangeFunction, HistogramWindow } from './histogram-window.ts';

/** Adds all histograms up; undefined where they cannot be. */
function accumulated<T extends HistogramSum | HistogramMean>(
	w: HistogramWindow,
	make: (first: Histogram) => T,
): T | undefined {
	if (w.floats.length > 0) {
		w.warn(mixedSamples(w.metric), 0);
		return undefined;
	}
	const sum = make(w.first);
	const hints = new Set([w.first.hint]);
	let reconciled = false;
	for (let i = w.low + 1; i < w.high; i++) {
		const h = w.histograms[i]!;
		hints.add(h.hint);
		const how = sum.add(h);
		if (how === 'incompatible') {
			w.warn(mixedSchemas(w.metric), 0);
			return undefined;
		}
		if (how === 'reconciled') reconciled = true;
	}
	if (hints.has(RESET_HINTS.reset) && hints.has(RESET_HINTS.noReset)) {
		w.warn(resetCollision('aggregation'), 0);
	}
	if (reconciled) w.inform(reconciledBounds('aggregation'), 0);
	return sum;
}

function sumOverTime(w: HistogramWindow): boolean {
	const sum = accumulated(w, (first) => new HistogramSum(first));
	return sum ? w.answer(sum.result) : false;
}

function avgOverTime(w: HistogramWindow): boolean {
	const mean = accumulated(w, (first) => new HistogramMean(first));
	return mean ? w.answer(mean.result) : false;
}

function firstTime({ floats, timestamps, low }: HistogramWindow): number {
	const first = timestamps[low]!;
	return floats.length > 0 ? Math.min(first, floats.timestamps[floats.low]!) : first;
}

function lastTime({ floats, timestamps, high }: HistogramWindow): number {
	const last = timestamps[high - 1]!;
	return floats.length > 0 ? Math.max(last, floats.timestamps[floats.high - 1]!) : last;
}

function firstOverTime(w: HistogramWindow): boolean {
	const { floats } = w;
	return firstTime(w) < w.timestamps[w.low]! ? floats.answer(floats.values[floats.low]!) : w.answer(w.first);
}

function lastOverTime(w: HistogramWindow): boolean {
	const { floats } = w;
	return lastTime(w) > w.timestamps[w.high - 1]!
		? floats.answer(floats.values[floats.high - 1]!)
		: w.answer(w.last);
}

/** How two neighbours differ, of floats and of histograms; neighbours of different kinds always do. */
interface Difference {
	floats(before: number, now: number): boolean;
	histograms(w: HistogramWindow, before: number, now: number): boolean;
}

/** Counts neighbours that differ, in the order of their times. */
function countDifferences(w: HistogramWindow, { floats, histograms }: Difference): boolean {
	const { values, timestamps, low, high } = w.floats;
	let i = low;
	let j = w.low;
	let n = 0;
	let before: 'none' | 'float' | 'histogram' = 'none';
	while (i < high || j < w.high) {
		if (j >= w.high || (i < high && timestamps[i]! < w.timestamps[j]!)) {
			if (before === 'histogram' || (before === 'float' && floats(values[i - 1]!, values[i]!))) n++;
			before = 'float';
			i++;
		} else {
			if (before === 'float' || (before === 'histogram' && histograms(w, j - 1, j))) n++;
			before = 'histogram';
			j++;
		}
	}
	return w.floats.answer(n);
}

const RESETS: Difference = {
	floats: (before, now) => now < before,
	histograms: (w, _, now) => w.isReset(now),
};

const CHANGES: Difference = {
	floats: (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before)),
	histograms: (w, before, now) => !areEqual(w.histograms[before]!, w.histograms[now]!),
};

export const resets: HistogramRangeFunction = (w) => countDifferences(w, RESETS);
export const changes: HistogramRangeFunction = (w) => countDifferences(w, CHANGES);

export const HISTOGRAM_OVER_TIME_FUNCTIONS: Record<string, HistogramRangeFunction> = {
	sum_over_time: sumOverTime,
	avg_over_time: avgOverTime,
	count_over_time: (w) => w.floats.answer(w.floats.length + w.length),
	present_over_time: (w) => w.floats.answer(1),
	absent_over_time: (w) => w.floats.answer(1),
	first_over_time: firstOverTime,
	last_over_time: lastOverTime,
	ts_of_first_over_time: (w) => w.floats.answer(firstTime(w) / 1000),
	ts_of_last_over_time: (w) => w.floats.answer(lastTime(w) / 1000),
	resets,
	changes,
};
