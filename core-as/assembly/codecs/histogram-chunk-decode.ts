import { areTimes } from './chunk';
import { FRAME, isSound } from './chunk-frame';
import { MAX_SAMPLES } from './chunk-section';
import { decodeSection } from './chunk-section-decode';
import { HAS_STARTS } from './histogram-chunk-encode';
import { extendList, resultLength, resultPointer } from './histogram-record';
import {
	addRun,
	columnRows,
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
import { loadThreshold, threshold } from './zero-threshold';

// A histogram chunk back to columns, which it makes longer. Every field is checked before it is used; whoever calls goes
// back to the columns as they were when the chunk turns out to break the layout.

const column: usize = memory.data(8 * 264, 16);
/** True when the columns have reached their bound: not the chunk's fault. */
export let isFull: bool = false;
let chunkSpans: u32 = 0;
let chunkCustoms: u32 = 0;

/** Decodes a chunk of `count` histograms that chunk-frame took; false when its checksum or any field is wrong, or `isFull`. */
export function decodeHistograms(p: usize, end: usize, count: u32): bool {
	isFull = false;
	if (!isSound(p, end)) return false;
	const flags = <u32>load<u8>(p, FRAME);
	if (flags > HAS_STARTS) return false;
	const firstRow = resultLength(HISTOGRAM_TIMESTAMPS);
	p = decodeSection(p + FRAME + 1, end, count, column);
	if (p === 0 || !areTimes(column, count) || !append(HISTOGRAM_TIMESTAMPS, count)) return false;
	if (flags === HAS_STARTS) {
		p = decodeSection(p, end, count, column);
		if (p === 0 || !padStarts(firstRow) || !append(HISTOGRAM_START_TIMESTAMPS, count)) return false;
	}
	p = decodeSection(p, end, count, column);
	if (p === 0 || !appendKinds(count)) return false;
	p = readLayouts(p, end, count, firstRow);
	if (p === 0) return false;
	p = decodeColumn(p, end, count, ZERO_COUNTS);
	if (p === 0) return false;
	p = decodeColumn(p, end, count, COUNTS);
	if (p === 0) return false;
	p = decodeColumn(p, end, count, SUMS);
	return p !== 0 && readBuckets(p, end);
}

function decodeColumn(p: usize, end: usize, count: u32, list: usize): usize {
	p = decodeSection(p, end, count, column);
	return p !== 0 && append(list, count) ? p : 0;
}

/** `extendList` that notes when there is no room. */
function extend(list: usize, count: u32): usize {
	const to = extendList(list, count);
	if (to === 0) isFull = true;
	return to;
}

/** Appends what was decoded to a list of f64. */
function append(list: usize, count: u32): bool {
	const to = extend(list, count);
	if (to !== 0) memory.copy(to, column, (<usize>count) << 3);
	return to !== 0;
}

/** Makes the list of start times `rows` long: those that are missing are 0. */
export function padStarts(rows: u32): bool {
	const missing = rows - resultLength(HISTOGRAM_START_TIMESTAMPS);
	if (missing === 0) return true;
	const to = extend(HISTOGRAM_START_TIMESTAMPS, missing);
	if (to !== 0) memory.fill(to, 0, (<usize>missing) << 3);
	return to !== 0;
}

function appendKinds(count: u32): bool {
	const to = extend(KINDS, count);
	if (to === 0) return false;
	for (let i: usize = 0; i < <usize>count; i++) {
		const kind = load<f64>(column + (i << 3));
		if (!(kind >= 0 && kind <= 255 && floor(kind) === kind)) return false;
		store<u8>(to + i, <u8>kind);
	}
	return true;
}

function readLayouts(p: usize, end: usize, count: u32, firstRow: u32): usize {
	startLayouts();
	chunkSpans = 0;
	chunkCustoms = 0;
	for (let row: u32 = 0; row < count; ) {
		if (end - p < 2) return 0;
		const rows = <u32>load<u8>(p) + 1;
		const schema = load<u8>(p, 1);
		if (rows > count - row) return 0;
		p = loadThreshold(p + 2, end);
		if (p === 0) return 0;
		const schemas = extend(SCHEMAS, rows);
		const thresholds = extend(ZERO_THRESHOLDS, rows);
		if (schemas === 0 || thresholds === 0) return 0;
		memory.fill(schemas, schema, <usize>rows);
		for (let i: usize = 0; i < <usize>rows; i++) store<u64>(thresholds + (i << 3), threshold);
		p = readSpans(p, end, firstRow + row, rows);
		if (p === 0) return 0;
		p = readCustoms(p, end, rows);
		if (p === 0) return 0;
		row += rows;
	}
	return p;
}

function readSpans(p: usize, end: usize, row: u32, rows: u32): usize {
	p = readVarint(p, end);
	if (p === 0) return 0;
	const positive = varint;
	p = readVarint(p, end);
	if (p === 0) return 0;
	const spans = varint;
	// A span takes two bytes or more.
	if (positive > spans || spans > MAX_PARTS || <usize>spans > (end - p) >> 1) return 0;
	if (rows * spans > MAX_CHUNK_PARTS - chunkSpans) return 0;
	chunkSpans += rows * spans;
	const at = resultLength(SPAN_OFFSETS);
	let offsets = extend(SPAN_OFFSETS, rows * spans);
	let lengths = extend(SPAN_LENGTHS, rows * spans);
	const positives = extend(POSITIVE_SPANS, rows);
	const ends = extend(SPAN_ENDS, rows);
	const bucketEnds = extend(BUCKET_ENDS, rows);
	if (isFull) return 0;
	for (let i: usize = 0; i < <usize>spans; i++) {
		p = readVarint(p, end);
		if (p === 0) return 0;
		store<u32>(offsets + (i << 2), (varint >> 1) ^ -(varint & 1));
		p = readVarint(p, end);
		if (p === 0) return 0;
		store<u32>(lengths + (i << 2), varint);
	}
	// A bucket's column takes a byte or more.
	const mostKeys = min(MAX_PARTS, <u32>(end - p));
	let bucketEnd = row === 0 ? 0 : load<u32>(bucketEnds - 4);
	if (!addRun(row, bucketEnd, offsets, lengths, spans, positive, mostKeys) || !setRows(rows)) return 0;
	const keys = runAt(runCount - 1).keys;
	const size = (<usize>spans) << 2;
	for (let i: usize = 0; i < <usize>rows; i++) {
		if (i > 0) {
			memory.copy(offsets + size, offsets, size);
			memory.copy(lengths + size, lengths, size);
			offsets += size;
			lengths += size;
		}
		bucketEnd += keys;
		store<u32>(bucketEnds + (i << 2), bucketEnd);
		store<u32>(positives + (i << 2), positive);
		store<u32>(ends + (i << 2), at + (<u32>i + 1) * spans);
	}
	return extend(BUCKET_COUNTS, rows * keys) === 0 ? 0 : p;
}

function readCustoms(p: usize, end: usize, rows: u32): usize {
	p = readVarint(p, end);
	if (p === 0) return 0;
	const customs = varint;
	if (customs > MAX_PARTS || rows * customs > MAX_CHUNK_PARTS - chunkCustoms) return 0;
	chunkCustoms += rows * customs;
	const at = resultLength(CUSTOM_VALUES);
	const values = extend(CUSTOM_VALUES, rows * customs);
	const ends = extend(CUSTOM_ENDS, rows);
	if (isFull) return 0;
	for (let i: u32 = 0; i < customs; i += MAX_SAMPLES) {
		const here = min(customs - i, MAX_SAMPLES);
		p = decodeSection(p, end, here, column);
		if (p === 0) return 0;
		memory.copy(values + ((<usize>i) << 3), column, (<usize>here) << 3);
	}
	const size = (<usize>customs) << 3;
	for (let i: usize = 0; i < <usize>rows; i++) {
		if (i > 0) memory.copy(values + i * size, values, size);
		store<u32>(ends + (i << 2), at + (<u32>i + 1) * customs);
	}
	return p;
}

let varint: u32 = 0;

/** LEB128 of at most 32 bits; returns the first byte behind, or 0. */
function readVarint(p: usize, end: usize): usize {
	varint = 0;
	for (let shift: u32 = 0; shift < 35 && p < end; shift += 7) {
		const byte = <u32>load<u8>(p);
		p++;
		if (shift === 28 && byte > 15) return 0;
		varint |= (byte & 0x7f) << shift;
		if (byte < 0x80) return p;
	}
	return 0;
}

/** The columns of buckets, to the end of the chunk. */
function readBuckets(p: usize, end: usize): bool {
	startColumns();
	const counts = resultPointer(BUCKET_COUNTS);
	while (nextColumn()) {
		p = decodeSection(p, end, columnRows(), column);
		if (p === 0) return false;
		let from = column;
		for (let i: u32 = 0; i < runCount; i++) {
			const run = runAt(i);
			if (!hasColumn(run)) continue;
			let to = counts + ((<usize>(run.firstBucket + run.passed - 1)) << 3);
			for (let row: u32 = 0; row < run.rows; row++) {
				store<u64>(to, load<u64>(from));
				from += 8;
				to += (<usize>run.keys) << 3;
			}
		}
	}
	return p === end;
}
