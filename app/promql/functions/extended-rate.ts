import type { RangeFunction, Window } from './window.ts';

/**
 * Functions over ranges that are `anchored` or `smoothed`: the window also has samples up to the lookback before the
 * range (and, smoothed, behind it). Anchored takes the last sample before each end for the value at it; smoothed the
 * value on the line between the neighbours.
 */
export type Reach = 'anchored' | 'smoothed';

/** The value at `time` between two samples; a counter that fell between them began at 0. */
export function interpolate(w: Window, i: number, time: number, isCounter: boolean): number {
	const from = w.timestamps[i]!;
	const second = w.values[i + 1]!;
	const first = isCounter && second < w.values[i]! ? 0 : w.values[i]!;
	return first + ((second - first) * (time - from)) / (w.timestamps[i + 1]! - from);
}

/** Index of the first sample of `[low, high)` at which `time` is reached, or passed if `after`; `high` if at none. */
function firstAt(w: Window, low: number, high: number, time: number, after: boolean): number {
	let i = low;
	while (i < high && (after ? w.timestamps[i]! <= time : w.timestamps[i]! < time)) i++;
	return i;
}

/** A range with values at both ends; one object for all. */
const ends = { left: 0, right: 0, first: 0, last: 0 };

/** Values at the range's ends, and which samples lie strictly inside. False when the range says nothing. */
function findEnds(w: Window, smoothed: boolean, isCounter: boolean): boolean {
	const { timestamps, values } = w;
	let last = w.high - 1;
	let first = Math.max(w.low, firstAt(w, w.low, last, w.start, true) - 1);
	if (smoothed) last = firstAt(w, w.low, last, w.end, false);
	if (timestamps[last]! <= w.start) return false;
	const within = smoothed && timestamps[first]! < w.start;
	ends.left = within ? interpolate(w, first, w.start, isCounter) : values[first]!;
	ends.right = values[last]!;
	if (timestamps[last]! > w.end && last > w.low) {
		ends.right = smoothed ? interpolate(w, last - 1, w.end, isCounter) : values[last - 1]!;
	}
	if (timestamps[first]! <= w.start) first++;
	if (timestamps[last]! >= w.end) last--;
	ends.first = first;
	ends.last = last;
	return true;
}

/** The samples of such a range itself: one at each end, and those inside. */
export function extendedSamples(w: Window, reach: Reach): { timestamps: number[]; values: number[] } {
	if (!findEnds(w, reach === 'smoothed', false)) return { timestamps: [], values: [] };
	const { left, right, first, last } = ends;
	return {
		timestamps: [w.start, ...w.timestamps.subarray(first, last + 1), w.end],
		values: [left, ...w.values.subarray(first, last + 1), right],
	};
}

function gain(w: Window, reach: Reach, isCounter: boolean, perSecond: boolean): boolean {
	const { values } = w;
	const smoothed = reach === 'smoothed';
	if (!findEnds(w, smoothed, isCounter)) return false;
	const { left, right, first, last } = ends;
	// All samples lie behind the range.
	if (smoothed && w.timestamps[w.low]! > w.end) return false;
	let result = right - left;
	if (isCounter) {
		let before = left;
		let lost = 0;
		for (let i = first; i <= last; i++) {
			if (values[i]! < before) lost += before;
			before = values[i]!;
		}
		if (right < before) lost += before;
		result += lost;
	}
	return w.answer(perSecond ? result / w.rangeSeconds : result);
}

/** Counts over the samples of an anchored range: the last one at its start, if any, and those after. */
function counted(count: RangeFunction): RangeFunction {
	return (w) => {
		const after = firstAt(w, w.low, w.high, w.start, true);
		if (after >= w.high) return false;
		w.low = Math.max(w.low, after - 1);
		return count(w);
	};
}

/** The functions that can stand over such a range. */
export function extendedFunction(
	name: string,
	reach: Reach,
	plain: RangeFunction,
): RangeFunction | undefined {
	switch (name) {
		case 'rate':
			return (w) => gain(w, reach, true, true);
		case 'increase':
			return (w) => gain(w, reach, true, false);
		case 'delta':
			return (w) => gain(w, reach, false, false);
		case 'resets':
		case 'changes':
			return reach === 'anchored' ? counted(plain) : undefined;
		default:
			return undefined;
	}
}

/** What `extendedFunction` knows, for error messages. */
export const EXTENDED_NAMES: Record<Reach, string> = {
	anchored: 'changes, delta, increase, rate, resets',
	smoothed: 'delta, increase, rate',
};
