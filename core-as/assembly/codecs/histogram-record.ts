import { allocate, RESULT, release } from '../abi/memory';
import {
	BUCKET_ENDS,
	COLUMNS_SIZE,
	CUSTOM_ENDS,
	HISTOGRAM_ENDS,
	KINDS,
	SCHEMAS,
	SPAN_ENDS,
	SPAN_LENGTHS,
} from './metric-columns';

// The record `native-histograms` of wit/codexray-core/metric-columns.wit on its own: lists as in metric-columns. The record
// of results grows; it lies behind the discriminant of a `result`.

export const RECORD_SIZE: usize = COLUMNS_SIZE - HISTOGRAM_ENDS;
const RECORD: usize = RESULT + 4;
/** Bound of all columns of a result. */
const MAX_BYTES: usize = 192 << 20;

/** Bytes that each list has room for, and lengths to go back to. */
const capacities: usize = memory.data(4 * 20, 16);
const marks: usize = memory.data(4 * 20, 16);
let totalBytes: usize = 0;

export function pointerIn(record: usize, list: usize): usize {
	return load<usize>(record + (list - HISTOGRAM_ENDS));
}

export function lengthIn(record: usize, list: usize): u32 {
	return load<u32>(record + (list - HISTOGRAM_ENDS), 4);
}

/** Releases the lists of a record. */
export function releaseHistograms(record: usize): void {
	for (let at: usize = 0; at < RECORD_SIZE; at += 8) {
		release(load<usize>(record + at), <usize>load<u32>(record + at, 4));
	}
}

/** Elements of a list have `1 << shift` bytes. */
function shiftOf(list: usize): usize {
	if (list === KINDS || list === SCHEMAS) return 0;
	const isWord =
		list === HISTOGRAM_ENDS ||
		list === BUCKET_ENDS ||
		list === CUSTOM_ENDS ||
		(list >= SPAN_ENDS && list <= SPAN_LENGTHS);
	return isWord ? 2 : 3;
}

function capacityOf(list: usize): usize {
	return capacities + ((list - HISTOGRAM_ENDS) >> 1);
}

export function startRecord(): void {
	memory.fill(RECORD, 0, RECORD_SIZE);
	memory.fill(capacities, 0, 80);
	totalBytes = 0;
}

export function resultLength(list: usize): u32 {
	return lengthIn(RECORD, list);
}

export function resultPointer(list: usize): usize {
	return pointerIn(RECORD, list);
}

/**
 * Makes a list `count` elements longer; the address of the first new one, or 0 when the columns would be too large. Of no
 * elements any other. */
export function extendList(list: usize, count: u32): usize {
	if (count === 0) return 8;
	const shift = shiftOf(list);
	const used = (<usize>resultLength(list)) << shift;
	const size = (<usize>count) << shift;
	const capacity = <usize>load<u32>(capacityOf(list));
	if (used + size > capacity) {
		const grown = max(used + size, max(capacity * 2, 1024));
		if (totalBytes - capacity + grown > MAX_BYTES) return 0;
		const pointer = allocate(grown);
		if (capacity > 0) {
			memory.copy(pointer, resultPointer(list), used);
			heap.free(resultPointer(list));
		}
		store<usize>(RECORD + (list - HISTOGRAM_ENDS), pointer);
		store<u32>(capacityOf(list), <u32>grown);
		totalBytes += grown - capacity;
	}
	store<u32>(RECORD + (list - HISTOGRAM_ENDS), resultLength(list) + count, 4);
	return resultPointer(list) + used;
}

/** Notes how long the lists are, for `goBack`. */
export function markLists(): void {
	for (let list = HISTOGRAM_ENDS; list < COLUMNS_SIZE; list += 8) {
		store<u32>(marks + ((list - HISTOGRAM_ENDS) >> 1), resultLength(list));
	}
}

export function goBack(): void {
	for (let list = HISTOGRAM_ENDS; list < COLUMNS_SIZE; list += 8) {
		store<u32>(RECORD + (list - HISTOGRAM_ENDS), load<u32>(marks + ((list - HISTOGRAM_ENDS) >> 1)), 4);
	}
}

/** Frees the lists that stayed empty: the host sees no pointer of them. */
export function endRecord(): void {
	for (let list = HISTOGRAM_ENDS; list < COLUMNS_SIZE; list += 8) {
		if (resultLength(list) === 0 && load<u32>(capacityOf(list)) > 0) heap.free(resultPointer(list));
		if (resultLength(list) === 0) store<usize>(RECORD + (list - HISTOGRAM_ENDS), 8);
	}
}

/** Frees all lists of an unfinished record. */
export function dropRecord(): void {
	for (let list = HISTOGRAM_ENDS; list < COLUMNS_SIZE; list += 8) {
		if (load<u32>(capacityOf(list)) > 0) heap.free(resultPointer(list));
	}
}

/** Frees the lists of the record of results after the host copied it. */
export function releaseRecord(): void {
	releaseHistograms(RECORD);
}
