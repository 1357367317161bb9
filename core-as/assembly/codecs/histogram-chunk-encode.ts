import { areTimes } from './chunk';
import { FRAME, HISTOGRAMS_1, storeFrame } from './chunk-frame';
import { MAX_SAMPLES, maxSectionSize } from './chunk-section';
import { encodeSection } from './chunk-section-encode';
import { lengthIn, pointerIn } from './histogram-record';
import {
	addRun,
	hasColumn,
	MAX_CHUNK_PARTS,
	MAX_PARTS,
	nextColumn,
	runAt,
	runCount,
	setRows,
	startColumns,
	startLayouts,
} from './histogram-runs';
import {
	BUCKET_COUNTS,
	BUCKET_ENDS,
	COUNTS,
	CUSTOM_ENDS,
	CUSTOM_VALUES,
	HISTOGRAM_START_TIMESTAMPS,
	HISTOGRAM_TIMESTAMPS,
	KINDS,
	POSITIVE_SPANS,
	SCHEMAS,
	SPAN_ENDS,
	SPAN_LENGTHS,
	SPAN_OFFSETS,
	SUMS,
	ZERO_COUNTS,
	ZERO_THRESHOLDS,
} from './metric-columns';
import { beginRoom, endRoom, output, overflowed, written } from './row-writer';
import { storeThreshold } from './zero-threshold';

// Native histograms of one series into a chunk: what does not change once, every bucket a column. Layout in
// docs/formats.md, "Histogram chunk".

export const FINE: i32 = -1;
export const BAD_SHAPE: i32 = 0;
export const BAD_TIMESTAMP: i32 = 1;
export const BAD_SPANS: i32 = 2;
export const TOO_LARGE: i32 = 3;

/** Byte 6 of a chunk. */
export const HAS_STARTS: u32 = 1;

const column: usize = memory.data(8 * 264, 16);
let record: usize = 0;

function f64sOf(list: usize, row: u32): usize {
	return pointerIn(record, list) + ((<usize>row) << 3);
}

/** Prefix end of the entries of the histogram before `row`: where those of `row` start. */
function startOf(list: usize, row: u32): u32 {
	return row === 0 ? 0 : load<u32>(pointerIn(record, list) + ((<usize>(row - 1)) << 2));
}

function endOf(list: usize, row: u32): u32 {
	return load<u32>(pointerIn(record, list) + ((<usize>row) << 2));
}

/** Writes the histograms [first, first + count) of a record whose lists fit each other; returns what is wrong, or FINE. */
export function encodeHistograms(from: usize, first: u32, count: u32): i32 {
	record = from;
	if (!areTimes(f64sOf(HISTOGRAM_TIMESTAMPS, first), count)) return BAD_TIMESTAMP;
	if (!areFew(SPAN_ENDS, first, count) || !areFew(BUCKET_ENDS, first, count)) return TOO_LARGE;
	if (!areFew(CUSTOM_ENDS, first, count)) return TOO_LARGE;
	if (!findRuns(first, count)) return BAD_SPANS;
	const start = written();
	const hasStarts = areStarts(first, count);
	const head = beginRoom(FRAME + 1);
	store<u8>(head, <u8>(hasStarts ? HAS_STARTS : 0), FRAME);
	endRoom(head + FRAME + 1);
	writeSection(f64sOf(HISTOGRAM_TIMESTAMPS, first), count);
	if (hasStarts) writeSection(f64sOf(HISTOGRAM_START_TIMESTAMPS, first), count);
	const kinds = pointerIn(record, KINDS) + <usize>first;
	for (let i: usize = 0; i < <usize>count; i++) store<f64>(column + (i << 3), <f64>load<u8>(kinds + i));
	writeSection(column, count);
	for (let i: u32 = 0; i < runCount; i++) writeLayout(runAt(i).firstRow, runAt(i).rows);
	writeSection(f64sOf(ZERO_COUNTS, first), count);
	writeSection(f64sOf(COUNTS, first), count);
	writeSection(f64sOf(SUMS, first), count);
	writeBuckets();
	if (overflowed) return TOO_LARGE;
	storeFrame(output + start, HISTOGRAMS_1, count, output + written());
	return FINE;
}

function writeSection(from: usize, count: u32): void {
	endRoom(encodeSection(from, count, beginRoom(maxSectionSize(count))));
}

function areFew(list: usize, first: u32, count: u32): bool {
	for (let row = first; row < first + count; row++) {
		if (endOf(list, row) - startOf(list, row) > MAX_PARTS) return false;
	}
	return endOf(list, first + count - 1) - startOf(list, first) <= MAX_CHUNK_PARTS;
}

function areStarts(first: u32, count: u32): bool {
	if (lengthIn(record, HISTOGRAM_START_TIMESTAMPS) === 0) return false;
	const starts = f64sOf(HISTOGRAM_START_TIMESTAMPS, first);
	for (let i: usize = 0; i < <usize>count; i++) if (load<u64>(starts + (i << 3)) !== 0) return true;
	return false;
}

