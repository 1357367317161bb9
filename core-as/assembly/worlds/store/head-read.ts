import { allocate } from '../../abi/memory';
import { fillAbsent } from '../../codecs/chunk-matrix';
import { ABSENT } from '../../codecs/chunk-section';
import { BLOCK_SAMPLES, bitsAt, Group, nextBlock, timeAt } from './sample-blocks';
import { Head, HOUR, orderGroup } from './samples-head';
import { Series, seriesOf } from './series-table';

// Reads samples of many series out of a head.

/** Bound of one read as columns: 128 MiB. */
const MOST_SAMPLES: u32 = 1 << 23;

export let readTimes: usize = 0;
export let readValues: usize = 0;
export let readCount: u32 = 0;

let from: f64 = 0;
let to: f64 = 0;

/** Samples in [start, end] of `count` series, one after the other; false when they may be too many. */
export function readColumns(
	head: Head,
	numbers: usize,
	count: usize,
	start: f64,
	end: f64,
	ends: usize,
): bool {
	from = start;
	to = end;
	let most: u32 = 0;
	for (let i: usize = 0; i < count; i++) {
		let group = firstGroup(head, load<u32>(numbers + (i << 2)));
		for (; group !== 0; group = nextGroup(group)) {
			orderGroup(head, changetype<Group>(group));
			most += changetype<Group>(group).samples;
			if (most > MOST_SAMPLES) return false;
		}
	}
	readTimes = allocate((<usize>most) << 3);
	readValues = allocate((<usize>most) << 3);
	readCount = 0;
	for (let i: usize = 0; i < count; i++) {
		let group = firstGroup(head, load<u32>(numbers + (i << 2)));
		for (; group !== 0; group = nextGroup(group)) readGroup(changetype<Group>(group));
		store<u32>(ends + (i << 2), readCount);
	}
	return true;
}

/** The first hour of a series that may have samples in the range, or 0. */
function firstGroup(head: Head, number: u32): usize {
	const record = seriesOf(head.table, number);
	if (record === 0) return 0;
	let group = changetype<Series>(record).oldest;
	while (group !== 0 && <f64>changetype<Group>(group).hour * HOUR + HOUR <= from) {
		group = changetype<Group>(group).next;
	}
	return inRange(group);
}

function nextGroup(group: usize): usize {
	return inRange(changetype<Group>(group).next);
}

function inRange(group: usize): usize {
	return group !== 0 && <f64>changetype<Group>(group).hour * HOUR <= to ? group : 0;
}

function readGroup(group: Group): void {
	const hour = <f64>group.hour * HOUR;
	let block = group.first;
	for (let left = group.samples; left > 0; ) {
		const here = min(left, BLOCK_SAMPLES);
		for (let i: u32 = 0; i < here; i++) {
			const time = hour + <f64>timeAt(block, i);
			if (!(time >= from && time <= to)) continue;
			const at = (<usize>readCount) << 3;
			store<f64>(readTimes + at, time);
			store<u64>(readValues + at, bitsAt(block, i));
			readCount++;
		}
		block = nextBlock(block);
		left -= here;
	}
}

/** The last sample of each step from `start` on, `columns` f64 a series at `row`. */
export function readRows(
	head: Head,
	numbers: usize,
	count: usize,
	start: f64,
	step: u32,
	columns: u32,
	row: usize,
): void {
	from = start;
	to = start + <f64>step * <f64>columns;
	for (let i: usize = 0; i < count; i++) {
		const behind = row + ((<usize>columns) << 3);
		fillAbsent(row, behind);
		let group = firstGroup(head, load<u32>(numbers + (i << 2)));
		for (; group !== 0; group = nextGroup(group)) {
			orderGroup(head, changetype<Group>(group));
			fillRow(changetype<Group>(group), <f64>step, <f64>columns, row);
		}
		row = behind;
	}
}

function fillRow(group: Group, step: f64, columns: f64, row: usize): void {
	const hour = <f64>group.hour * HOUR;
	let block = group.first;
	for (let left = group.samples; left > 0; ) {
		const here = min(left, BLOCK_SAMPLES);
		for (let i: u32 = 0; i < here; i++) {
			const column = floor((hour + <f64>timeAt(block, i) - from) / step);
			const bits = bitsAt(block, i);
			if (column >= 0 && column < columns && bits !== ABSENT) store<u64>(row + ((<usize>column) << 3), bits);
		}
		block = nextBlock(block);
		left -= here;
	}
}
