import { timesOf, type WireHistogram, type WireSeries, type WireSide } from './promql-data.ts';
import type { Random } from './random.ts';

const CUSTOM_SCHEMA = -53;
const EMPTY: WireSide = { indexes: [], counts: [] };
const BOUNDS = [[0.1, 0.5, 1, 2.5, 10], [0.1, 1, 10], [-1, 0, 1, 2.5], [5], []];

/** Native histograms of all kinds: counters, gauges, custom bounds, and series that are now this and now that. */
export function addNativeHistograms(random: Random, out: WireSeries[]): void {
	for (const job of ['api', 'db', 'web-1']) {
		for (const code of ['200', '500']) {
			if (random.chance(0.2)) continue;
			out.push(nativeSeries(random, { __name__: 'spans', job, code }, () => counters(random)));
		}
		out.push(nativeSeries(random, { __name__: 'sizes', job }, () => customCounters(random)));
		out.push(nativeSeries(random, { __name__: 'queue', job }, () => gauges(random)));
	}
	out.push(nativeSeries(random, { __name__: 'motley', job: 'api' }, () => motley(random)));
	out.push(nativeSeries(random, { __name__: 'motley', job: 'db' }, () => motley(random)));
	// The name of the classic histograms.
	const labels = { __name__: 'latency_bucket', job: 'api' };
	if (random.chance(0.3)) out.push(nativeSeries(random, labels, () => counters(random)));
}

/** One sample after another; undefined is a float. */
type Samples = () => Omit<WireHistogram, 'time'> | undefined;

function nativeSeries(random: Random, labels: Record<string, string>, make: () => Samples): WireSeries {
	const times = timesOf(random);
	const next = make();
	const out: WireSeries = { labels, times: [], values: [], histograms: [] };
	const stale = random.chance(0.3);
	for (const time of times) {
		if (stale && random.chance(0.04)) {
			if (random.chance(0.5)) {
				out.times.push(time);
				out.values.push('stale');
			} else out.histograms!.push({ ...empty(0), sum: 'stale', time });
			continue;
		}
		const h = next();
		if (h) out.histograms!.push({ ...h, time });
		else {
			out.times.push(time);
			out.values.push(random.below(100));
		}
	}
	return out;
}

function empty(schema: number): Omit<WireHistogram, 'time'> {
	const zeros = { zeroThreshold: 0, zeroCount: 0, count: 0, sum: 0 };
	return { hint: 0, schema, ...zeros, positive: EMPTY, negative: EMPTY, bounds: [] };
}

/** Buckets that only grow, until they begin anew. */
class Counter {
	readonly #random: Random;
	readonly #first: number;
	readonly #width: number;
	counts = new Map<number, number>();

	constructor(random: Random, first: number, width: number) {
		this.#random = random;
		this.#first = first;
		this.#width = width;
	}

	grow(): void {
		for (let n = this.#random.below(4); n > 0; n--) {
			const index = this.#first + this.#random.below(this.#width);
			this.counts.set(index, (this.counts.get(index) ?? 0) + this.#random.below(6));
		}
	}

	get side(): WireSide {
		const indexes = [...this.counts.keys()].sort((a, b) => a - b);
		return { indexes, counts: indexes.map((index) => this.counts.get(index)!) };
	}

	get total(): number {
		return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
	}
}

function counters(random: Random): Samples {
	let schema = random.pick([-4, -1, 0, 0, 1, 2, 3, 5, 8]);
	const width = random.pick([3, 8, 20, 40]);
	const first = random.pick([-20, -3, 0, 1, 5]);
	const makeSide = () => new Counter(random, first, width);
	let positive = makeSide();
	let negative = makeSide();
	const hasNegative = random.chance(0.3);
	let zeroCount = 0;
	let zeroThreshold = random.pick([0, 0.001, 0.001, 0.5, 2.9e-39]);
	const hinted = random.chance(0.5);
	const observesNaN = random.chance(0.1);
	let nans = 0;
	return () => {
		let isReset = false;
		if (random.chance(0.04)) {
			isReset = true;
			positive = makeSide();
			negative = makeSide();
			zeroCount = 0;
			nans = 0;
			if (random.chance(0.2)) schema = Math.min(8, schema + 1);
		} else if (random.chance(0.03)) {
			zeroThreshold = random.pick([0.001, 0.5, 0.75, 1, 4]);
			schema = Math.max(-4, schema - random.below(2));
		}
		positive.grow();
		if (hasNegative) negative.grow();
		if (random.chance(0.3)) zeroCount += random.below(3);
		if (observesNaN && random.chance(0.1)) nans++;
		const count = positive.total + negative.total + zeroCount + nans;
		return {
			hint: !hinted ? 0 : isReset ? 1 : random.pick([0, 2, 2]),
			schema,
			zeroThreshold,
			zeroCount,
			count,
			sum: nans > 0 ? 'NaN' : count * 1.25 + random.pick([0, 0.1]),
			positive: positive.side,
			negative: hasNegative ? negative.side : EMPTY,
			bounds: [],
		};
	};
}

function customCounters(random: Random): Samples {
	let bounds = random.pick(BOUNDS);
	let counter = new Counter(random, 0, bounds.length + 1);
	const changes = random.chance(0.3);
	const fractional = random.chance(0.2) ? 0.1 : 1;
	return () => {
		if (random.chance(0.04) || (changes && random.chance(0.05))) {
			if (changes) bounds = random.pick(BOUNDS);
			counter = new Counter(random, 0, bounds.length + 1);
		}
		counter.grow();
		const { indexes, counts } = counter.side;
		const scaled = counts.map((count) => (count as number) * fractional);
		const count = scaled.reduce((sum, x) => sum + x, 0);
		return {
			...empty(CUSTOM_SCHEMA),
			count,
			sum: count * 0.75,
			positive: { indexes, counts: scaled },
			bounds: [...bounds],
		};
	};
}

function gauges(random: Random): Samples {
	const schema = random.pick([0, 1, 3]);
	const size = random.pick([1, 1, 1, 1e3, 1e306]);
	return () => {
		const positive = new Counter(random, -2, 6);
		positive.grow();
		positive.grow();
		const { indexes, counts } = positive.side;
		const scaled = counts.map((count) => (count as number) * size * random.pick([1, 1, 0.1]));
		return {
			...empty(schema),
			hint: 3,
			count: scaled.reduce((sum, x) => sum + x, 0),
			sum: random.next() * size,
			positive: { indexes, counts: scaled },
		};
	};
}

/** Everything in turn, and floats between. */
function motley(random: Random): Samples {
	const makers = [() => counters(random), () => customCounters(random), () => gauges(random)];
	let next: Samples = random.pick(makers)();
	const floats = random.chance(0.5);
	return () => {
		if (random.chance(0.06)) next = random.pick(makers)();
		if (floats && random.chance(0.1)) return undefined;
		const h = next();
		if (h && random.chance(0.1)) h.hint = random.pick([0, 1, 2, 3] as const);
		return h;
	};
}
