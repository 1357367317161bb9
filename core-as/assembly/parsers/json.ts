import { lower } from './bytes';

// Scanning JSON (RFC 8259) in place. Positions are returned behind what was read, 0 where that is not there.

export const QUOTE: u32 = 0x22;
export const OPEN_OBJECT: u32 = 0x7b;
export const CLOSE_OBJECT: u32 = 0x7d;
export const OPEN_ARRAY: u32 = 0x5b;
const CLOSE_ARRAY: u32 = 0x5d;
const BACKSLASH: u32 = 0x5c;

export function skipSpace(p: usize, end: usize): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p);
		if (byte !== 0x20 && byte - 9 > 1 && byte !== 0x0d) break;
		p++;
	}
	return p;
}

/** The closing quote of a string whose first character stands at `p`. */
export function stringEnd(p: usize, end: usize): usize {
	for (; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte === QUOTE) return p;
		if (byte === BACKSLASH) p++;
	}
	return 0;
}

/** Behind the value that begins at `p`. Of objects and arrays only strings, and how many brackets are open, are looked at. */
export function valueEnd(p: usize, end: usize): usize {
	const first = <u32>load<u8>(p);
	if (first === QUOTE) {
		p = stringEnd(p + 1, end);
		return p === 0 ? 0 : p + 1;
	}
	if (first === OPEN_OBJECT || first === OPEN_ARRAY) return bracketsEnd(p, end);
	const from = p;
	while (p < end && isLiteral(<u32>load<u8>(p))) p++;
	return p === from ? 0 : p;
}

function bracketsEnd(p: usize, end: usize): usize {
	let depth: i32 = 0;
	for (; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte === QUOTE) {
			p = stringEnd(p + 1, end);
			if (p === 0) return 0;
		} else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
		else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
			if (--depth === 0) return p + 1;
		}
	}
	return 0;
}

/** Whether a byte may stand in a number, true, false or null. */
function isLiteral(byte: u32): bool {
	return byte - 0x30 < 10 || lower(byte) - 0x61 < 26 || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}

/**
 * Resolves the escapes of a string into `to` and returns the end of what was written: never more than the string is long,
 * and at most `most` + 3 bytes. What is no escape stays as it is.
 */
export function unescapeString(p: usize, end: usize, to: usize, most: usize): usize {
	const full = to + most;
	while (p < end && to < full) {
		const byte = <u32>load<u8>(p++);
		if (byte !== BACKSLASH || p >= end) {
			store<u8>(to, <u8>byte);
			to++;
			continue;
		}
		const kind = <u32>load<u8>(p++);
		if (kind !== 0x75) {
			store<u8>(to, escapeOf(kind));
			to++;
			continue;
		}
		let code = fourHex(p, end);
		if (code < 0) {
			store<u16>(to, 0x755c);
			to += 2;
			continue;
		}
		p += 4;
		if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && load<u16>(p) === 0x755c) {
			const low = fourHex(p + 2, end);
			if (low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				p += 6;
			}
		}
		to = writeCodePoint(to, <u32>code);
	}
	return to;
}

function escapeOf(kind: u32): u8 {
	if (kind === 0x6e) return 0x0a;
	if (kind === 0x74) return 0x09;
	if (kind === 0x72) return 0x0d;
	if (kind === 0x62) return 0x08;
	return kind === 0x66 ? 0x0c : <u8>kind;
}

function fourHex(p: usize, end: usize): i32 {
	if (end - p < 4) return -1;
	let value: i32 = 0;
	for (let i: usize = 0; i < 4; i++) {
		const digit = hexValue(<u32>load<u8>(p + i));
		if (digit < 0) return -1;
		value = (value << 4) | digit;
	}
	return value;
}

/** The value of a hexadecimal digit, -1 for what is none. */
export function hexValue(byte: u32): i32 {
	if (byte - 0x30 < 10) return <i32>(byte - 0x30);
	const low = byte | 0x20;
	return low - 0x61 < 6 ? <i32>(low - 0x57) : -1;
}

/** UTF-8; a lone surrogate becomes U+FFFD. Never longer than the escape was. */
function writeCodePoint(to: usize, code: u32): usize {
	if (code - 0xd800 < 0x800) code = 0xfffd;
	if (code < 0x80) {
		store<u8>(to, <u8>code);
		return to + 1;
	}
	if (code < 0x800) {
		store<u8>(to, <u8>(0xc0 | (code >> 6)));
		store<u8>(to, <u8>(0x80 | (code & 63)), 1);
		return to + 2;
	}
	if (code < 0x10000) {
		store<u8>(to, <u8>(0xe0 | (code >> 12)));
		store<u8>(to, <u8>(0x80 | ((code >> 6) & 63)), 1);
		store<u8>(to, <u8>(0x80 | (code & 63)), 2);
		return to + 3;
	}
	store<u8>(to, <u8>(0xf0 | (code >> 18)));
	store<u8>(to, <u8>(0x80 | ((code >> 12) & 63)), 1);
	store<u8>(to, <u8>(0x80 | ((code >> 6) & 63)), 2);
	store<u8>(to, <u8>(0x80 | (code & 63)), 3);
	return to + 4;
}
