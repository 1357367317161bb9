/**
 * Counters to increases: the only place that does so.
 *
 * The increase is the sum of differences between neighbouring samples; a fall is a reset, and the later value counts
 * whole. The total over a range holds every difference whose later sample lies in it, without extrapolation to the
 * ends: Prometheus's increase() scales to the window, which turns 7 requests into 7.47; here counts stay counts.
 * Per step a difference is spread evenly over the time between its two samples, so that steps near the scrape
 * interval do not swing between none and double; over a gap only the later sample's step gets its share.
 * The first sample of a series only starts it, because how long it had been counting is unknown; agents send an
 * explicit 0 when a counter is born, so nothing is lost. A stale marker ends a series, and the next sample starts it.
 */
import { stepOf, type TimeGrid } from './time-grid.ts';

/** A gap of up to this factor of the usual distance between samples is no gap. */
const GAP_FACTOR = 2.5;
const MIN_GAP_MS = 40_000;
/** Prometheus's lookback: beyond it a series counts as absent in any case. */
const MAX_GAP_MS = 300_000;
/** A step of which less was observed has no rate: the kernel itself shares out CPU time in pieces of 100 ms. */
const MIN_OBSERVED_MS = 1_000;

/** Increases of one or many counters, summed per step. */
export class IncreaseSum {
	/** Per step; NaN where no counter had a sample. */
	readonly steps: Float64Array;
	/** Over the whole grid. */
	total = 0;
	/** For how long the counters were observed: the longest of them, seconds. */
	seconds = 0;
	/** Time of the newest sample in the grid, ms. */
	#until = Number.NEGATIVE_INFINITY;

	constructor(grid: TimeGrid) {
		this.steps = new Float64Array(grid.count).fill(Number.NaN);
	}

	/** Per second over the time observed; null when there was none. */
	get rate(): number | null {
		return this.seconds > 0 ? this.total / this.seconds : null;
	}

	/** Adds the samples `[start, end)` of one counter; those before the grid only give the first difference its base. */
	add(grid: TimeGrid, timestamps: Float64Array, values: Float64Array, start: number, end: number): void {
		const one = new OneCounter(this.steps);
		walkIncreases(grid, timestamps, values, start, end, one);
		this.total += one.total;
		this.seconds = Math.max(this.seconds, one.seconds);
		this.#until = Math.max(this.#until, one.until);
	}

	/** Rates per step; NaN where no counter had a sample. The step that holds the newest sample is not over. */
	perSecond(grid: TimeGrid): Float64Array {
		return this.steps.map((increase, step) => {
			const elapsed = this.#until - (grid.from + step * grid.step);
			return (increase * 1000) / Math.min(grid.step, Math.max(1, elapsed));
		});
	}

	/** Adds another sum over the same grid. */
	merge(other: IncreaseSum): void {
		for (let i = 0; i < this.steps.length; i++) {
			const v = other.steps[i]!;
			if (Number.isNaN(v)) continue;
			cover(this.steps, i);
			this.steps[i]! += v;
		}
		this.total += other.total;
		this.seconds = Math.max(this.seconds, other.seconds);
		this.#until = Math.max(this.#until, other.#until);
	}
}

function cover(steps: Float64Array, step: number): void {
	if (Number.isNaN(steps[step])) steps[step] = 0;
}

/** Per-second rates of one counter per step, over the time in it that was observed; NaN where that was none, or too short. */
export function rateSteps(
	grid: TimeGrid,
	timestamps: Float64Array,
	values: Float64Array,
	start: number,
	end: number,
): Float64Array {
	const { increases, observed } = walkIncreases(grid, timestamps, values, start, end, new Shares(grid.count));
	for (let step = 0; step < grid.count; step++) {
		increases[step] =
			observed[step]! >= MIN_OBSERVED_MS ? (increases[step]! * 1000) / observed[step]! : Number.NaN;
	}
	return increases;
}

