import { addNativeHistograms } from './promql-histogram-data.ts';
import type { Random } from './random.ts';

/** A value that JSON carries exactly: see test/oracles/promql/main.go. */
export type WireNumber = number | 'NaN' | '+Inf' | '-Inf' | '-0' | 'stale';

export interface WireSeries {
	labels: Record<string, string>;
	/** ms */
	times: number[];
	values: WireNumber[];
	histograms?: WireHistogram[];
}

/** A native histogram; see test/oracles/promql/histogram.go. */
export interface WireHistogram {
	/** ms */
	time: number;
	hint: 0 | 1 | 2 | 3;
	schema: number;
	zeroThreshold: WireNumber;
	zeroCount: WireNumber;
	count: WireNumber;
	sum: WireNumber;
	positive: WireSide;
	negative: WireSide;
	bounds: WireNumber[];
}

export interface WireSide {
	indexes: number[];
	counts: WireNumber[];
}

/** Where the samples begin, and how long they go on, ms. */
export const DATA_START = 1_700_000_000_000;
export const DATA_LENGTH = 1_800_000;
const SCRAPE = 15_000;

const STALE = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer);

export function toNumber(value: WireNumber): number {
	if (typeof value === 'number') return value;
	return {
		NaN: Number.NaN,
		'+Inf': Number.POSITIVE_INFINITY,
		'-Inf': Number.NEGATIVE_INFINITY,
		'-0': -0,
		stale: 0,
	}[value];
}

export function toWire(x: number): WireNumber {
	if (Number.isNaN(x)) return 'NaN';
	if (!Number.isFinite(x)) return x > 0 ? '+Inf' : '-Inf';
	return Object.is(x, -0) ? '-0' : x;
}

/** Columns of wire values; stale markers keep their bits, which plain numbers lose. */
export function toColumn(values: readonly WireNumber[]): Float64Array {
	const out = new Float64Array(values.length);
	const bits = new BigUint64Array(out.buffer);
	const stale = new BigUint64Array(STALE.buffer)[0]!;
	for (const [i, value] of values.entries()) {
		if (value === 'stale') bits[i] = stale;
		else out[i] = toNumber(value);
	}
	return out;
}

/** Scrape times with jitter, gaps, late starts and early ends. */
export function timesOf(random: Random): number[] {
	const times: number[] = [];
	const jitter = random.chance(0.5) ? 0 : random.below(2000);
	const start = random.chance(0.2) ? random.below(DATA_LENGTH / 2) : 0;
	const end = random.chance(0.2) ? DATA_LENGTH / 2 + random.below(DATA_LENGTH / 2) : DATA_LENGTH;
	const step = random.pick([SCRAPE, SCRAPE, SCRAPE, 30_000, 60_000, 7_000]);
	for (let t = start; t <= end; t += step) {
		if (random.chance(0.01)) t += random.below(400_000);
		times.push(DATA_START + t + (jitter ? random.below(jitter) : 0));
	}
	return times;
}

type Shape = (random: Random, n: number) => WireNumber[];

const counter: Shape = (random, n) => {
	const fractional = random.chance(0.3);
	let value = random.chance(0.3) ? 0 : random.below(1000);
	return Array.from({ length: n }, () => {
		if (random.chance(0.03)) value = random.below(10);
		const more = random.chance(0.2) ? 0 : random.below(20) * (fractional ? random.next() : 1);
		value += more;
		return value;
	});
};

const gauge: Shape = (random, n) => {
	const size = 10 ** (random.below(9) - 3);
	return Array.from({ length: n }, () => (random.next() - 0.4) * size);
};

const small: Shape = (random, n) => Array.from({ length: n }, () => random.below(4) - 1 || 0);

const constant: Shape = (random, n) =>
	new Array<WireNumber>(n).fill(random.pick([0, 1, -3, 1e300, '+Inf', 'NaN']));

const wild: Shape = (random, n) =>
	Array.from({ length: n }, () =>
		random.pick<WireNumber>([
			...(['NaN', '+Inf', '-Inf', '-0', 0, 1, -1] as const),
			...[1e308, -1e308, 1e-300, 0.1, 1 / 3, 1e16, 1e16 + 2, -7.25, 123456789.125],
		]),
	);

function withStaleMarkers(random: Random, values: WireNumber[]): WireNumber[] {
	return values.map((value) => (random.chance(0.03) ? 'stale' : value));
}

const JOBS = ['api', 'db', 'web-1', 'ü'];
const CODES = ['200', '404', '500'];

/** Series of all kinds, all with different labels. */
export function randomSeries(random: Random): WireSeries[] {
	const out: WireSeries[] = [];
	const add = (labels: Record<string, string>, shape: Shape) => {
		const times = timesOf(random);
		const values = shape(random, times.length);
		out.push({ labels, times, values: random.chance(0.3) ? withStaleMarkers(random, values) : values });
	};
	for (const job of JOBS.slice(0, 2 + random.below(3))) {
		for (const code of CODES) {
			if (random.chance(0.15)) continue;
			add({ __name__: 'requests_total', job, code }, counter);
			if (random.chance(0.7)) add({ __name__: 'errors_total', job, code }, counter);
		}
		for (let i = 0; i < 2; i++)
			add({ __name__: 'load', job, instance: `i${i}` }, random.chance(0.8) ? gauge : wild);
		add({ __name__: 'level', job }, random.pick([small, constant, gauge]));
		add({ __name__: 'limit', job, zone: random.pick(['a', 'b']) }, random.pick([gauge, small]));
	}
	for (const job of JOBS.slice(0, 3)) {
		for (const instance of ['i0', 'i1']) {
			const version = `v${random.below(3)}`;
			if (random.chance(0.8)) add({ __name__: 'target_info', job, instance, version }, constant);
			if (random.chance(0.3)) add({ __name__: 'target_info', job, instance, version: 'v9' }, constant);
		}
		if (random.chance(0.7))
			add({ __name__: 'build_info', job, branch: random.pick(['main', 'next']) }, constant);
	}
	add({ __name__: 'odd', 'a b': 'x"y\\z', constructor: 'c', ['__proto__']: 'p' }, wild);
	add({ __name__: 'when' }, (r, n) =>
		Array.from({ length: n }, () => Math.round(r.next() * 4e9 - 1e9) + r.pick([0, 0.5])),
	);
	addHistograms(random, out);
	addNativeHistograms(random, out);
	return out;
}

const BOUNDS = ['0.1', '0.5', '1', '2.5', '+Inf'];

/** Classic histograms, some with counts that fall, a bound that is missing or none. */
function addHistograms(random: Random, out: WireSeries[]): void {
	for (const job of JOBS.slice(0, 2)) {
		const times = timesOf(random);
		const broken = random.chance(0.3);
		let below = times.map(() => 0);
		for (const le of BOUNDS) {
			if (random.chance(0.05)) continue;
			let sum = 0;
			const own = times.map(() => {
				sum += random.below(5);
				return sum;
			});
			below = below.map((x, i) => (broken && random.chance(0.1) ? x - 1 : x + own[i]!));
			out.push({ labels: { __name__: 'latency_bucket', job, le }, times, values: below });
		}
		if (random.chance(0.1)) {
			const labels = { __name__: 'latency_bucket', job, le: random.pick(['x', 'NaN', '1e-1']) };
			out.push({ labels, times, values: times.map(() => 3) });
		}
	}
}
