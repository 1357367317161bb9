import { boundOf } from './bounds.ts';
import { bucketAt } from './bucket-walk.ts';
import {
	type Histogram,
	hasCustomBounds,
	NO_BOUNDS,
	RESET_HINTS,
	type Side,
	sameBounds,
} from './histogram.ts';
import { coarserSide } from './side.ts';
import { zeroCountAt } from './zero-bucket.ts';

/**
 * Whether a counter began anew between two samples of it: any count fell, or the buckets became finer, which they do only
 * then. A hint of `now` decides alone; a gauge is looked at like a counter. The sum may fall.
 */
export function isReset(now: Histogram, before: Histogram): boolean {
	if (now.hint === RESET_HINTS.reset) return true;
	if (now.hint === RESET_HINTS.noReset) return false;
	if (now.count < before.count) return true;
	if (hasCustomBounds(now)) {
		if (!hasCustomBounds(before)) return true;
		if (!sameBounds(now.bounds, before.bounds)) return fellBetweenSharedBounds(now, before);
	}
	if (now.schema > before.schema || now.zeroThreshold < before.zeroThreshold) return true;
	const zero = zeroCountAt(before, now.zeroThreshold);
	// A populated bucket lies across the new threshold.
	if (zero.threshold !== now.zeroThreshold || now.zeroCount < zero.count) return true;
	return fell(now, before, 'positive') || fell(now, before, 'negative');
}

/** Buckets within the zero bucket are not looked at: they are in its count. */
function fell(now: Histogram, before: Histogram, name: 'positive' | 'negative'): boolean {
	const { indexes, counts } = now[name];
	const old: Side = coarserSide(before[name], before.schema, now.schema);
	let first = 0;
	if (!hasCustomBounds(now)) {
		const inside = (i: number) => boundOf(old.indexes[i]!, now.schema, NO_BOUNDS) <= now.zeroThreshold;
		while (now.zeroThreshold > 0 && first < old.indexes.length && inside(first)) first++;
	}
	for (let i = first, j = 0; i < old.indexes.length; i++) {
		while (j < indexes.length && indexes[j]! < old.indexes[i]!) j++;
		if (indexes[j] !== old.indexes[i]) {
			if (old.counts[i] !== 0) return true;
		} else if (counts[j]! < old.counts[i]!) return true;
	}
	return false;
}

/** Custom bounds that differ: counts between the bounds that both have. */
function fellBetweenSharedBounds(now: Histogram, before: Histogram): boolean {
	let mine = 0;
	let theirs = 0;
	const known = new Set(before.bounds);
	const shared = [...now.bounds.filter((bound) => known.has(bound)), Number.POSITIVE_INFINITY];
	for (const bound of shared) {
		let count = 0;
		let old = 0;
		while (mine < now.positive.indexes.length && bucketAt(now, now.positive, mine).upper <= bound)
			count += now.positive.counts[mine++]!;
		while (
			theirs < before.positive.indexes.length &&
			bucketAt(before, before.positive, theirs).upper <= bound
		)
			old += before.positive.counts[theirs++]!;
		if (count < old) return true;
	}
	return false;
}