function findRuns(first: u32, count: u32): bool {
	startLayouts();
	let runStart = first;
	for (let row = first; row < first + count; row++) {
		if (row > first && isSameLayout(row - 1, row)) continue;
		if (row > first && !setRows(row - runStart)) return false;
		runStart = row;
		const spanStart = startOf(SPAN_ENDS, row);
		const spans = endOf(SPAN_ENDS, row) - spanStart;
		const bucketStart = startOf(BUCKET_ENDS, row);
		const buckets = endOf(BUCKET_ENDS, row) - bucketStart;
		const at = (<usize>spanStart) << 2;
		const offsets = pointerIn(record, SPAN_OFFSETS) + at;
		const lengths = pointerIn(record, SPAN_LENGTHS) + at;
		const positive = endOf(POSITIVE_SPANS, row);
		if (positive > spans) return false;
		if (!addRun(row, bucketStart, offsets, lengths, spans, positive, buckets)) return false;
		if (runAt(runCount - 1).keys !== buckets) return false;
	}
	return setRows(first + count - runStart);
}

function isSameLayout(a: u32, b: u32): bool {
	const schemas = pointerIn(record, SCHEMAS);
	if (load<u8>(schemas + <usize>a) !== load<u8>(schemas + <usize>b)) return false;
	if (load<u64>(f64sOf(ZERO_THRESHOLDS, a)) !== load<u64>(f64sOf(ZERO_THRESHOLDS, b))) return false;
	if (endOf(POSITIVE_SPANS, a) !== endOf(POSITIVE_SPANS, b)) return false;
	// The spans of `b` must have its buckets, which are not looked at again.
	if (endOf(BUCKET_ENDS, a) - startOf(BUCKET_ENDS, a) !== endOf(BUCKET_ENDS, b) - startOf(BUCKET_ENDS, b)) {
		return false;
	}
	return (
		areSame(SPAN_ENDS, SPAN_OFFSETS, 2, a, b) &&
		areSame(SPAN_ENDS, SPAN_LENGTHS, 2, a, b) &&
		areSame(CUSTOM_ENDS, CUSTOM_VALUES, 3, a, b)
	);
}

function areSame(ends: usize, list: usize, shift: usize, a: u32, b: u32): bool {
	const startA = startOf(ends, a);
	const startB = startOf(ends, b);
	const length = endOf(ends, a) - startA;
	if (length !== endOf(ends, b) - startB) return false;
	const values = pointerIn(record, list);
	const first = values + ((<usize>startA) << shift);
	return memory.compare(first, values + ((<usize>startB) << shift), (<usize>length) << shift) === 0;
}

function writeLayout(row: u32, rows: u32): void {
	const spanStart = startOf(SPAN_ENDS, row);
	const spans = endOf(SPAN_ENDS, row) - spanStart;
	const customStart = startOf(CUSTOM_ENDS, row);
	const customs = endOf(CUSTOM_ENDS, row) - customStart;
	let to = beginRoom(26 + <usize>spans * 10);
	store<u8>(to, <u8>(rows - 1));
	store<u8>(to, load<u8>(pointerIn(record, SCHEMAS) + <usize>row), 1);
	to = storeThreshold(load<u64>(f64sOf(ZERO_THRESHOLDS, row)), to + 2);
	to = storeVarint(endOf(POSITIVE_SPANS, row), to);
	to = storeVarint(spans, to);
	for (let i: u32 = 0; i < spans; i++) {
		const at = (<usize>(spanStart + i)) << 2;
		const offset = load<i32>(pointerIn(record, SPAN_OFFSETS) + at);
		to = storeVarint(((<u32>offset) << 1) ^ <u32>(offset >> 31), to);
		to = storeVarint(load<u32>(pointerIn(record, SPAN_LENGTHS) + at), to);
	}
	endRoom(storeVarint(customs, to));
	for (let at: u32 = 0; at < customs; at += MAX_SAMPLES) {
		writeSection(f64sOf(CUSTOM_VALUES, customStart + at), min(customs - at, MAX_SAMPLES));
	}
}

function storeVarint(value: u32, to: usize): usize {
	while (value >= 0x80) {
		store<u8>(to, <u8>(value | 0x80));
		to++;
		value >>= 7;
	}
	store<u8>(to, <u8>value);
	return to + 1;
}

/** Each bucket's counts of all histograms that have it. */
function writeBuckets(): void {
	startColumns();
	const counts = pointerIn(record, BUCKET_COUNTS);
	while (nextColumn()) {
		let values: u32 = 0;
		for (let i: u32 = 0; i < runCount; i++) {
			const run = runAt(i);
			if (!hasColumn(run)) continue;
			// The histograms of a run have equally many buckets, one after the other.
			let from = counts + ((<usize>(run.firstBucket + run.passed - 1)) << 3);
			for (let row: u32 = 0; row < run.rows; row++) {
				store<u64>(column + ((<usize>values) << 3), load<u64>(from));
				values++;
				from += (<usize>run.keys) << 3;
			}
		}
		writeSection(column, values);
	}
}
