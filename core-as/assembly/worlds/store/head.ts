import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { output, releaseOutput, written } from '../../codecs/row-writer';
import { storeColumn } from './columns';
import { chunkEnds, cutHead, hours, numbers, rows } from './head-cut';
import { readColumns, readCount, readRows, readTimes, readValues } from './head-read';
import { newHandle } from './resource';
import { closeHead, Head, openHead, takeSample } from './samples-head';

const BAD_SHAPE: u8 = 0;
const BAD_TIMESTAMP: u8 = 1;
const FULL: u8 = 2;
const MAX_TIME: f64 = 9007199254740991; // 2^53 - 1
const MAX_CELLS: u64 = 1 << 24;

export function head_samples_head_new(maxBytes: u32): i32 {
	return newHandle(changetype<usize>(openHead(maxBytes)));
}

export function head_samples_head_dtor(head: usize): void {
	closeHead(changetype<Head>(head));
}

/** result<appended, append-error>: discriminant at 0; two numbers from 4, or the error at 4 and its index at 8. */
export function head_samples_head_append(
	self: usize,
	series: usize,
	seriesCount: usize,
	timestamps: usize,
	timeCount: usize,
	values: usize,
	valueCount: usize,
): usize {
	const head = changetype<Head>(self);
	store<u8>(RESULT, 1);
	if (seriesCount !== timeCount || timeCount !== valueCount) store<u8>(RESULT, BAD_SHAPE, 4);
	else {
		const bad = badTime(timestamps, timeCount);
		if (bad < timeCount) storeError(BAD_TIMESTAMP, bad);
		else appendAll(head, series, timestamps, values, timeCount);
	}
	release(series, seriesCount);
	release(timestamps, timeCount);
	release(values, valueCount);
	return RESULT;
}

function storeError(error: u8, index: usize): void {
	store<u8>(RESULT, error, 4);
	store<u32>(RESULT, <u32>index, 8);
}

/** Index of the first time that is none, or `count`. */
function badTime(timestamps: usize, count: usize): usize {
	for (let i: usize = 0; i < count; i++) {
		const time = load<f64>(timestamps + (i << 3));
		if (!(time >= 0 && time <= MAX_TIME && floor(time) === time)) return i;
	}
	return count;
}

function appendAll(head: Head, series: usize, timestamps: usize, values: usize, count: usize): void {
	const late = head.late;
	const dropped = head.dropped;
	for (let i: usize = 0; i < count; i++) {
		const time = load<f64>(timestamps + (i << 3));
		if (takeSample(head, load<u32>(series + (i << 2)), time, load<u64>(values + (i << 3)))) continue;
		storeError(FULL, i);
		return;
	}
	store<u8>(RESULT, 0);
	store<u32>(RESULT, <u32>(head.late - late), 4);
	store<u32>(RESULT, <u32>(head.dropped - dropped), 8);
}

/** result<series-samples, read-error>: discriminant at 0; three lists from 4, or the error at 4. */
export function head_samples_head_read(
	self: usize,
	series: usize,
	count: usize,
	start: f64,
	end: f64,
): usize {
	const ends = allocate(count << 2);
	const fits = readColumns(changetype<Head>(self), series, count, start, end, ends);
	release(series, count);
	if (fits) {
		store<u8>(RESULT, 0);
		storeColumn(4, ends, count);
		storeColumn(12, readTimes, readCount);
		storeColumn(20, readValues, readCount);
	} else {
		heap.free(ends);
		store<u8>(RESULT, 1);
		store<u8>(RESULT, 0, 4);
	}
	return RESULT;
}

export function head_samples_head_read_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	for (let offset: usize = 4; offset < 28; offset += 8) releaseList(offset);
}

/** result<list<f64>, read-error>: discriminant at 0; a list, or the error, at 4. */
export function head_samples_head_read_matrix(
	self: usize,
	series: usize,
	count: usize,
	start: f64,
	step: u32,
	columns: u32,
): usize {
	const cells = <u64>count * <u64>columns;
	if (step === 0 || cells > MAX_CELLS) {
		store<u8>(RESULT, 1);
		store<u8>(RESULT, 0, 4);
	} else {
		const matrix = allocate((<usize>cells) << 3);
		readRows(changetype<Head>(self), series, count, start, step, columns, matrix);
		store<u8>(RESULT, 0);
		storeColumn(4, matrix, <usize>cells);
	}
	release(series, count);
	return RESULT;
}

export function head_samples_head_read_matrix_post(result: usize): void {
	if (load<u8>(result) === 0) releaseList(4);
}

/** record chunk-rows: four lists. */
export function head_samples_head_cut(self: usize, beforeHour: u32, maxChunks: u32): usize {
	cutHead(changetype<Head>(self), beforeHour, maxChunks);
	storeColumn(0, numbers, rows);
	storeColumn(8, hours, rows);
	storeList(16, output, written());
	storeColumn(24, chunkEnds, rows);
	return RESULT;
}

export function head_samples_head_cut_post(_result: usize): void {
	releaseOutput();
	releaseList(0);
	releaseList(8);
	releaseList(24);
}

/** record head-statistics: four numbers from 0, three of 64 bits from 16. */
export function head_samples_head_statistics(self: usize): usize {
	const head = changetype<Head>(self);
	store<u32>(RESULT, head.table.count, 0);
	store<u32>(RESULT, head.samples, 4);
	store<u32>(RESULT, head.budget.used, 8);
	store<u32>(RESULT, head.budget.most, 12);
	store<u64>(RESULT, head.late, 16);
	store<u64>(RESULT, head.replaced, 24);
	store<u64>(RESULT, head.dropped, 32);
	return RESULT;
}
