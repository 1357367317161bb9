import type { RangeFunction, Window } from './window.ts';

/** How much longer than usual a gap at an end may be to be extrapolated over. */
const THRESHOLD = 1.1;

/** What a series gained between its first and its last sample in a range. */
export interface Gain {
	/** Times of the two, ms. */
	first: number;
	last: number;
	/** How many gaps lie between samples. */
	gaps: number;
	/** Ends of the range, ms. */
	start: number;
	end: number;
	isCounter: boolean;
	/** The first value, and how much was gained; counts of histograms. */
	value: number;
	gain: number;
}

/** By what a gain grows when it is extrapolated to the range's ends; a counter not to below 0. */
export function extrapolationFactor({ first, last, gaps, start, end, isCounter, value, gain }: Gain): number {
	let toStart = (first - start) / 1000;
	let toEnd = (end - last) / 1000;
	const sampled = (last - first) / 1000;
	const between = sampled / gaps;
	const threshold = between * THRESHOLD;
	if (toStart >= threshold) toStart = between / 2;
	if (isCounter) {
		let toZero = toStart;
		if (gain > 0 && value >= 0) toZero = sampled * (value / gain);
		if (toZero < toStart) toStart = toZero;
	}
	if (toEnd >= threshold) toEnd = between / 2;
	return sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
}

/**
 * What a series gained over a range, extrapolated to its ends where samples come close enough: Prometheus's rate(),
 * increase() and delta(). A counter that falls began anew at 0, and is never extrapolated below 0.
 */
function extrapolated(w: Window, isCounter: boolean, perSecond: boolean): boolean {
	const { timestamps, values, low, high } = w;
	const last = high - 1;
	if (last <= low) return false;
	let gain = values[last]! - values[low]!;
	// Most windows have no reset, and need not be walked over.
	if (isCounter && w.lastFall > low) {
		for (let i = low + 1; i < high; i++) if (values[i]! < values[i - 1]!) gain += values[i - 1]!;
	}
	let factor = extrapolationFactor({
		first: timestamps[low]!,
		last: timestamps[last]!,
		gaps: last - low,
		start: w.start,
		end: w.end,
		isCounter,
		value: values[low]!,
		gain,
	});
	if (perSecond) factor /= w.rangeSeconds;
	return w.answer(gain * factor);
}

/** The change between the last two samples. */
export function lastChange(w: Window, isCounter: boolean): boolean {
	const { timestamps, values, high } = w;
	if (w.length < 2) return false;
	const interval = timestamps[high - 1]! - timestamps[high - 2]!;
	if (interval === 0) return false;
	const before = values[high - 2]!;
	const last = values[high - 1]!;
	if (!isCounter) return w.answer(last - before);
	return w.answer((last < before ? last : last - before) / (interval / 1000));
}

export const RATE_FUNCTIONS: Record<string, RangeFunction> = {
	rate: (w) => extrapolated(w, true, true),
	increase: (w) => extrapolated(w, true, false),
	delta: (w) => extrapolated(w, false, false),
	irate: (w) => lastChange(w, true),
	idelta: (w) => lastChange(w, false),
};
