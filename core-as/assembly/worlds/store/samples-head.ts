import { ABSENT } from '../../codecs/chunk-section';
import { MAX_COLLECTED } from '../../codecs/sample-runs';
import { Budget, closePool, createPool, giveRecord, RecordPool, takeRecord } from './record-pool';
import { BLOCK_SIZE, Group, giveBlocks, needsOrder, pushSample, putInOrder, setBits } from './sample-blocks';
import {
	addSeries,
	closeSeriesTable,
	createSeriesTable,
	removeSeries,
	Series,
	SeriesTable,
	seriesOf,
} from './series-table';

// Samples of many series that are not in chunks yet: a table of series, their hours, and the samples in blocks, all
// of it out of one budget.

export const HOUR: f64 = 3_600_000;
const LEAST_BYTES: u32 = 1 << 20;
const MOST_BYTES: u32 = 1 << 28;

@unmanaged
export class Head {
	budget: Budget;
	table: SeriesTable;
	groups: RecordPool;
	blocks: RecordPool;
	samples: u32;
	late: u64;
	replaced: u64;
	dropped: u64;
	/** Numbers of series that a cut is to visit, rising, and how far it is. */
	order: usize;
	orderCount: u32;
	orderAt: u32;
}

export function openHead(maxBytes: u32): Head {
	const budget = changetype<Budget>(heap.alloc(offsetof<Budget>()));
	budget.used = 0;
	budget.most = max(LEAST_BYTES, min(maxBytes, MOST_BYTES));
	const head = changetype<Head>(heap.alloc(offsetof<Head>()));
	memory.fill(changetype<usize>(head), 0, offsetof<Head>());
	head.budget = budget;
	head.table = createSeriesTable(budget);
	head.groups = createPool(<u32>offsetof<Group>(), budget);
	head.blocks = createPool(BLOCK_SIZE, budget);
	return head;
}

export function closeHead(head: Head): void {
	closeSeriesTable(head.table);
	closePool(head.groups);
	closePool(head.blocks);
	heap.free(changetype<usize>(head.budget));
	if (head.order !== 0) heap.free(head.order);
	heap.free(changetype<usize>(head));
}

/** Takes one sample at an integer time in [0, 2^53); false when the budget is spent. */
export function takeSample(head: Head, number: u32, timestamp: f64, bits: u64): bool {
	let hour = <u32>(timestamp / HOUR);
	// The quotient of a time far away may be rounded up to the next hour.
	if (<f64>hour * HOUR > timestamp) hour--;
	const record = groupOf(head, number, hour);
	if (record === 0) return false;
	const group = changetype<Group>(record);
	const time = <u32>(timestamp - <f64>hour * HOUR);
	if (group.samples === 0) {
		group.lastTime = time;
		group.ordered = 1;
	} else if (group.ordered === group.samples && time > group.lastTime) {
		// Fast path: the next sample.
		if (!pushSample(group, time, bits, head.blocks)) return false;
		group.lastTime = time;
		group.ordered++;
		head.samples++;
		return true;
	} else if (group.ordered === group.samples && time === group.lastTime) {
		if (bits !== ABSENT) setBits(group.last, group.used - 1, bits);
		head.replaced++;
		return true;
	} else {
		if (needsOrder(group) || group.samples === MAX_COLLECTED) orderGroup(head, group);
		if (group.samples === MAX_COLLECTED) {
			head.dropped++;
			return true;
		}
		head.late++;
	}
	if (!pushSample(group, time, bits, head.blocks)) return false;
	head.samples++;
	return true;
}

export function orderGroup(head: Head, group: Group): void {
	const gone = putInOrder(group, head.blocks);
	head.samples -= gone;
	head.replaced += gone;
}

/** The series' samples of an hour, made when there are none; 0 when the budget is spent. */
function groupOf(head: Head, number: u32, hour: u32): usize {
	let found = seriesOf(head.table, number);
	if (found !== 0) {
		const newest = changetype<Group>(changetype<Series>(found).newest);
		if (newest.hour === hour) return changetype<usize>(newest);
	}
	const isNew = found === 0;
	let before: usize = 0;
	let after: usize = 0;
	if (!isNew) {
		const series = changetype<Series>(found);
		// Mostly the hour is the next one.
		if (changetype<Group>(series.newest).hour < hour) before = series.newest;
		else {
			after = series.oldest;
			while (changetype<Group>(after).hour < hour) {
				before = after;
				after = changetype<Group>(after).next;
			}
			if (changetype<Group>(after).hour === hour) return after;
		}
	}
	const group = makeGroup(head, hour, after);
	if (group === 0) return 0;
	if (isNew) found = addSeries(head.table, number);
	if (found === 0) {
		giveGroup(head, changetype<Group>(group));
		return 0;
	}
	const series = changetype<Series>(found);
	if (before === 0) series.oldest = group;
	else changetype<Group>(before).next = group;
	if (after === 0) series.newest = group;
	return group;
}

/** A group with one empty block, or 0. */
function makeGroup(head: Head, hour: u32, next: usize): usize {
	const record = takeRecord(head.groups);
	if (record === 0) return 0;
	const block = takeRecord(head.blocks);
	if (block === 0) {
		giveRecord(head.groups, record);
		return 0;
	}
	store<usize>(block, 0);
	memory.fill(record, 0, offsetof<Group>());
	const group = changetype<Group>(record);
	group.hour = hour;
	group.next = next;
	group.first = block;
	group.last = block;
	return record;
}

function giveGroup(head: Head, group: Group): void {
	giveBlocks(group.first, head.blocks);
	giveRecord(head.groups, changetype<usize>(group));
}

/** Removes the oldest hour of a series; returns the next one, or 0 when the series is gone with it. */
export function removeOldest(head: Head, series: Series): usize {
	const group = changetype<Group>(series.oldest);
	const next = group.next;
	head.samples -= group.samples;
	giveGroup(head, group);
	series.oldest = next;
	if (next === 0) removeSeries(head.table, series.number);
	return next;
}
