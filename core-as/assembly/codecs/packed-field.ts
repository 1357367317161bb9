import {
	BYTES,
	CUT,
	cursor,
	expectType,
	FIXED64,
	fail,
	hasFixed64,
	readLength,
	readVarint,
	skipField,
	skipTo,
	VARINT,
	varint,
	wireType,
} from './protobuf-reader';

// Repeated numbers, https://protobuf.dev/programming-guides/encoding/#packed: a field holds one, or a run of them. Its tag
// was just read.

/** How many varints the field holds; -1 on a fault. Skips it. */
export function countNumbers(end: usize, tagStart: usize): i32 {
	if (wireType === VARINT) return readVarint(end) ? 1 : -1;
	if (!expectType(BYTES, tagStart) || !readLength(end)) return -1;
	let count: i32 = 0;
	let p = cursor;
	// Each number ends in a byte below 0x80.
	for (const stop = p + <usize>varint; p < stop; p += 16) {
		const left = stop - p;
		const mask: u32 = left >= 16 ? 0xffff : ((<u32>1) << (<u32>left)) - 1;
		count += popcnt(~(<u32>i8x16.bitmask(v128.load(p))) & mask);
	}
	skipTo(cursor + <usize>varint);
	return count;
}

/** Reads 32-bit numbers, `step` bytes apart from `first` on. Returns the place behind, or 0 on a fault. */
export function readNumbers(end: usize, tagStart: usize, first: usize, step: usize): usize {
	let at = first;
	if (wireType === VARINT) {
		if (!readVarint(end)) return 0;
		store<u32>(at, <u32>varint);
		return at + step;
	}
	if (!expectType(BYTES, tagStart) || !readLength(end)) return 0;
	const stop = cursor + <usize>varint;
	let p = cursor;
	while (p < stop) {
		const pair = <u32>load<u16>(p);
		if ((pair & 0x80) === 0) {
			store<u32>(at, pair & 0x7f);
			p += 1;
		} else if ((pair & 0x8000) === 0 && stop - p >= 2) {
			store<u32>(at, (pair & 0x7f) | ((pair >> 1) & 0x3f80));
			p += 2;
		} else {
			skipTo(p);
			if (!readVarint(stop)) return 0;
			store<u32>(at, <u32>varint);
			p = cursor;
		}
		at += step;
	}
	skipTo(p);
	return at;
}

/** How many floats of 64 bits the field holds; -1 on a fault. Skips it. */
export function countFloats(end: usize, tagStart: usize): i32 {
	if (wireType === FIXED64) return skipField(end) ? 1 : -1;
	if (!expectType(BYTES, tagStart)) return -1;
	const start = cursor;
	if (!readLength(end)) return -1;
	if ((varint & 7) !== 0) {
		fail(CUT, start);
		return -1;
	}
	skipTo(cursor + <usize>varint);
	return <i32>(varint >> 3);
}

/** Copies the floats to `first`. Returns the place behind, or 0 on a fault. */
export function copyFloats(end: usize, first: usize): usize {
	let size: usize = 8;
	if (wireType === BYTES) {
		if (!readLength(end)) return 0;
		size = <usize>varint;
	} else if (!hasFixed64(end)) return 0;
	memory.copy(first, cursor, size);
	skipTo(cursor + size);
	return first + size;
}
