import { freeList, List, reserve } from '../../abi/list';
import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { releaseBuckets, startBuckets } from '../../codecs/buckets';
import { collectGroup, startGroups } from '../../codecs/chunk-groups';
import { addHour, isTierStep, MAX_STEPS, startDay, storeDay } from '../../codecs/day-buckets';
import { copyChunk, mergedChunks, mergedEnds, startMerged, writeCollected } from '../../codecs/merged-chunks';
import { chunkIndex, refusals, refused } from '../../codecs/packed-chunks';
import { output, overflowed, releaseOutput, startOutput, written } from '../../codecs/row-writer';
import { collected } from '../../codecs/sample-runs';
import { TIER_COLUMNS } from '../../codecs/tier-columns';
import { maxTierRowSize } from '../../codecs/tier-row';
import { MAX_ROW_SAMPLES, readTierRow } from '../../codecs/tier-row-read';
import { storeColumn } from './columns';

const BAD_SHAPE: i32 = 0;
const TOO_LARGE: i32 = 1;
const FINE: i32 = -1;
/** Bound of the rows of one step in one call. */
const MAX_TIER_BYTES: u32 = 32 * 1024 * 1024;
/** Bound of rows that are read in one call: 32 MiB of columns. */
const MAX_ROWS: usize = 4096;
const DAY_HOURS: u32 = 24;

const LIST: usize = offsetof<List>();
/** Rows of each step, back to back. */
const rows: usize = memory.data(4 * 16, 4);
/** Prefix ends of the rows of all steps, in the list that they become. */
let rowEnds: usize = 0;

function rowsOf(step: usize): List {
	return changetype<List>(rows + step * LIST);
}

/** result<closed, tier-error>: discriminant at 0; six lists from 4, or the error at 4. */
export function tiers_close_day(
	data: usize,
	size: usize,
	ends: usize,
	chunks: usize,
	groupEnds: usize,
	groups: usize,
	hours: usize,
	hourCount: usize,
	seriesEnds: usize,
	series: usize,
	steps: usize,
	stepCount: usize,
): usize {
	let fault = FINE;
	if (
		groups !== hourCount ||
		!areSeries(seriesEnds, series, hours, groups) ||
		!areSteps(steps, stepCount) ||
		!startGroups(data, size, ends, chunks, groupEnds, groups)
	)
		fault = BAD_SHAPE;
	else {
		startOutput(size);
		startMerged(chunks);
		startBuckets();
		const closedEnds = allocate(groups << 2);
		rowEnds = allocate((series * stepCount) << 2);
		for (let i: usize = 0; i < stepCount; i++) startRows(i);
		let group: usize = 0;
		for (let i: usize = 0; i < series && fault === FINE; i++) {
			startDay();
			const end = <usize>load<u32>(seriesEnds + (i << 2));
			for (; group < end && fault === FINE; group++) {
				const at = group << 2;
				fault = closeHour(load<u32>(groupEnds + at), <u32>load<u8>(hours + group), steps, stepCount);
				store<u32>(closedEnds + at, <u32>mergedChunks);
			}
			for (let step: usize = 0; step < stepCount && fault === FINE; step++) {
				fault = writeDay(step);
				store<u32>(rowEnds + ((step * series + i) << 2), rowsOf(step).used);
			}
		}
		releaseBuckets();
		if (fault === FINE) {
			storeList(4, output, written());
			storeColumn(12, mergedEnds, mergedChunks);
			storeColumn(20, closedEnds, groups);
			storeColumn(28, refused, refusals);
			joinRows(series, stepCount);
		} else {
			releaseOutput();
			heap.free(mergedEnds);
			heap.free(closedEnds);
			heap.free(refused);
			heap.free(rowEnds);
		}
		for (let i: usize = 0; i < stepCount; i++) freeList(rowsOf(i));
	}
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) store<u8>(RESULT, <u8>fault, 4);
	release(data, size);
	release(ends, chunks);
	release(groupEnds, groups);
	release(hours, hourCount);
	release(seriesEnds, series);
	release(steps, stepCount);
	return RESULT;
}

export function tiers_close_day_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseOutput();
	for (let offset: usize = 12; offset < 52; offset += 8) releaseList(offset);
}

