import { areTimes, decodeChunk } from './chunk';
import { chunkCount, FRAME, isSound, SAMPLES_1 } from './chunk-frame';
import { MAX_SAMPLES } from './chunk-section';
import { decodeSection } from './chunk-section-decode';
import { MAX_PARTS, TIER_COLUMNS } from './tier-columns';
import { areFlags, COUNTS, LASTS, restore } from './tier-prediction';
import { PART_HEADER, READ_CHUNKS, TIER_1, TIER_2 } from './tier-row';

// Rows of both versions. Every field is checked before it is used.

/** Samples that a row gives at most. */
export const MAX_ROW_SAMPLES: u32 = MAX_SAMPLES * MAX_PARTS;
const REFUSED: i32 = -1;
/** In the place of a length in version 1. */
const SAME_AS: u32 = 0x8000;
/** Where the chunks of a part of version 1 begin and end. */
const chunks: usize = memory.data(8 * 5, 4);
/** Columns of a part as they are written: 256 samples each and room behind. */
const parted: usize = memory.data(5 * 8 * 272, 16);
const PARTED_STRIDE: usize = 8 * 272;

/**
 * Decodes one column of the row at `p` with its times, up to MAX_ROW_SAMPLES and 8 more; returns how many samples it has, or a number
 * below 0 for a row that breaks the layout. A row of another kind, or one that keeps nothing, has none.
 */
export function readTierRow(p: usize, end: usize, column: u32, times: usize, values: usize): i32 {
	if (end - p < 2) return REFUSED;
	const version = <u32>load<u8>(p);
	const parts = <u32>load<u8>(p, 1);
	if ((version !== TIER_1 && version !== TIER_2) || parts === READ_CHUNKS) return 0;
	if (version === TIER_1) return readFirst(p, end, parts, column, times, values);
	return readSecond(p, end, parts + 1, column, times, values);
}

/** True when the `count` times from `at` on go on where those before end. */
function goOn(times: usize, at: usize, count: u32): bool {
	const from = times + (at << 3);
	if (!areTimes(from, count)) return false;
	return at === 0 || load<f64>(from - 8) < load<f64>(from);
}

function readFirst(p: usize, end: usize, parts: u32, column: u32, times: usize, values: usize): i32 {
	let length = p + 2;
	const lengths = <usize>(2 * TIER_COLUMNS * parts);
	if (parts > MAX_PARTS || end - length < lengths) return REFUSED;
	let at = length + lengths;
	let total: usize = 0;
	for (let part: u32 = 0; part < parts; part++) {
		for (let i: u32 = 0; i < TIER_COLUMNS; i++) {
			const size = <u32>load<u16>(length);
			const place = chunks + ((<usize>i) << 3);
			length += 2;
			if ((size & SAME_AS) !== 0) {
				const earlier = size & ~SAME_AS;
				if (earlier >= i) return REFUSED;
				store<u64>(place, load<u64>(chunks + ((<usize>earlier) << 3)));
				continue;
			}
			if (<usize>size > end - at) return REFUSED;
			store<usize>(place, at);
			at += <usize>size;
			store<usize>(place, at, 4);
		}
		const chunk = load<usize>(chunks + ((<usize>column) << 3));
		const behind = load<usize>(chunks + ((<usize>column) << 3), 4);
		const count = chunkCount(chunk, behind, SAMPLES_1);
		const samples = total << 3;
		if (count === 0 || !decodeChunk(chunk, behind, count, 0, times + samples, values + samples))
			return REFUSED;
		if (!goOn(times, total, count)) return REFUSED;
		total += <usize>count;
	}
	return at === end ? <i32>total : REFUSED;
}

function readSecond(p: usize, end: usize, parts: u32, column: u32, times: usize, values: usize): i32 {
	if (parts > MAX_PARTS || end - p <= FRAME || !isSound(p, end)) return REFUSED;
	p += FRAME;
	let total: usize = 0;
	for (let part: u32 = 0; part < parts; part++) {
		if (end - p < PART_HEADER) return REFUSED;
		const count = <u32>load<u8>(p) + 1;
		const flags = <u32>load<u8>(p, 1);
		const same = <u32>load<u16>(p, 2);
		const samples = total << 3;
		const wanted = ownColumn(same, column);
		const counts = ownColumn(same, COUNTS);
		if (!areFlags(flags) || wanted < 0 || counts < 0) return REFUSED;
		p = decodeSection(p + PART_HEADER, end, count, times + samples);
		if (p === 0 || !goOn(times, total, count)) return REFUSED;
		for (let i: u32 = 0; i < TIER_COLUMNS; i++) {
			if (earlierColumn(same, i) !== 0) continue;
			p = decodeSection(p, end, count, partedColumn(i));
			if (p === 0) return REFUSED;
		}
		const own = partedColumn(<u32>wanted);
		restore(flags, column, count, partedColumn(LASTS), own, partedColumn(<u32>counts), values + samples);
		total += <usize>count;
	}
	return p === end ? <i32>total : REFUSED;
}

function partedColumn(column: u32): usize {
	return parted + <usize>column * PARTED_STRIDE;
}

/** 0, or 1 more than the column that this one repeats. */
function earlierColumn(same: u32, column: u32): u32 {
	return column === 0 ? 0 : (same >> (4 * (column - 1))) & 15;
}

/** The column that holds what `column` would; below 0 when it repeats one that does not come before it. */
function ownColumn(same: u32, column: u32): i32 {
	let earlier = earlierColumn(same, column);
	while (earlier !== 0) {
		if (earlier > column) return REFUSED;
		column = earlier - 1;
		earlier = earlierColumn(same, column);
	}
	return <i32>column;
}
