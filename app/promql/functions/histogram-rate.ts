import { add, subtract } from '../histograms/add.ts';
import {
	EMPTY_SIDE,
	type Histogram,
	hasCustomBounds,
	RESET_HINTS,
	withHint,
} from '../histograms/histogram.ts';
import { mixedSamples, mixedSchemas, noCounter, noGauge, reconciledBounds } from '../histograms/notes.ts';
import { isReset } from '../histograms/reset.ts';
import { coarser, divide, scale } from '../histograms/scale.ts';
import { compact } from '../histograms/zero-bucket.ts';
import type { HistogramRangeFunction, HistogramWindow } from './histogram-window.ts';
import { extrapolationFactor, lastChange as lastFloatChange } from './rate.ts';

const { gauge } = RESET_HINTS;

/** rate, increase and delta: see `extrapolated`, which this is for histograms. */
function extrapolated(w: HistogramWindow, isCounter: boolean, perSecond: boolean): boolean {
	if (w.floats.length > 0) {
		w.warn(mixedSamples(w.metric), 0);
		return false;
	}
	if (w.length < 2) return false;
	const gain = gainOf(w, isCounter);
	if (!gain) return false;
	const factor = extrapolationFactor({
		first: w.timestamps[w.low]!,
		last: w.timestamps[w.high - 1]!,
		gaps: w.length - 1,
		start: w.floats.start,
		end: w.floats.end,
		isCounter,
		value: w.first.count,
		gain: gain.count,
	});
	return w.answer(scale(gain, perSecond ? factor / w.floats.rangeSeconds : factor));
}

/** What was gained from the first sample to the last, as a gauge; undefined where buckets do not fit. */
function gainOf(w: HistogramWindow, isCounter: boolean): Histogram | undefined {
	const { first, last, low, high } = w;
	const warnings = new Set<string>();
	const infos = new Set<string>();
	if (isCounter && (first.hint === gauge || last.hint === gauge)) warnings.add(noCounter(w.metric));
	const second = w.histograms[low + 1]!;
	// What was before a reset counts nothing, and may have had any buckets.
	const base = isCounter && w.isReset(low + 1) ? emptyLike(second) : first;
	const custom = hasCustomBounds(base);
	/** Prometheus then says nothing else. */
	const misfit = () => {
		w.warn(mixedSchemas(w.metric), 0);
		return undefined;
	};
	if (hasCustomBounds(last) !== custom) {
		for (const text of warnings) w.warn(text, 0);
		return misfit();
	}
	let schema = Math.min(last.schema, base.schema);
	for (let i = low + 1; isCounter && i < high - 1; i++) {
		const h = w.histograms[i]!;
		if (hasCustomBounds(h) !== custom) return misfit();
		if (h.hint === gauge) warnings.add(noCounter(w.metric));
		schema = Math.min(schema, h.schema);
	}
	const difference = subtract(coarser(last, schema), base);
	if (!difference) return misfit();
	let gain = difference.histogram;
	if (difference.reconciled) infos.add(reconciledBounds('subtraction'));
	if (isCounter) {
		let before = base;
		for (let i = low + 1; i < high; i++) {
			const now = w.histograms[i]!;
			if (before === w.histograms[i - 1] ? w.isReset(i) : isReset(now, before)) {
				const sum = add(gain, before);
				if (!sum) return misfit();
				gain = sum.histogram;
				if (sum.reconciled) infos.add(reconciledBounds('addition'));
			}
			before = now;
		}
	} else if (first.hint !== gauge || last.hint !== gauge) warnings.add(noGauge(w.metric));
	for (const text of warnings) w.warn(text, 0);
	for (const text of infos) w.inform(text, 0);
	return compact(withHint(gain, gauge));
}

function emptyLike({ schema, bounds }: Histogram): Histogram {
	return {
		hint: RESET_HINTS.unknown,
		schema,
		zeroThreshold: 0,
		zeroCount: 0,
		count: 0,
		sum: 0,
		positive: EMPTY_SIDE,
		negative: EMPTY_SIDE,
		bounds,
	};
}

/** irate and idelta: the change between the last two samples of either kind. */
function lastChange(w: HistogramWindow, isCounter: boolean): boolean {
	const { floats } = w;
	if (floats.length + w.length < 2) return false;
	const last = w.high - 1;
	const newestFloat = floats.length > 0 ? floats.timestamps[floats.high - 1]! : Number.NEGATIVE_INFINITY;
	const secondFloat = floats.length > 1 ? floats.timestamps[floats.high - 2]! : Number.NEGATIVE_INFINITY;
	const secondHistogram = w.length > 1 ? w.timestamps[last - 1]! : Number.NEGATIVE_INFINITY;
	if (secondHistogram > newestFloat) return lastHistogramChange(w, isCounter);
	if (secondFloat > w.timestamps[last]!) return lastFloatChange(floats, isCounter);
	w.warn(mixedSamples(w.metric), 0);
	return false;
}

function lastHistogramChange(w: HistogramWindow, isCounter: boolean): boolean {
	const i = w.high - 1;
	const now = w.last;
	const before = w.histograms[i - 1]!;
	if (isCounter && (now.hint === gauge || before.hint === gauge)) w.warn(noCounter(w.metric), 0);
	if (!isCounter && (now.hint !== gauge || before.hint !== gauge)) w.warn(noGauge(w.metric), 0);
	let change = now;
	if (!isCounter || !w.isReset(i)) {
		const difference = subtract(now, before);
		if (!difference) {
			w.warn(mixedSchemas(w.metric), 0);
			return false;
		}
		if (difference.reconciled) w.inform(reconciledBounds('subtraction'), 0);
		change = difference.histogram;
	}
	change = compact(withHint(change, gauge));
	return w.answer(isCounter ? divide(change, (w.timestamps[i]! - w.timestamps[i - 1]!) / 1000) : change);
}

export const HISTOGRAM_RATE_FUNCTIONS: Record<string, HistogramRangeFunction> = {
	rate: (w) => extrapolated(w, true, true),
	increase: (w) => extrapolated(w, true, false),
	delta: (w) => extrapolated(w, false, false),
	irate: (w) => lastChange(w, true),
	idelta: (w) => lastChange(w, false),
};
