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
	count = 0;
	for (let i: usize = 0; i < <usize>samples; i++) {
		const bits = load<u64>(values + (i << 3));
		if (bits === STALE || bits === ABSENT) continue;
		const time = load<f64>(times + (i << 3));
		if (count > 0 && time - start >= step && !close()) return false;
		if (count === 0) open(floor(time / step) * step + 0.0);
		take(reinterpret<f64>(bits));
		last = bits;
	}
	return count === 0 || close();
}

function open(time: f64): void {
	start = time;
	minimum = NaN;
	maximum = NaN;
	sum = 0;
	lost = 0;
}

/** NaN fails every comparison. */
function isNumber(value: f64): bool {
	return abs(value) >= 0;
}

function take(value: f64): void {
	count += 1;
	if (!isNumber(minimum) || value < minimum) minimum = value;
	if (!isNumber(maximum) || value > maximum) maximum = value;
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
	count = 0;
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
