import { isInfinite, KahanSum } from '../functions/kahan-sum.ts';
import { add, joinedHint } from './add.ts';
import { SharedBuckets, sharedBounds } from './custom-buckets.ts';
import { type Histogram, hasCustomBounds, operandOf, sameBounds } from './histogram.ts';
import { divide, scale } from './scale.ts';
import { addCompensated, type CompensatedSide, coarserCompensated } from './side.ts';
import { type Compensated, nothingLost, reconcileZeroBuckets } from './zero-bucket.ts';

/** How adding went. */
export type Addition = 'incompatible' | 'reconciled' | 'added';

const NOTHING = new Float64Array(0);
const kahan = new KahanSum();

/** A sum of histograms with the error that rounding makes in each number; see KahanSum, which this is for histograms. */
export class HistogramSum {
	#sum: Histogram;
	#lost: Histogram | undefined;

	constructor(first: Histogram) {
		this.#sum = operandOf(first);
	}

	add(h: Histogram): Addition {
		const added = addTo(this.#sum, this.#lost, h);
		if (!added) return 'incompatible';
		this.#sum = added.histogram;
		this.#lost = added.lost;
		return added.reconciled ? 'reconciled' : 'added';
	}

	get result(): Histogram {
		return this.#lost ? add(this.#sum, this.#lost)!.histogram : this.#sum;
	}
}

/** A mean by one sum, and by steps once the sum would overflow; see Mean. */
export class HistogramMean {
	/** The mean itself once it goes by steps. */
	#sum: Histogram;
	#lost: Histogram | undefined;
	#count = 1;
	#incremental = false;

	constructor(first: Histogram) {
		this.#sum = operandOf(first);
	}

	add(h: Histogram): Addition {
		this.#count++;
		let reconciled = false;
		if (!this.#incremental) {
			const added = addTo(this.#sum, this.#lost, h);
			if (!added) return 'incompatible';
			reconciled = added.reconciled;
			if (!overflows(added.histogram)) {
				this.#sum = added.histogram;
				this.#lost = added.lost;
				return reconciled ? 'reconciled' : 'added';
			}
			this.#incremental = true;
			this.#sum = divide(this.#sum, this.#count - 1);
			if (this.#lost) this.#lost = divide(this.#lost, this.#count - 1);
		}
		const q = (this.#count - 1) / this.#count;
		const lost = this.#lost && scale(this.#lost, q);
		const added = addTo(scale(this.#sum, q), lost, divide(h, this.#count));
		if (!added) return 'incompatible';
		this.#sum = added.histogram;
		this.#lost = added.lost;
		return reconciled || added.reconciled ? 'reconciled' : 'added';
	}

	get result(): Histogram {
		const count = this.#incremental ? 1 : this.#count;
		const mean = this.#incremental ? this.#sum : divide(this.#sum, count);
		if (!this.#lost) return mean;
		return add(mean, this.#incremental ? this.#lost : divide(this.#lost, count))!.histogram;
	}
}

function overflows({ zeroCount, count, sum, positive, negative, bounds }: Histogram): boolean {
	if (isInfinite(zeroCount) || isInfinite(count) || isInfinite(sum)) return true;
	return hasInfinite(positive.counts) || hasInfinite(negative.counts) || hasInfinite(bounds);
}

function hasInfinite(numbers: Float64Array): boolean {
	for (let i = 0; i < numbers.length; i++) if (isInfinite(numbers[i]!)) return true;
	return false;
}

/** `a` plus `b`; undefined if only one has custom bounds. */
function addTo(
	a: Histogram,
	before: Histogram | undefined,
	b: Histogram,
): (Compensated & { reconciled: boolean }) | undefined {
	if (hasCustomBounds(a) !== hasCustomBounds(b)) return undefined;
	const lost = before ?? nothingLost(a);
	const { hint } = joinedHint(a.hint, b.hint);
	const count = incremented(a.count, lost.count, b.count);
	const sum = incremented(a.sum, lost.sum, b.sum);
	const common = { hint, count: count.sum, sum: sum.sum };
	const commonLost = { count: count.lost, sum: sum.lost };
	if (hasCustomBounds(a)) {
		const reconciled = !sameBounds(a.bounds, b.bounds);
		const bounds = reconciled ? sharedBounds(a.bounds, b.bounds) : a.bounds;
		const positive = reconciled
			? sharedSums(a, lost, b, bounds)
			: addCompensated(sideOf(a, lost, 'positive'), withoutLoss(b, 'positive'), a.schema, 0);
		return {
			histogram: { ...a, ...common, positive: positive.side, bounds },
			lost: { ...lost, ...commonLost, positive: lostSide(positive), bounds },
			reconciled,
		};
	}
	let mine: Compensated = { histogram: a, lost };
	let zeroCount = b.zeroCount;
	let zeroLost = 0;
	if (a.zeroThreshold !== b.zeroThreshold) {
		const zero = reconcileZeroBuckets(mine, b);
		mine = zero.a;
		zeroCount = zero.otherCount;
		zeroLost = zero.otherLost;
	}
	kahan.reset(mine.histogram.zeroCount, mine.lost.zeroCount);
	kahan.add(zeroCount);
	kahan.add(zeroLost);
	const { sum: zeroSum, compensation: zeroCompensation } = kahan;
	const schema = Math.min(a.schema, b.schema);
	const { zeroThreshold } = mine.histogram;
	const side = (name: 'positive' | 'negative') => {
		const to = coarserCompensated(sideOf(mine.histogram, mine.lost, name), a.schema, schema);
		const from =
			b.schema === schema
				? withoutLoss(b, name)
				: coarserCompensated(
						{ side: b[name], lost: new Float64Array(b[name].counts.length) },
						b.schema,
						schema,
					);
		return addCompensated(to, from, schema, zeroThreshold);
	};
	const positive = side('positive');
	const negative = side('negative');
	return {
		histogram: {
			...a,
			...common,
			schema,
			zeroThreshold,
			zeroCount: zeroSum,
			positive: positive.side,
			negative: negative.side,
		},
		lost: {
			...lost,
			...commonLost,
			schema,
			zeroThreshold,
			zeroCount: zeroCompensation,
			positive: lostSide(positive),
			negative: lostSide(negative),
		},
		reconciled: false,
	};
}

function incremented(sum: number, compensation: number, x: number): { sum: number; lost: number } {
	kahan.reset(sum, compensation);
	kahan.add(x);
	return { sum: kahan.sum, lost: kahan.compensation };
}

function sideOf(h: Histogram, lost: Histogram, name: 'positive' | 'negative'): CompensatedSide {
	return { side: h[name], lost: lost[name].counts };
}

function withoutLoss(h: Histogram, name: 'positive' | 'negative'): CompensatedSide {
	return { side: h[name], lost: NOTHING };
}

function lostSide({ side, lost }: CompensatedSide): Histogram['positive'] {
	return { indexes: side.indexes, counts: lost };
}

function sharedSums(a: Histogram, lost: Histogram, b: Histogram, bounds: Float64Array): CompensatedSide {
	const buckets = new SharedBuckets(bounds);
	buckets.add(a.positive, a.bounds, 1, lost.positive.counts);
	buckets.add(b.positive, b.bounds, 1);
	return buckets.sums;
}
