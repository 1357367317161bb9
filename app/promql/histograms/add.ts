import { SharedBuckets, sharedBounds } from './custom-buckets.ts';
import {
	type Histogram,
	hasCustomBounds,
	operandOf,
	RESET_HINTS,
	type ResetHint,
	sameBounds,
} from './histogram.ts';
import { addSides, coarserSide } from './side.ts';
import { nothingLost, reconcileZeroBuckets } from './zero-bucket.ts';

export interface Added {
	histogram: Histogram;
	/** One says that counts fell, the other that they did not. */
	collision: boolean;
	/** Custom bounds differed; those that both have are left. */
	reconciled: boolean;
}

/** The hint of a sum: a gauge makes it one; what contradicts itself is not known. */
export function joinedHint(a: ResetHint, b: ResetHint): { hint: ResetHint; collision: boolean } {
	const { gauge, unknown } = RESET_HINTS;
	if (a === b) return { hint: a, collision: false };
	if (a === gauge || b === gauge) return { hint: gauge, collision: false };
	return { hint: unknown, collision: a !== unknown && b !== unknown };
}

/**
 * The sum of two histograms, in the coarser of their schemas and with the larger of their zero buckets; undefined if only
 * one has custom bounds. Its buckets may be empty ones.
 */
export function add(a: Histogram, b: Histogram): Added | undefined {
	return combine(a, b, 1);
}

/** As `add`, but the difference. */
export function subtract(a: Histogram, b: Histogram): Added | undefined {
	return combine(a, b, -1);
}

function combine(a: Histogram, b: Histogram, sign: 1 | -1): Added | undefined {
	if (hasCustomBounds(a) !== hasCustomBounds(b)) return undefined;
	const { hint, collision } = joinedHint(a.hint, b.hint);
	const count = a.count + sign * b.count;
	const sum = a.sum + sign * b.sum;
	if (hasCustomBounds(a)) {
		const reconciled = !sameBounds(a.bounds, b.bounds);
		const bounds = reconciled ? sharedBounds(a.bounds, b.bounds) : a.bounds;
		let positive = a.positive;
		if (reconciled) {
			const buckets = new SharedBuckets(bounds);
			buckets.add(a.positive, a.bounds, 1);
			buckets.add(b.positive, b.bounds, sign);
			positive = buckets.sums.side;
		} else positive = addSides(a.positive, b.positive, a.schema, 0, sign);
		return { histogram: { ...operandOf(a), hint, count, sum, positive, bounds }, collision, reconciled };
	}
	let mine = a;
	let otherZeroCount = b.zeroCount;
	if (a.zeroThreshold !== b.zeroThreshold) {
		const zero = reconcileZeroBuckets({ histogram: a, lost: nothingLost(a) }, b);
		mine = zero.a.histogram;
		otherZeroCount = zero.otherCount;
	}
	const schema = Math.min(a.schema, b.schema);
	const { zeroThreshold } = mine;
	const side = (name: 'positive' | 'negative') =>
		addSides(
			coarserSide(mine[name], a.schema, schema),
			coarserSide(b[name], b.schema, schema),
			schema,
			zeroThreshold,
			sign,
		);
	const histogram: Histogram = {
		hint,
		schema,
		zeroThreshold,
		zeroCount: mine.zeroCount + sign * otherZeroCount,
		count,
		sum,
		positive: side('positive'),
		negative: side('negative'),
		bounds: a.bounds,
	};
	return { histogram, collision, reconciled: false };
}