/** True when ends of series rise to the last group, and hours rise within each. */
function areSeries(seriesEnds: usize, series: usize, hours: usize, groups: usize): bool {
	let start: usize = 0;
	for (let i: usize = 0; i < series; i++) {
		const end = <usize>load<u32>(seriesEnds + (i << 2));
		if (end < start || end > groups) return false;
		let next: u32 = 0;
		for (; start < end; start++) {
			const hour = <u32>load<u8>(hours + start);
			if (hour < next || hour >= DAY_HOURS) return false;
			next = hour + 1;
		}
	}
	return start === groups;
}

function areSteps(steps: usize, count: usize): bool {
	if (count > MAX_STEPS) return false;
	for (let i: usize = 0; i < count; i++) {
		if (!isTierStep(load<u32>(steps + (i << 2)))) return false;
	}
	return true;
}

function startRows(step: usize): void {
	memory.fill(rows + step * LIST, 0, LIST);
	rowsOf(step).width = 1;
}

/** The chunks up to `end`: those of an hour of one series. */
function closeHour(end: u32, hour: u32, steps: usize, stepCount: usize): i32 {
	const isAlone = end - chunkIndex === 1;
	if (!collectGroup(end)) return TOO_LARGE;
	if (!isAlone) writeCollected();
	else if (collected > 0) copyChunk();
	if (overflowed) return TOO_LARGE;
	for (let i: usize = 0; i < stepCount; i++) addHour(i, load<u32>(steps + (i << 2)), hour);
	return FINE;
}

function writeDay(step: usize): i32 {
	const list = rowsOf(step);
	reserve(list, <u32>maxTierRowSize());
	const from = list.at + <usize>list.used;
	list.used += <u32>(storeDay(step, from) - from);
	return list.used > MAX_TIER_BYTES ? TOO_LARGE : FINE;
}

/** Stores the rows of all steps as two lists from 36. */
function joinRows(series: usize, stepCount: usize): void {
	let size: usize = 0;
	for (let i: usize = 0; i < stepCount; i++) size += <usize>rowsOf(i).used;
	const joined = allocate(size);
	let at: usize = 0;
	for (let i: usize = 0; i < stepCount; i++) {
		const list = rowsOf(i);
		if (list.used > 0) memory.copy(joined + at, list.at, <usize>list.used);
		for (let k: usize = i * series; k < (i + 1) * series; k++) {
			store<u32>(rowEnds + (k << 2), <u32>at + load<u32>(rowEnds + (k << 2)));
		}
		at += <usize>list.used;
	}
	storeColumn(36, joined, size);
	storeColumn(44, rowEnds, series * stepCount);
}

/** result<columns, tier-error>: discriminant at 0; four lists from 4, or the error at 4. */
export function tiers_read(data: usize, size: usize, ends: usize, rowCount: usize, column: u32): usize {
	const isFine = rowCount <= MAX_ROWS && column < TIER_COLUMNS;
	if (isFine) {
		// A row is decoded in whole groups of eight.
		const room = ((rowCount * <usize>MAX_ROW_SAMPLES) << 3) + 64;
		const times = allocate(room);
		const values = allocate(room);
		const sampleEnds = allocate(rowCount << 2);
		const refusedRows = allocate(rowCount << 2);
		let samples: usize = 0;
		let refusedCount: usize = 0;
		let start: u32 = 0;
		for (let i: usize = 0; i < rowCount; i++) {
			const end = load<u32>(ends + (i << 2));
			let found: i32 = -1;
			if (end >= start && end <= <u32>size) {
				const at = samples << 3;
				found = readTierRow(data + <usize>start, data + <usize>end, column, times + at, values + at);
				start = end;
			}
			if (found < 0) {
				store<u32>(refusedRows + (refusedCount << 2), <u32>i);
				refusedCount++;
			} else samples += <usize>found;
			store<u32>(sampleEnds + (i << 2), <u32>samples);
		}
		storeColumn(4, times, samples);
		storeColumn(12, values, samples);
		storeColumn(20, sampleEnds, rowCount);
		storeColumn(28, refusedRows, refusedCount);
	}
	store<u8>(RESULT, isFine ? 0 : 1);
	if (!isFine) store<u8>(RESULT, <u8>BAD_SHAPE, 4);
	release(data, size);
	release(ends, rowCount);
	return RESULT;
}

export function tiers_read_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	for (let offset: usize = 4; offset < 36; offset += 8) releaseList(offset);
}
