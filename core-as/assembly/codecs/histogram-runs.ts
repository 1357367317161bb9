import { allocate } from '../abi/memory';

// Runs of histograms with the same layout, and which buckets they have. Buckets have keys that rise: positive ones in the order of
// their indices, then negative ones. So one column of a chunk holds a bucket of all histograms that have it.

/** Of spans, buckets and custom values of one histogram each. */
export const MAX_PARTS: u32 = 1 << 16;
/** Of each of them in one chunk. */
export const MAX_CHUNK_PARTS: u32 = 1 << 20;
const NEGATIVE: u64 = (<u64>1) << 32;

@unmanaged
export class Run {
	firstRow: u32;
	/** Index of the first bucket of its first histogram. */
	firstBucket: u32;
	rows: u32;
	/** Index of its first key. */
	firstKey: u32;
	keys: u32;
	/** Keys that columns have passed. */
	passed: u32;
}

const runs: usize = memory.data(24 * 256, 16);
export let runCount: u32 = 0;
/** Keys of all runs: u64. */
let keys: usize = 0;
let keyCapacity: u32 = 0;
let keyCount: u32 = 0;
/** Entries of bucket columns in the chunk so far. */
let bucketValues: u32 = 0;

export function startLayouts(): void {
	runCount = 0;
	keyCount = 0;
	bucketValues = 0;
}

export function runAt(index: u32): Run {
	return changetype<Run>(runs + <usize>index * 24);
}

/**
 * Adds a run with these spans: i32 offsets, u32 lengths, the positive ones first. False when they go backwards, leave
 * 32 bits, or have more than `mostKeys` buckets.
 */
export function addRun(
	firstRow: u32,
	firstBucket: u32,
	offsets: usize,
	lengths: usize,
	spans: u32,
	positive: u32,
	mostKeys: u32,
): bool {
	const run = runAt(runCount);
	run.firstRow = firstRow;
	run.firstBucket = firstBucket;
	run.rows = 1;
	run.firstKey = keyCount;
	run.keys = 0;
	let index: i64 = 0;
	for (let i: u32 = 0; i < spans; i++) {
		const offset = <i64>load<i32>(offsets + ((<usize>i) << 2));
		const length = load<u32>(lengths + ((<usize>i) << 2));
		const isFirst = i === 0 || i === positive;
		if (isFirst) index = 0;
		else if (offset < 0) return false;
		index += offset;
		if (length > mostKeys - run.keys) return false;
		if (index < i32.MIN_VALUE || index + <i64>length - 1 > i32.MAX_VALUE) return false;
		if (!makeRoom(length)) return false;
		const sign = i < positive ? 0 : NEGATIVE;
		for (let k: u32 = 0; k < length; k++) {
			const key = sign | <u64>(index + <i64>k - <i64>i32.MIN_VALUE);
			store<u64>(keys + ((<usize>keyCount) << 3), key);
			keyCount++;
		}
		run.keys += length;
		index += <i64>length;
	}
	runCount++;
	return true;
}

function makeRoom(count: u32): bool {
	const needed = keyCount + count;
	if (needed > MAX_CHUNK_PARTS) return false;
	if (needed <= keyCapacity) return true;
	const capacity = max(needed, keyCapacity * 2);
	const grown = allocate((<usize>capacity) << 3);
	memory.copy(grown, keys, (<usize>keyCount) << 3);
	if (keyCapacity > 0) heap.free(keys);
	keys = grown;
	keyCapacity = capacity;
	return true;
}

/** Says how many histograms the last run has; false when the chunk has too many entries then. */
export function setRows(rows: u32): bool {
	const run = runAt(runCount - 1);
	run.rows = rows;
	const values = <u64>rows * <u64>run.keys;
	if (values > <u64>(MAX_CHUNK_PARTS - bucketValues)) return false;
	bucketValues += <u32>values;
	return true;
}

export function startColumns(): void {
	for (let i: u32 = 0; i < runCount; i++) runAt(i).passed = 0;
}

const NONE: u64 = u64.MAX_VALUE;

/** The least key that no column has passed, or NONE. */
let columnKey: u64 = NONE;

/** Steps to the next column; false behind the last. `hasColumn` says which runs have it. */
export function nextColumn(): bool {
	columnKey = NONE;
	for (let i: u32 = 0; i < runCount; i++) columnKey = min(columnKey, nextKey(runAt(i)));
	return columnKey !== NONE;
}

/** How many histograms have the column. */
export function columnRows(): u32 {
	let rows: u32 = 0;
	for (let i: u32 = 0; i < runCount; i++) if (nextKey(runAt(i)) === columnKey) rows += runAt(i).rows;
	return rows;
}

/** True when the run has the column; the run is then past it, and its histograms have it at place `passed - 1`. */
export function hasColumn(run: Run): bool {
	if (nextKey(run) !== columnKey) return false;
	run.passed++;
	return true;
}

function nextKey(run: Run): u64 {
	if (run.passed === run.keys) return NONE;
	return load<u64>(keys + ((<usize>(run.firstKey + run.passed)) << 3));
}
