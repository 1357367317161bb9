// Reading protobuf wire format, https://protobuf.dev/programming-guides/encoding/. State is global: one reader, no allocation.
// The rule of this file: never test `p + n > end`, which can wrap; test `<u64>n > <u64>(end - p)`.

export const FINE: i32 = -1;
/** The order is that of `decode-reason` in wit/. */
export const CUT: i32 = 0;
export const BAD_WIRE_TYPE: i32 = 1;
export const BAD_VARINT: i32 = 2;
export const TOO_MANY: i32 = 3;

export const VARINT: u32 = 0;
export const FIXED64: u32 = 1;
export const BYTES: u32 = 2;
export const FIXED32: u32 = 5;

/** The next byte to read. */
export let cursor: usize = 0;
/** FINE, or why reading stopped at `cursor`. */
export let fault: i32 = FINE;
/** The value of the last varint. */
export let varint: u64 = 0;
/** The last field's number and wire type. */
export let field: u32 = 0;
export let wireType: u32 = 0;

export function startAt(pointer: usize): void {
	cursor = pointer;
	fault = FINE;
}

export function fail(reason: i32, at: usize): void {
	fault = reason;
	cursor = at;
}

/** Reads a varint of at most 10 bytes into `varint`; false when it is cut or does not fit 64 bits. */
export function readVarint(end: usize): bool {
	const start = cursor;
	let p = start;
	// Fast path: tags and most lengths are one byte.
	if (p < end) {
		const byte = <u64>load<u8>(p);
		if (byte < 0x80) {
			varint = byte;
			cursor = p + 1;
			return true;
		}
	}
	let value: u64 = 0;
	let shift: u64 = 0;
	while (p < end) {
		const byte = <u64>load<u8>(p++);
		if (shift === 63 && byte > 1) {
			fail(BAD_VARINT, start);
			return false;
		}
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			varint = value;
			cursor = p;
			return true;
		}
		shift += 7;
	}
	fail(CUT, start);
	return false;
}

/** Bits of VARINT, FIXED64, BYTES, FIXED32. */
const FAST_TYPES: u32 = 0b100111;

/** Reads a tag into `field` and `wireType`; false on a tag that no field can have (groups included). */
export function readTag(end: usize): bool {
	const start = cursor;
	// Fast path: one byte, one of the four wire types.
	if (start < end) {
		const byte = <u32>load<u8>(start);
		if (byte >= 8 && byte < 0x80 && ((1 << (byte & 7)) & FAST_TYPES) !== 0) {
			field = byte >> 3;
			wireType = byte & 7;
			cursor = start + 1;
			return true;
		}
	}
	if (!readVarint(end)) return false;
	const tag = varint;
	if (tag >> 32 !== 0 || tag >> 3 === 0) {
		fail(BAD_WIRE_TYPE, start);
		return false;
	}
	field = <u32>(tag >> 3);
	wireType = <u32>tag & 7;
	if (wireType > FIXED32 || wireType === 3 || wireType === 4) {
		fail(BAD_WIRE_TYPE, start);
		return false;
	}
	return true;
}

/** Reads the length of a nested field into `varint`; the bytes are sure to lie before `end`. */
export function readLength(end: usize): bool {
	const start = cursor;
	if (!readVarint(end)) return false;
	if (varint > <u64>(end - cursor)) {
		fail(CUT, start);
		return false;
	}
	return true;
}

/** Reads 8 bytes; call only after `hasFixed64`. */
export function hasFixed64(end: usize): bool {
	if (end - cursor < 8) {
		fail(CUT, cursor);
		return false;
	}
	return true;
}

export function takeFixed64(): u64 {
	const value = load<u64>(cursor);
	cursor += 8;
	return value;
}

/** Goes on at a place that the caller checked. */
export function skipTo(pointer: usize): void {
	cursor = pointer;
}

export function skipBytes(count: usize): void {
	cursor += count;
}

/** Skips the value of the field that `readTag` just read. */
export function skipField(end: usize): bool {
	if (wireType === VARINT) return readVarint(end);
	if (wireType === BYTES) {
		if (!readLength(end)) return false;
		cursor += <usize>varint;
		return true;
	}
	const size: usize = wireType === FIXED64 ? 8 : 4;
	if (end - cursor < size) {
		fail(CUT, cursor);
		return false;
	}
	cursor += size;
	return true;
}

/** True when the field just read has the wire type its schema says, else fails at its tag. */
export function expectType(type: u32, tagStart: usize): bool {
	if (wireType === type) return true;
	fail(BAD_WIRE_TYPE, tagStart);
	return false;
}

/**
 * Goes to the next message or text of that number: it begins at `cursor`, and `varint` is its length. False: there is
 * none up to `end`, or reading stopped, which `fault` tells apart.
 */
export function nextField(end: usize, number: u32): bool {
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === number) return expectType(BYTES, tagStart) && readLength(end);
		if (!skipField(end)) return false;
	}
	return false;
}

/** The message or text that `findField` found; empty where there is none. */
export let found: usize = 0;
export let foundSize: usize = 0;

/** Finds a message or text between `start` and `end`, wherever it stands; the last one counts. */
export function findField(start: usize, end: usize, number: u32): bool {
	found = start;
	foundSize = 0;
	cursor = start;
	while (nextField(end, number)) {
		found = cursor;
		foundSize = <usize>varint;
		cursor = found + foundSize;
	}
	return fault === FINE;
}
