import type { AggregationName } from '../parser/token.ts';
import { isInfinite } from './kahan-sum.ts';

/**
 * An aggregation of one group at all steps: rows are added one after another. `kinds` says where a row has values; `first`
 * is the cell of its first step.
 */
export interface Fold {
	reset(): void;
	add(values: Float64Array, kinds: Uint8Array, first: number): void;
	write(values: Float64Array, kinds: Uint8Array, first: number): void;
}

/** A fold that has one number per step and a count of what it took. */
abstract class CountedFold implements Fold {
	protected readonly counts: Float64Array;
	protected readonly numbers: Float64Array;

	constructor(steps: number) {
		this.counts = new Float64Array(steps);
		this.numbers = new Float64Array(steps);
	}

	reset(): void {
		this.counts.fill(0);
	}

	add(values: Float64Array, kinds: Uint8Array, first: number): void {
		for (let step = 0; step < this.counts.length; step++) {
			if (kinds[first + step] === 0) continue;
			if (this.counts[step]!++ === 0) this.begin(step, values[first + step]!);
			else this.take(step, values[first + step]!);
		}
	}

	write(values: Float64Array, kinds: Uint8Array, first: number): void {
		for (let step = 0; step < this.counts.length; step++) {
			if (this.counts[step] === 0) continue;
			kinds[first + step] = 1;
			values[first + step] = this.result(step);
		}
	}

	protected abstract begin(step: number, x: number): void;
	protected abstract take(step: number, x: number): void;

	protected result(step: number): number {
		return this.numbers[step]!;
	}
}

class Sum extends CountedFold {
	protected readonly compensations = new Float64Array(this.counts.length);

	protected begin(step: number, x: number): void {
		this.numbers[step] = x;
		this.compensations[step] = 0;
	}

	/** See KahanSum, which this is for many sums at once. */
	protected take(step: number, x: number): void {
		const sum = this.numbers[step]!;
		const t = sum + x;
		if (t > Number.MAX_VALUE || t < -Number.MAX_VALUE) this.compensations[step] = 0;
		else if (Math.abs(sum) >= Math.abs(x)) this.compensations[step]! += sum - t + x;
		else this.compensations[step]! += x - t + sum;
		this.numbers[step] = t;
	}

	protected override result(step: number): number {
		return this.numbers[step]! + this.compensations[step]!;
	}
}

/** See Mean, which this is for many means at once. */
class Average extends Sum {
	readonly #incremental = new Uint8Array(this.counts.length);

	protected override begin(step: number, x: number): void {
		super.begin(step, x);
		this.#incremental[step] = 0;
	}

	protected override take(step: number, x: number): void {
		const count = this.counts[step]!;
		if (this.#incremental[step] === 0) {
			const before = this.numbers[step]!;
			const compensation = this.compensations[step]!;
			super.take(step, x);
			if (!isInfinite(this.numbers[step]!)) return;
			this.#incremental[step] = 1;
			this.numbers[step] = before / (count - 1);
			this.compensations[step] = compensation / (count - 1);
		}
		const q = (count - 1) / count;
		this.numbers[step]! *= q;
		this.compensations[step]! *= q;
		super.take(step, x / count);
	}

	protected override result(step: number): number {
		const count = this.counts[step]!;
		const sum = this.numbers[step]!;
		const compensation = this.compensations[step]!;
		return this.#incremental[step] === 1 ? sum + compensation : sum / count + compensation / count;
	}
}

class Minimum extends CountedFold {
	protected begin(step: number, x: number): void {
		this.numbers[step] = x;
	}

	protected take(step: number, x: number): void {
		const least = this.numbers[step]!;
		if (least > x || Number.isNaN(least)) this.numbers[step] = x;
	}
}

class Maximum extends CountedFold {
	protected begin(step: number, x: number): void {
		this.numbers[step] = x;
	}

	protected take(step: number, x: number): void {
		const most = this.numbers[step]!;
		if (most < x || Number.isNaN(most)) this.numbers[step] = x;
	}
}

class Count extends CountedFold {
	protected begin(): void {}
	protected take(): void {}

	protected override result(step: number): number {
		return this.counts[step]!;
	}
}

class Group extends CountedFold {
	protected begin(): void {}
	protected take(): void {}

	protected override result(): number {
		return 1;
	}
}

/** Welford's running variance. */
class Variance extends CountedFold {
	readonly #means = new Float64Array(this.counts.length);

	protected begin(step: number, x: number): void {
		this.#means[step] = x;
		this.numbers[step] = Number.isFinite(x) ? 0 : Number.NaN;
	}

	protected take(step: number, x: number): void {
		const delta = x - this.#means[step]!;
		this.#means[step]! += delta / this.counts[step]!;
		this.numbers[step]! += delta * (x - this.#means[step]!);
	}

	protected override result(step: number): number {
		return this.numbers[step]! / this.counts[step]!;
	}
}

class Deviation extends Variance {
	protected override result(step: number): number {
		return Math.sqrt(super.result(step));
	}
}

/** Aggregations that need neither all values at once nor a parameter. */
export const FOLDS: Partial<Record<AggregationName, (steps: number) => Fold>> = {
	sum: (steps) => new Sum(steps),
	avg: (steps) => new Average(steps),
	min: (steps) => new Minimum(steps),
	max: (steps) => new Maximum(steps),
	count: (steps) => new Count(steps),
	group: (steps) => new Group(steps),
	stdvar: (steps) => new Variance(steps),
	stddev: (steps) => new Deviation(steps),
};
