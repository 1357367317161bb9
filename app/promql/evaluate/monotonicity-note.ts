import type { Lift } from '../functions/classic-histogram.ts';
import { formatGeneral } from '../labels/general-number.ts';
import type { Monotonicity } from './annotations.ts';

/** That the counts of a histogram's buckets fell, over all samples of a query. */
export class MonotonicityNote implements Monotonicity {
	#lift: Lift;
	#samples = 1;
	/** ms */
	#from: number;
	#to: number;

	constructor(lift: Lift, time: number) {
		this.#lift = lift;
		this.#from = time;
		this.#to = time;
	}

	static message(metric?: string): string {
		const name = metric ? ` for metric name ${JSON.stringify(metric)}` : '';
		const page = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
		return `input to histogram_quantile needed to be fixed for monotonicity (see ${page})${name}`;
	}

	merge(other: MonotonicityNote): void {
		const mine = this.#lift;
		const theirs = other.#lift;
		this.#lift = {
			minBound: Math.min(mine.minBound, theirs.minBound),
			maxBound: Math.max(mine.maxBound, theirs.maxBound),
			maxDifference: Math.max(mine.maxDifference, theirs.maxDifference),
		};
		this.#samples += other.#samples;
		this.#from = Math.min(this.#from, other.#from);
		this.#to = Math.max(this.#to, other.#to);
	}

	text(): string {
		const { minBound, maxBound, maxDifference } = this.#lift;
		const bounds = `from buckets ${formatGeneral(minBound)} to ${formatGeneral(maxBound)}`;
		const difference = `with a max diff of ${formatGeneral(maxDifference, 2)}`;
		const times = `from ${timeText(this.#from)} to ${timeText(this.#to)}`;
		return `, ${bounds}, ${difference}, over ${this.#samples} samples ${times}`;
	}
}

function timeText(ms: number): string {
	return new Date(Math.trunc(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
