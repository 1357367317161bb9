import { isInfinite } from '../functions/kahan-sum.ts';
import { type Bucket, bucketAt, zeroBucket } from './bucket-walk.ts';
import { type Histogram, hasCustomBounds, operandOf, type Side } from './histogram.ts';
import { shareBelow } from './interpolate.ts';
import { compact } from './zero-bucket.ts';

/** What is left of a bucket, and the value that its observations are taken for. */
interface Kept {
	count: number;
	middle: number;
}

/** Which end is cut off: `</` keeps what is below the value, `>/` what is above. */
export type Cut = 'upper' | 'lower';

/**
 * Cuts observations off at a value; a bucket that the value lies in is divided as for quantiles. Count and sum are made
 * anew from the buckets if anything was cut.
 */
export function trim(from: Histogram, at: number, cut: Cut): Histogram {
	const h = operandOf(from);
	const trimming = new Trimming(h, at, cut);
	const positive = trimming.side(h.positive);
	const negative = trimming.side(h.negative);
	const zeroCount = h.zeroCount > 0 ? trimming.zero() : h.zeroCount;
	if (!trimming.changed) return h;
	return compact({ ...h, positive, negative, zeroCount, count: trimming.count, sum: trimming.sum });
}

class Trimming {
	readonly #h: Histogram;
	readonly #at: number;
	readonly #cut: Cut;
	count = 0;
	sum = 0;
	changed = false;

	constructor(h: Histogram, at: number, cut: Cut) {
		this.#h = h;
		this.#at = at;
		this.#cut = cut;
	}

	side(side: Side): Side {
		const counts = side.counts.map((before, i) => {
			if (before === 0) return before;
			const kept = this.#bucket(bucketAt(this.#h, side, i), side === this.#h.positive);
			return this.#take(kept, before);
		});
		return { indexes: side.indexes, counts };
	}

	#take({ count, middle }: Kept, before: number): number {
		this.count += count;
		this.sum += middle * count;
		if (count !== before) this.changed = true;
		return count;
	}

	#bucket(bucket: Bucket, positive: boolean): Kept {
		const { lower, upper, count } = bucket;
		const at = this.#at;
		const upperCut = this.#cut === 'upper';
		const linear = hasCustomBounds(this.#h);
		if (upperCut ? upper <= at : lower >= at)
			return { count, middle: middleOf(lower, upper, positive, linear) };
		if (!(upperCut ? lower < at : upper > at)) return { count: 0, middle: 0 };
		if (lower === Number.NEGATIVE_INFINITY)
			return upperCut ? this.#belowOfFirst(bucket) : this.#aboveOfFirst(bucket);
		if (upper === Number.POSITIVE_INFINITY) {
			// How it goes on inside is unknown: all is cut, or all kept where nothing has to go.
			return !upperCut && at >= lower ? { count, middle: at } : { count: 0, middle: 0 };
		}
		const below = at <= lower ? 0 : at >= upper ? count : count * shareBelow(bucket, at, linear);
		return upperCut
			? { count: below, middle: middleOf(lower, at, positive, linear) }
			: { count: count - below, middle: middleOf(at, upper, positive, linear) };
	}

	/** Of a bucket from -Inf what is below; it begins at 0 if it ends above. */
	#belowOfFirst({ upper, count }: Bucket): Kept {
		const at = this.#at;
		if (at >= upper) return { count, middle: 0 };
		if (at > 0 && upper > 0 && !isInfinite(upper)) return { count: (count * at) / upper, middle: at / 2 };
		return upper <= 0 ? { count, middle: at } : { count: 0, middle: 0 };
	}

	#aboveOfFirst({ upper, count }: Bucket): Kept {
		const at = this.#at;
		if (at === Number.NEGATIVE_INFINITY) return { count, middle: 0 };
		if (at >= 0 && upper > at && !isInfinite(upper))
			return { count: count * (1 - at / upper), middle: (at + upper) / 2 };
		return { count: 0, middle: 0 };
	}

	/** The zero bucket, which ends at 0 where there is nothing on one side of it. */
	zero(): number {
		let { lower, upper, count } = zeroBucket(this.#h);
		const positive = hasObservations(this.#h.positive);
		const negative = hasObservations(this.#h.negative);
		if (negative && !positive) upper = 0;
		if (positive && !negative) lower = 0;
		return this.#take(this.#cutZero({ lower, upper, count }), count);
	}

	#cutZero({ lower, upper, count }: Bucket): Kept {
		const at = this.#at;
		const nothing = { count: 0, middle: 0 };
		const all = { count, middle: (lower + upper) / 2 };
		if (at <= lower) return this.#cut === 'upper' ? nothing : all;
		if (at >= upper) return this.#cut === 'upper' ? all : nothing;
		return this.#cut === 'upper'
			? { count: count * ((at - lower) / (upper - lower)), middle: (lower + at) / 2 }
			: { count: count * ((upper - at) / (upper - lower)), middle: (at + upper) / 2 };
	}
}

function hasObservations({ counts }: Side): boolean {
	return counts.some((count) => count !== 0);
}

function middleOf(lower: number, upper: number, positive: boolean, linear: boolean): number {
	if (isInfinite(lower)) {
		if (isInfinite(upper)) return 0;
		return upper > 0 ? upper / 2 : upper;
	}
	if (isInfinite(upper)) return lower;
	if (linear) return (lower + upper) / 2;
	const middle = Math.sqrt(Math.abs(lower * upper));
	return positive ? middle : -middle;
}
