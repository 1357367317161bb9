import { allocate } from '../abi/memory';
import { ABSENT } from './chunk-section';

// Down-sampling: rising samples become buckets, each with what its samples come to. State is global: one result at a
// time, in columns that grow.

/** Prometheus's staleness marker: a series ended here. It is no value. */
const STALE: u64 = 0x7ff0000000000002;
/** Bound of a result: 96 MiB. */
const MAX_BUCKETS: u32 = 1 << 21;
export const BUCKET_COLUMNS: u32 = 6;

const columns: usize = memory.data(4 * 6, 8);
let capacity: u32 = 0;
export let buckets: u32 = 0;

/** Column 0 holds times, then minima, maxima, sums, counts, lasts. */
export function bucketColumn(column: u32): usize {
	return load<usize>(columns + ((<usize>column) << 2));
}

export function startBuckets(): void {
	capacity = 1024;
	buckets = 0;
	for (let i: u32 = 0; i < BUCKET_COLUMNS; i++) {
		store<usize>(columns + ((<usize>i) << 2), allocate((<usize>capacity) << 3));
	}
}

/** Forgets the buckets; their columns stay. */
export function clearBuckets(): void {
	buckets = 0;
}

export function releaseBuckets(): void {
	for (let i: u32 = 0; i < BUCKET_COLUMNS; i++) heap.free(bucketColumn(i));
}

let start: f64 = 0;
let minimum: f64 = 0;
let maximum: f64 = 0;
let sum: f64 = 0;
let lost: f64 = 0;
let count: f64 = 0;
let last: u64 = 0;

/** Adds the buckets of one series: f64 times that rise, and values. False when there would be too many. */
export function addBuckets(times: usize, values: usize, samples: u32, step: f64): bool {
	const end = (<usize>samples) << 3;
	for (let from: usize = 0; from < end; ) {
		start = floor(load<f64>(times + from) / step) * step + 0.0;
		let to = from + 8;
		while (to < end && load<f64>(times + to) - start < step) to += 8;
		if (!takeFinite(values + from, values + to)) takeEach(values + from, values + to);
		if (count > 0 && !close()) return false;
		from = to;
	}
	return true;
}

const ZERO: v128 = f64x2.splat(0);

/**
 * Fast path: takes the values in [from, to) two at a time; false when one of them is not finite (which all that are no value are not),
 * the sum is not, or the sign of a zero matters.
 */
function takeFinite(from: usize, to: usize): bool {
	if (to - from < 16) return false;
	const first = load<f64>(from);
	let low = f64x2.splat(first);
	let high = low;
	let sums = ZERO;
	let losses = ZERO;
	let zeros = ZERO;
	const negativeZero = f64x2.splat(-0.0);
	const pairs = from + ((to - from) & ~15);
	for (let p = from; p < pairs; p += 16) {
		const pair = v128.load(p);
		low = f64x2.pmin(low, pair);
		high = f64x2.pmax(high, pair);
		zeros = v128.or(zeros, i64x2.eq(pair, negativeZero));
		// What the addition loses, whichever of the two is larger.
		const total = f64x2.add(sums, pair);
		const taken = f64x2.sub(total, sums);
		const lostOfSums = f64x2.sub(sums, f64x2.sub(total, taken));
		losses = f64x2.add(losses, f64x2.add(lostOfSums, f64x2.sub(pair, taken)));
		sums = total;
	}
	minimum = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
	maximum = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
	lost = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
	sum = 0;
	add(f64x2.extract_lane(sums, 0));
	add(f64x2.extract_lane(sums, 1));
	if (pairs < to) {
		const value = load<f64>(pairs);
		if (reinterpret<u64>(value) === reinterpret<u64>(-0.0)) return false;
		minimum = min(minimum, value);
		maximum = max(maximum, value);
		add(value);
	}
	if (!(abs(sum) < Infinity)) return false;
	if ((minimum === 0 || maximum === 0) && v128.any_true(zeros)) return false;
	count = <f64>(<u32>((to - from) >> 3));
	last = load<u64>(to - 8);
	return true;
}

function takeEach(from: usize, to: usize): void {
	minimum = NaN;
	maximum = NaN;
	sum = 0;
	lost = 0;
	count = 0;
	for (; from < to; from += 8) {
		const bits = load<u64>(from);
		if (bits === STALE || bits === ABSENT) continue;
		take(reinterpret<f64>(bits));
		last = bits;
	}
}

/** NaN fails every comparison. */
function isNumber(value: f64): bool {
	return abs(value) >= 0;
}

function take(value: f64): void {
	count += 1;
	if (!isNumber(minimum) || value < minimum) minimum = value;
	if (!isNumber(maximum) || value > maximum) maximum = value;
	add(value);
}

function add(value: f64): void {
	const total = sum + value;
	// What the addition lost. Of infinite sums there is none.
	if (abs(total) < Infinity) lost += abs(sum) >= abs(value) ? sum - total + value : value - total + sum;
	sum = total;
}

function close(): bool {
	if (buckets === MAX_BUCKETS) return false;
	if (buckets === capacity) grow();
	const at = (<usize>buckets) << 3;
	store<f64>(bucketColumn(0) + at, start);
	store<f64>(bucketColumn(1) + at, minimum);
	store<f64>(bucketColumn(2) + at, maximum);
	store<f64>(bucketColumn(3) + at, abs(sum) < Infinity ? sum + lost : sum);
	store<f64>(bucketColumn(4) + at, count);
	store<u64>(bucketColumn(5) + at, last);
	buckets++;
	return true;
}

function grow(): void {
	for (let i: u32 = 0; i < BUCKET_COLUMNS; i++) {
		const old = bucketColumn(i);
		const grown = allocate((<usize>capacity) << 4);
		memory.copy(grown, old, (<usize>capacity) << 3);
		heap.free(old);
		store<usize>(columns + ((<usize>i) << 2), grown);
	}
	capacity *= 2;
}
