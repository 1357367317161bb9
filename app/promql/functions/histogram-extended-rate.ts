import { add, subtract } from '../histograms/add.ts';
import { type Histogram, hasCustomBounds, RESET_HINTS, withHint } from '../histograms/histogram.ts';
import { mixedSamples, mixedSchemas, noCounter, noGauge, reconciledBounds } from '../histograms/notes.ts';
import { isReset } from '../histograms/reset.ts';
import { divide, scale } from '../histograms/scale.ts';
import { compact } from '../histograms/zero-bucket.ts';
import type { Reach } from './extended-rate.ts';
import { changes, resets } from './histogram-over-time.ts';
import type { HistogramRangeFunction, HistogramWindow } from './histogram-window.ts';

const { gauge } = RESET_HINTS;

type Inform = (text: string) => void;

/**
 * The histogram on the line between two at `time`; of a counter that began anew between them the line begins at nothing.
 * Undefined if only one has custom bounds.
 */
export function interpolatedHistogram(
	before: { histogram: Histogram; time: number },
	after: { histogram: Histogram; time: number },
	time: number,
	isCounter: boolean,
	inform: Inform,
): Histogram | undefined {
	if (time === before.time) return before.histogram;
	if (time === after.time) return after.histogram;
	const share = (time - before.time) / (after.time - before.time);
	if (isCounter && isReset(after.histogram, before.histogram)) return scale(after.histogram, share);
	const difference = subtract(after.histogram, before.histogram);
	if (!difference) return undefined;
	if (difference.reconciled) inform(reconciledBounds('subtraction'));
	const sum = add(scale(difference.histogram, share), before.histogram);
	if (sum?.reconciled) inform(reconciledBounds('addition'));
	return sum?.histogram;
}

/** rate, increase and delta of an `anchored` or `smoothed` range; see `gain`, which this is for histograms. */
function gain(w: HistogramWindow, reach: Reach, isCounter: boolean, perSecond: boolean): boolean {
	if (w.floats.length > 0) {
		w.warn(mixedSamples(w.metric), 0);
		return false;
	}
	const smoothed = reach === 'smoothed';
	const { start, end } = w.floats;
	const { timestamps } = w;
	let last = w.high - 1;
	const first = Math.max(w.low, firstAfter(w, last, (time) => time > start) - 1);
	if (smoothed) last = firstAfter(w, last, (time) => time >= end);
	if (timestamps[last]! <= start || (smoothed && timestamps[first]! > end)) return false;
	if (!isUniform(w, first, last, isCounter)) return false;
	const inform = (text: string) => w.inform(text, 0);
	const at = (i: number) => ({ histogram: w.histograms[i]!, time: timestamps[i]! });
	const left =
		smoothed && timestamps[first]! < start
			? interpolatedHistogram(at(first), at(first + 1), start, isCounter, inform)!
			: w.histograms[first]!;
	const right =
		smoothed && last > 0 && timestamps[last]! > end
			? interpolatedHistogram(at(last - 1), at(last), end, isCounter, inform)!
			: w.histograms[last]!;
	if (!isCounter && (left.hint !== gauge || right.hint !== gauge)) w.warn(noGauge(w.metric), 0);
	const difference = subtract(right, left)!;
	if (difference.reconciled) inform(reconciledBounds('subtraction'));
	let result = difference.histogram;
	if (isCounter) {
		const lost = lostByResets(w, first, last, left, right, smoothed);
		const sum = lost && add(result, lost);
		if (sum?.reconciled) inform(reconciledBounds('addition'));
		if (sum) result = sum.histogram;
	}
	if (perSecond) result = divide(result, w.floats.rangeSeconds);
	return w.answer(compact(withHint(result, gauge)));
}

/** Index of the first sample from the window's on whose time is as wanted; `last` if none before it is. */
function firstAfter(
	{ low, timestamps }: HistogramWindow,
	last: number,
	is: (time: number) => boolean,
): number {
	let i = low;
	while (i < last && !is(timestamps[i]!)) i++;
	return i;
}

/** False, and noted, when only some have custom bounds; gauges are noted where counters should be. */
function isUniform(w: HistogramWindow, first: number, last: number, isCounter: boolean): boolean {
	const custom = hasCustomBounds(w.histograms[first]!);
	for (let i = first; i <= last; i++) {
		const h = w.histograms[i]!;
		if (hasCustomBounds(h) !== custom) {
			w.warn(mixedSchemas(w.metric), 0);
			return false;
		}
		if (isCounter && h.hint === gauge) w.warn(noCounter(w.metric), 0);
	}
	return true;
}

/** What a counter had reached where it began anew; the ends have been seen to when they were interpolated. */
function lostByResets(
	w: HistogramWindow,
	firstSample: number,
	lastSample: number,
	left: Histogram,
	right: Histogram,
	smoothed: boolean,
): Histogram | undefined {
	let first = firstSample + 1;
	let before = left;
	if (smoothed && w.timestamps[firstSample]! < w.floats.start && w.isReset(first)) {
		before = w.histograms[first]!;
		first++;
	}
	if (first > lastSample) return undefined;
	let lost: Histogram | undefined;
	const lose = (h: Histogram) => {
		const sum = lost && add(lost, h);
		if (sum?.reconciled) w.inform(reconciledBounds('addition'), 0);
		lost = sum ? sum.histogram : h;
	};
	for (let i = first; i < lastSample; i++) {
		const now = w.histograms[i]!;
		if (isReset(now, before)) lose(before);
		before = now;
	}
	if (isReset(right, before)) lose(before);
	return lost;
}

/** Counts over an anchored range: its newest sample before the start, of either kind, and those after. */
function anchored(count: HistogramRangeFunction): HistogramRangeFunction {
	return (w) => {
		const { floats } = w;
		let float = floats.low;
		while (float < floats.high && floats.timestamps[float]! <= floats.start) float++;
		let histogram = w.low;
		while (histogram < w.high && w.timestamps[histogram]! <= floats.start) histogram++;
		if (float >= floats.high && histogram >= w.high) return false;
		const floatTime = float > floats.low ? floats.timestamps[float - 1]! : Number.NEGATIVE_INFINITY;
		const time = histogram > w.low ? w.timestamps[histogram - 1]! : Number.NEGATIVE_INFINITY;
		if (floatTime >= time && float > floats.low) float--;
		else if (histogram > w.low) histogram--;
		floats.low = float;
		// The next step looks for its samples from here on.
		const { low } = w;
		w.low = histogram;
		const counted = count(w);
		w.low = low;
		return counted;
	};
}

/** The functions of such ranges where there are histograms in them. */
export function extendedHistogramFunction(name: string, reach: Reach): HistogramRangeFunction | undefined {
	switch (name) {
		case 'rate':
			return (w) => gain(w, reach, true, true);
		case 'increase':
			return (w) => gain(w, reach, true, false);
		case 'delta':
			return (w) => gain(w, reach, false, false);
		case 'resets':
			return anchored(resets);
		case 'changes':
			return anchored(changes);
		default:
			return undefined;
	}
}