/**
 * Increases of one counter of rare events per step: each difference counts whole, in the step in which it was seen, so
 * that one event is never two halves. NaN where there is no sample.
 */
export function countSteps(
	grid: TimeGrid,
	timestamps: Float64Array,
	values: Float64Array,
	start: number,
	end: number,
): Float64Array {
	return walkIncreases(grid, timestamps, values, start, end, new Counts(grid.count)).steps;
}

interface IncreaseVisitor {
	/** A sample of this time lies in the step. */
	sample(step: number, time: number): void;
	/** A difference between neighbours, the time between them, and the step of the later one. */
	difference(increase: number, ms: number, step: number): void;
	/** What of a difference falls into the step, and how much of the step it covers. */
	share(step: number, increase: number, ms: number): void;
}

// Classes and not closures: the walk is the model's hottest loop, and only methods of few classes are inlined into it.

class OneCounter implements IncreaseVisitor {
	readonly #steps: Float64Array;
	total = 0;
	seconds = 0;
	until = Number.NEGATIVE_INFINITY;

	constructor(steps: Float64Array) {
		this.#steps = steps;
	}

	sample(step: number, time: number): void {
		cover(this.#steps, step);
		this.until = time;
	}

	difference(increase: number, ms: number): void {
		this.total += increase;
		this.seconds += ms / 1000;
	}

	share(step: number, increase: number): void {
		cover(this.#steps, step);
		this.#steps[step]! += increase;
	}
}

class Shares implements IncreaseVisitor {
	readonly increases: Float64Array;
	/** ms */
	readonly observed: Float64Array;

	constructor(count: number) {
		this.increases = new Float64Array(count);
		this.observed = new Float64Array(count);
	}

	sample(): void {}

	difference(): void {}

	share(step: number, increase: number, ms: number): void {
		this.increases[step]! += increase;
		this.observed[step]! += ms;
	}
}

class Counts implements IncreaseVisitor {
	readonly steps: Float64Array;

	constructor(count: number) {
		this.steps = new Float64Array(count).fill(Number.NaN);
	}

	sample(step: number): void {
		cover(this.steps, step);
	}

	difference(increase: number, _ms: number, step: number): void {
		this.steps[step]! += increase;
	}

	share(): void {}
}

/** Gives back `to`. */
function walkIncreases<V extends IncreaseVisitor>(
	grid: TimeGrid,
	timestamps: Float64Array,
	values: Float64Array,
	start: number,
	end: number,
	to: V,
): V {
	const maxGap = longestGap(timestamps, start, end);
	let previous = -1;
	for (let i = start; i < end; i++) {
		const value = values[i]!;
		if (Number.isNaN(value)) {
			previous = -1;
			continue;
		}
		const time = timestamps[i]!;
		if (time > grid.from && time <= grid.to) {
			const last = stepOf(grid, time);
			to.sample(last, time);
			if (previous >= 0) {
				const before = values[previous]!;
				const increase = value < before ? value : value - before;
				const since = timestamps[previous]!;
				to.difference(increase, time - since, last);
				const first = time - since > maxGap ? last : Math.max(0, stepOf(grid, since + 1));
				for (let s = first; s <= last; s++) {
					const left = grid.from + s * grid.step;
					const overlap = Math.min(time, left + grid.step) - Math.max(since, left);
					to.share(s, (increase * overlap) / (time - since), overlap);
				}
			}
		}
		previous = i;
	}
	return to;
}

/** Samples further apart than this, ms, have a gap between them. */
export function longestGap(timestamps: Float64Array, start: number, end: number): number {
	if (end - start < 2) return MIN_GAP_MS;
	const usual = (timestamps[end - 1]! - timestamps[start]!) / (end - start - 1);
	return Math.min(MAX_GAP_MS, Math.max(MIN_GAP_MS, usual * GAP_FACTOR));
}
