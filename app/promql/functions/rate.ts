import type { RangeFunction, Window } from './window.ts';

/** How much longer than usual a gap at an end may be to be extrapolated over. */
const THRESHOLD = 1.1;

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
	let toStart = (timestamps[low]! - w.start) / 1000;
	let toEnd = (w.end - timestamps[last]!) / 1000;
	const sampled = (timestamps[last]! - timestamps[low]!) / 1000;
	const between = sampled / (last - low);
	const threshold = between * THRESHOLD;
	if (toStart >= threshold) toStart = between / 2;
	if (isCounter) {
		let toZero = toStart;
		if (gain > 0 && values[low]! >= 0) toZero = sampled * (values[low]! / gain);
		if (toZero < toStart) toStart = toZero;
	}
	if (toEnd >= threshold) toEnd = between / 2;
	let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
	if (perSecond) factor /= w.rangeSeconds;
	return w.answer(gain * factor);
}

/** The change between the last two samples. */
function lastChange(w: Window, isCounter: boolean): boolean {
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
