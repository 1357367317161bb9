import { FRAME, storeFrame } from './chunk-frame';
import { maxSectionSize } from './chunk-section';
import { encodeSection } from './chunk-section-encode';
import { COLUMN_STRIDE, MAX_PARTS, PART, TIER_COLUMNS } from './tier-columns';
import { predict, predicted } from './tier-prediction';

// What one tier keeps of one series and day: [frame], then part by part [count - 1][flags][same, 2 bytes]
// [section of times][sections of columns]. Layout in docs/formats.md, "Tier row".

export const TIER_1: u32 = 0xe1;
export const TIER_2: u32 = 0xe2;
/** In the place of the number of parts: nothing is kept, the chunks have to be read. */
export const READ_CHUNKS: u32 = 0xff;
export const PART_HEADER: usize = 4;

/** Bytes that a row can never exceed. */
export function maxTierRowSize(): usize {
	return FRAME + <usize>MAX_PARTS * (PART_HEADER + (1 + <usize>TIER_COLUMNS) * maxSectionSize(PART));
}

/** The row that says that nothing is kept; returns the first byte behind it. */
export function storeUnkept(to: usize): usize {
	store<u8>(to, <u8>TIER_2);
	store<u8>(to, <u8>READ_CHUNKS, 1);
	return to + 2;
}

/**
 * Writes the row of `count` (1 to MAX_DAY_BUCKETS) buckets: columns of f64 at `columns`, COLUMN_STRIDE apart, times since the start of the
 * day first. Returns the first byte behind it.
 */
export function encodeTierRow(columns: usize, count: u32, to: usize): usize {
	let p = to + FRAME;
	let parts: u32 = 0;
	for (let from: u32 = 0; from < count; from += PART) {
		p = encodePart(columns + ((<usize>from) << 3), min(count - from, PART), p);
		parts++;
	}
	storeFrame(to, TIER_2, parts, p);
	return p;
}

/** `times`, with the columns behind them. */
function encodePart(times: usize, count: u32, to: usize): usize {
	let columns = times + COLUMN_STRIDE;
	const flags = predict(columns, count);
	if (flags !== 0) columns = predicted();
	store<u8>(to, <u8>(count - 1));
	store<u8>(to, <u8>flags, 1);
	let p = encodeSection(times, count, to + PART_HEADER);
	let same: u32 = 0;
	for (let i: u32 = 0; i < TIER_COLUMNS; i++) {
		const earlier = sameColumn(columns, i, count);
		if (earlier === i) p = encodeSection(columns + <usize>i * COLUMN_STRIDE, count, p);
		else same |= (earlier + 1) << (4 * (i - 1));
	}
	store<u16>(to, <u16>same, 2);
	return p;
}

/** The first column with the same bits: the last of a counter is its highest, and of a constant all are one. */
function sameColumn(columns: usize, column: u32, count: u32): u32 {
	const bytes = (<usize>count) << 3;
	const own = columns + <usize>column * COLUMN_STRIDE;
	let i: u32 = 0;
	while (i < column && memory.compare(columns + <usize>i * COLUMN_STRIDE, own, bytes) !== 0) i++;
	return i;
}
