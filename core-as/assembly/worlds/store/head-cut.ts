import { allocate } from '../../abi/memory';
import { encodeChunk, maxChunkSize } from '../../codecs/chunk';
import { MAX_SAMPLES } from '../../codecs/chunk-section';
import { beginRoom, endRoom, startOutput, written } from '../../codecs/row-writer';
import { MAX_COLLECTED } from '../../codecs/sample-runs';
import { BLOCK_SAMPLES, bitsAt, Group, nextBlock, timeAt } from './sample-blocks';
import { Head, orderGroup, removeOldest } from './samples-head';
import { Series, seriesIn, seriesOf } from './series-table';

// Takes closed hours out of a head, as chunks by series and hour.

/** Bound of `maxChunks`; a last series and hour may go beyond it by what it becomes. */
const MOST_CHUNKS: u32 = 8192;
const ROWS: u32 = MOST_CHUNKS + MAX_COLLECTED / MAX_SAMPLES;

/** Columns of the rows that were cut; the chunks are in row-writer. */
export let numbers: usize = 0;
export let hours: usize = 0;
export let chunkEnds: usize = 0;
export let rows: usize = 0;

const times: usize = memory.data(8 * 264, 16);
const values: usize = memory.data(8 * 264, 16);

export function cutHead(head: Head, beforeHour: u32, maxChunks: u32): void {
	const most = <usize>max(1, min(maxChunks, MOST_CHUNKS));
	startOutput(0);
	numbers = allocate((<usize>ROWS) << 2);
	hours = allocate((<usize>ROWS) << 2);
	chunkEnds = allocate((<usize>ROWS) << 2);
	rows = 0;
	// Twice, because what came meanwhile into series that were visited already is for another round.
	for (let round = 0; round < 2 && rows === 0; round++) {
		if (head.orderAt === head.orderCount) listSeries(head, beforeHour);
		while (head.orderAt < head.orderCount) {
			const number = load<u32>(head.order + ((<usize>head.orderAt) << 2));
			if (!cutSeries(head, number, beforeHour, most)) break;
			head.orderAt++;
		}
	}
}

/** Cuts the closed hours of a series; false when the rows are full. */
function cutSeries(head: Head, number: u32, beforeHour: u32, most: usize): bool {
	const record = seriesOf(head.table, number);
	if (record === 0) return true;
	const series = changetype<Series>(record);
	let oldest = series.oldest;
	while (oldest !== 0) {
		const group = changetype<Group>(oldest);
		if (group.hour >= beforeHour) return true;
		orderGroup(head, group);
		const chunks = <usize>((group.samples + MAX_SAMPLES - 1) / MAX_SAMPLES);
		if (rows > 0 && rows + chunks > most) return false;
		writeGroup(number, group);
		oldest = removeOldest(head, series);
	}
	return true;
}

function writeGroup(number: u32, group: Group): void {
	let block = group.first;
	let inBlock: u32 = 0;
	for (let left = group.samples; left > 0; ) {
		const count = min(left, MAX_SAMPLES);
		for (let i: u32 = 0; i < count; i++) {
			if (inBlock === BLOCK_SAMPLES) {
				block = nextBlock(block);
				inBlock = 0;
			}
			store<f64>(times + ((<usize>i) << 3), <f64>timeAt(block, inBlock));
			store<u64>(values + ((<usize>i) << 3), bitsAt(block, inBlock));
			inBlock++;
		}
		endRoom(encodeChunk(times, values, count, beginRoom(maxChunkSize(count))));
		const row = rows << 2;
		store<u32>(numbers + row, number);
		store<u32>(hours + row, group.hour);
		store<u32>(chunkEnds + row, <u32>written());
		rows++;
		left -= count;
	}
}

/** Notes the series that have samples of closed hours. */
function listSeries(head: Head, beforeHour: u32): void {
	const table = head.table;
	if (head.order !== 0) heap.free(head.order);
	const bytes = (<usize>table.count) << 2;
	head.order = allocate(bytes);
	head.orderAt = 0;
	let found: u32 = 0;
	for (let slot: u32 = 0; slot < table.capacity; slot++) {
		const record = seriesIn(table, slot);
		if (record === 0) continue;
		const series = changetype<Series>(record);
		if (changetype<Group>(series.oldest).hour >= beforeHour) continue;
		store<u32>(head.order + ((<usize>found) << 2), series.number);
		found++;
	}
	head.orderCount = found;
	sortNumbers(head.order, found);
}

const counts: usize = memory.data(4 * 256, 16);

/** Radix sort of u32, a byte a round, lowest first. */
function sortNumbers(list: usize, count: u32): void {
	const spare = allocate((<usize>count) << 2);
	let from = list;
	let to = spare;
	for (let shift: u32 = 0; shift < 32; shift += 8) {
		memory.fill(counts, 0, 1024);
		for (let i: usize = 0; i < <usize>count; i++) {
			const place = counts + ((<usize>((load<u32>(from + (i << 2)) >> shift) & 255)) << 2);
			store<u32>(place, load<u32>(place) + 1);
		}
		let start: u32 = 0;
		for (let byte: usize = 0; byte < 256; byte++) {
			const size = load<u32>(counts + (byte << 2));
			store<u32>(counts + (byte << 2), start);
			start += size;
		}
		for (let i: usize = 0; i < <usize>count; i++) {
			const number = load<u32>(from + (i << 2));
			const place = counts + ((<usize>((number >> shift) & 255)) << 2);
			const at = load<u32>(place);
			store<u32>(place, at + 1);
			store<u32>(to + ((<usize>at) << 2), number);
		}
		const swapped = from;
		from = to;
		to = swapped;
	}
	// After four rounds the numbers are where they were.
	heap.free(spare);
}
