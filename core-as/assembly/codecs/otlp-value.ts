import {
	BYTES,
	cursor,
	expectType,
	FINE,
	FIXED64,
	fault,
	field,
	hasFixed64,
	nextField,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	skipTo,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';
import { beginText, endText, overflowed, writeText, writeU8, writeVarUint } from './row-writer';
import { writeBase64, writeBool, writeDouble, writeInteger, writeJsonString, writeNull } from './value-text';

// AnyValue { string 1; bool 2; int64 3; double 4; ArrayValue 5; KeyValueList 6; bytes 7 }, KeyValue { key 1; AnyValue value 2 },
// ArrayValue { AnyValue values = 1 }, KeyValueList { KeyValue values = 1 }.

const NOTHING: u32 = 0;
const STRING: u32 = 1;
const BOOL: u32 = 2;
const INTEGER: u32 = 3;
const DOUBLE: u32 = 4;
const LIST: u32 = 5;
const MAP: u32 = 6;
const BLOB: u32 = 7;

/** Levels of lists and maps in one value. */
const MAX_DEPTH: u32 = 32;

/** A value was nested deeper than MAX_DEPTH since this was last cleared. */
export let deep: bool = false;

export function clearDeep(): void {
	deep = false;
}

/** The last value that `readAnyValue` read: what it is, where its bytes are, or its 64 bits. */
let kind: u32 = NOTHING;
export let place: usize = 0;
export let length: usize = 0;
let bits: u64 = 0;

/** Reads the AnyValue from `cursor` to `end`; where several are set, the last one counts. */
function readAnyValue(end: usize): bool {
	kind = NOTHING;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field > BLOB) {
			if (!skipField(end)) return false;
			continue;
		}
		const found = field;
		if (found === BOOL || found === INTEGER) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			bits = varint;
		} else if (found === DOUBLE) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			bits = takeFixed64();
		} else {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			place = cursor;
			length = <usize>varint;
			skipBytes(length);
		}
		kind = found;
	}
	return true;
}

/** Writes the AnyValue at `start` as a String: texts as they are, lists and maps as JSON, bytes as base64. */
export function writeValue(start: usize, size: usize): bool {
	// Fast path: a text alone, with one byte for its length.
	if (size >= 2 && size < 0x82 && load<u8>(start) === 0x0a && <usize>load<u8>(start, 1) === size - 2) {
		writeText(start + 2, size - 2);
		return true;
	}
	if (!readValue(start, size)) return false;
	if (isString()) {
		writeText(place, length);
		return true;
	}
	if (kind === NOTHING) {
		writeVarUint(0);
		return true;
	}
	const begin = beginText();
	const fine = writeReadValue();
	endText(begin);
	return fine;
}

/** Reads the AnyValue at `start`; false when it is none. One of 0 bytes is nothing. */
export function readValue(start: usize, size: usize): bool {
	kind = NOTHING;
	if (size === 0) return true;
	skipTo(start);
	return readAnyValue(start + size);
}

/** Whether what was read is a text, at `place`, of `length` bytes. */
export function isString(): bool {
	return kind === STRING;
}

/** Whether the text of what was read is made of others, which may be anything. */
export function isNested(): bool {
	return kind === LIST || kind === MAP;
}

/** Writes the text of what was read and is no string; false when a part of it is no AnyValue. */
export function writeReadValue(): bool {
	if (kind === BOOL) writeBool(bits !== 0);
	else if (kind === INTEGER) writeInteger(<i64>bits);
	else if (kind === DOUBLE) writeDouble(reinterpret<f64>(bits));
	else if (kind === BLOB) writeBase64(place, length);
	else if (kind === LIST) return writeList(place, length, 1);
	else if (kind === MAP) return writeMap(place, length, 1);
	return true;
}

function writeJson(start: usize, size: usize, depth: u32): bool {
	skipTo(start);
	if (!readAnyValue(start + size)) return false;
	if (kind === STRING) writeJsonString(place, length);
	else if (kind === NOTHING) writeNull();
	else if (kind === BOOL) writeBool(bits !== 0);
	else if (kind === INTEGER) writeInteger(<i64>bits);
	else if (kind === DOUBLE) {
		const value = reinterpret<f64>(bits);
		// NaN and the infinities, which JSON does not know.
		const quoted = value - value !== 0;
		if (quoted) writeU8(0x22);
		writeDouble(value);
		if (quoted) writeU8(0x22);
	} else if (kind === BLOB) {
		writeU8(0x22);
		writeBase64(place, length);
		writeU8(0x22);
	} else if (depth > MAX_DEPTH) {
		deep = true;
		writeNull();
	} else if (kind === LIST) return writeList(place, length, depth);
	else return writeMap(place, length, depth);
	return true;
}

function writeList(start: usize, size: usize, depth: u32): bool {
	const end = start + size;
	let first = true;
	writeU8(0x5b);
	skipTo(start);
	while (!overflowed && nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (!first) writeU8(0x2c);
		first = false;
		if (!writeJson(cursor, <usize>varint, depth + 1)) return false;
		skipTo(next);
	}
	if (fault !== FINE) return false;
	writeU8(0x5d);
	return true;
}

function writeMap(start: usize, size: usize, depth: u32): bool {
	const end = start + size;
	let first = true;
	writeU8(0x7b);
	skipTo(start);
	while (!overflowed && nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return false;
		if (!first) writeU8(0x2c);
		first = false;
		writeJsonString(key, keySize);
		writeU8(0x3a);
		if (!writeJson(value, valueSize, depth + 1)) return false;
		skipTo(next);
	}
	if (fault !== FINE) return false;
	writeU8(0x7d);
	return true;
}

/** Of the last KeyValue. */
export let key: usize = 0;
export let keySize: usize = 0;
export let value: usize = 0;
export let valueSize: usize = 0;

/** Reads the KeyValue from `cursor` to `end` if it is as every SDK writes it: key, value, one byte for each length. */
function readPlainKeyValue(end: usize): bool {
	const start = cursor;
	const size = end - start;
	if (size < 4 || load<u8>(start) !== 0x0a) return false;
	const keyLength: usize = load<u8>(start, 1);
	if (keyLength >= 0x80 || size < keyLength + 4) return false;
	const tag = start + 2 + keyLength;
	if (load<u8>(tag) !== 0x12) return false;
	const valueLength: usize = load<u8>(tag, 1);
	if (valueLength >= 0x80 || tag + 2 + valueLength !== end) return false;
	key = start + 2;
	keySize = keyLength;
	value = tag + 2;
	valueSize = valueLength;
	skipTo(end);
	return true;
}

/** Reads the KeyValue from `cursor` to `end`. */
export function readKeyValue(end: usize): bool {
	// Fast path.
	if (readPlainKeyValue(end)) return true;
	keySize = 0;
	valueSize = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		if (field === 1) {
			key = cursor;
			keySize = <usize>varint;
		} else {
			value = cursor;
			valueSize = <usize>varint;
		}
		skipBytes(<usize>varint);
	}
	return true;
}

/**
 * Writes the `count` KeyValues that stand under field `number` of a message, the first of them at `first`, as a
 * Map(String, String).
 */
export function writeAttributes(first: usize, end: usize, number: u32, count: u32): bool {
	writeVarUint(count);
	skipTo(first);
	while (count > 0 && !overflowed && nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return false;
		writeText(key, keySize);
		if (!writeValue(value, valueSize)) return false;
		skipTo(next);
		count--;
	}
	return fault === FINE;
}
