import { allocate } from '../abi/memory';
import { addBuckets, bucketColumn, buckets, clearBuckets } from './buckets';
import { collected, times, values } from './sample-runs';
import { COLUMN_STRIDE, TIER_COLUMNS } from './tier-columns';
import { encodeTierRow, storeUnkept } from './tier-row';

// Buckets of one series and day for each of a few steps, put together hour by hour. One day at a time.

export const MAX_STEPS: usize = 4;
const HOUR: u32 = 3_600_000;
/** A day of shorter steps has more than MAX_DAY_BUCKETS. */
const MIN_STEP: u32 = 300_000;
const STEP_BYTES: usize = (1 + <usize>TIER_COLUMNS) * COLUMN_STRIDE;

/** Columns of each step, in the order of a row. */
let columns: usize = 0;
/** Buckets of each step. */
const counts: usize = memory.data(4 * 4, 4);
/** Not 0 when there are samples that are in no hour of the day, so that no row can be made. */
const outside: usize = memory.data(4 * 4, 4);

export function isTierStep(step: u32): bool {
	return step >= MIN_STEP && step <= HOUR && HOUR % step === 0;
}

export function startDay(): void {
	if (columns === 0) columns = allocate(MAX_STEPS * STEP_BYTES);
	memory.fill(counts, 0, MAX_STEPS << 2);
	memory.fill(outside, 0, MAX_STEPS << 2);
}

/** Adds the collected samples (sample-runs), which are those of an hour of the day that comes after those before. */
export function addHour(index: usize, step: u32, hour: u32): void {
	const at = index << 2;
	if (collected === 0 || load<u32>(outside + at) !== 0) return;
	clearBuckets();
	// A chunk may hold times behind its hour.
	const last = load<f64>(times + ((<usize>(collected - 1)) << 3));
	if (last >= <f64>HOUR || !addBuckets(times, values, collected, <f64>step)) {
		store<u32>(outside + at, 1);
		return;
	}
	const count = load<u32>(counts + at);
	const to = columns + index * STEP_BYTES + ((<usize>count) << 3);
	const start = <f64>(hour * HOUR);
	for (let i: usize = 0; i < (<usize>buckets) << 3; i += 8) {
		store<f64>(to + i, start + load<f64>(bucketColumn(0) + i));
	}
	copyColumn(5, to + COLUMN_STRIDE);
	copyColumn(2, to + 2 * COLUMN_STRIDE);
	copyColumn(1, to + 3 * COLUMN_STRIDE);
	copyColumn(3, to + 4 * COLUMN_STRIDE);
	copyColumn(4, to + 5 * COLUMN_STRIDE);
	store<u32>(counts + at, count + buckets);
}

function copyColumn(bucketsColumn: u32, to: usize): void {
	memory.copy(to, bucketColumn(bucketsColumn), (<usize>buckets) << 3);
}

/** Writes the row of the day, nothing when it has no bucket; returns the first byte behind it. */
export function storeDay(index: usize, to: usize): usize {
	if (load<u32>(outside + (index << 2)) !== 0) return storeUnkept(to);
	const count = load<u32>(counts + (index << 2));
	return count === 0 ? to : encodeTierRow(columns + index * STEP_BYTES, count, to);
}
