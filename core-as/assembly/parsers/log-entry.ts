import { allocate } from '../abi/memory';
import { parseTime } from '../codecs/rfc3339';

// What container runtimes put around a line. The text found lies in the line itself, or in a buffer of this file.

/** The text of the entry, its time (0: none) and whether the next entry continues it. */
export let text: usize = 0;
export let textSize: usize = 0;
export let time: u64 = 0;
export let isPartial: bool = false;

/** Longest line of a file that is looked at. */
export const MAX_LINE: usize = 256 * 1024;
const unescaped: usize = allocate(MAX_LINE + 8);

/** `TIME STREAM P|F TEXT`. False when the line is no such entry. */
export function readCri(p: usize, end: usize): bool {
	const stream = after(p, end, 0x20);
	const tag = after(stream, end, 0x20);
	if (tag === 0 || tag >= end) return false;
	const flag = <u32>load<u8>(tag);
	// A tag may say more, behind colons.
	if (flag !== 0x46 && flag !== 0x50) return false;
	const rest = after(tag, end, 0x20);
	time = parseTime(p, stream - 1);
	if (time === 0) return false;
	text = rest === 0 ? end : rest;
	textSize = end - text;
	isPartial = flag === 0x50;
	return true;
}

/** Behind the first `byte`, 0 where there is none. */
function after(p: usize, end: usize, byte: u32): usize {
	if (p === 0) return 0;
	for (; p < end; p++) if (<u32>load<u8>(p) === byte) return p + 1;
	return 0;
}

const LOG: u32 = 0x676f6c;
const TIME: u32 = 0x656d6974;

/** `{"log":"...\n","stream":"stdout","time":"..."}`. False when the line is no such object. */
export function readDocker(p: usize, end: usize): bool {
	let found = false;
	time = 0;
	isPartial = false;
	if (p === end || load<u8>(p) !== 0x7b) return false;
	p++;
	while (p < end) {
		p = skipSpace(p, end);
		if (p < end && load<u8>(p) === 0x7d) return found;
		if (p === end || load<u8>(p) !== 0x22) return false;
		const key = p + 1;
		p = stringEnd(key, end);
		if (p === 0) return false;
		const keySize = p - key;
		p = skipSpace(p + 1, end);
		if (p === end || load<u8>(p) !== 0x3a) return false;
		p = skipSpace(p + 1, end);
		if (p === end) return false;
		if (load<u8>(p) === 0x22) {
			const value = p + 1;
			p = stringEnd(value, end);
			if (p === 0) return false;
			if (keySize === 3 && (load<u32>(key) & 0xffffff) === LOG) {
				found = true;
				text = unescaped;
				textSize = resolveEscapes(value, p) - unescaped;
				isPartial = textSize === 0 || load<u8>(text + textSize - 1) !== 0x0a;
				if (!isPartial) textSize--;
			} else if (keySize === 4 && load<u32>(key) === TIME) time = parseTime(value, p);
			p++;
		} else {
			// A number, a word, or the attributes that a log option adds: skipped by counting its braces.
			p = valueEnd(p, end);
			if (p === 0) return false;
		}
		p = skipSpace(p, end);
		if (p < end && load<u8>(p) === 0x2c) p++;
	}
	return false;
}

function skipSpace(p: usize, end: usize): usize {
	while (p < end && (load<u8>(p) === 0x20 || load<u8>(p) === 0x09)) p++;
	return p;
}

/** The closing quote of a string, 0 where there is none. */
function stringEnd(p: usize, end: usize): usize {
	for (; p < end; p++) {
		const byte = load<u8>(p);
		if (byte === 0x22) return p;
		if (byte === 0x5c) p++;
	}
	return 0;
}

function valueEnd(p: usize, end: usize): usize {
	let depth: i32 = 0;
	for (; p < end; p++) {
		const byte = load<u8>(p);
		if (byte === 0x22) {
			p = stringEnd(p + 1, end);
			if (p === 0) return 0;
		} else if (byte === 0x7b || byte === 0x5b) depth++;
		else if (byte === 0x7d || byte === 0x5d) {
			if (depth === 0) return p;
			depth--;
		} else if (byte === 0x2c && depth === 0) return p;
	}
	return 0;
}

/** Resolves the escapes of a JSON string into `unescaped`; returns the end. What is no escape stays as it is. */
function resolveEscapes(p: usize, end: usize): usize {
	let to = unescaped;
	while (p < end) {
		const byte = load<u8>(p++);
		if (byte !== 0x5c || p >= end) {
			store<u8>(to++, byte);
			continue;
		}
		const kind = <u32>load<u8>(p++);
		if (kind === 0x75) {
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
		} else store<u8>(to++, escapeOf(kind));
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
		const byte = <u32>load<u8>(p + i);
		const low = byte | 0x20;
		let digit: u32;
		if (byte - 0x30 < 10) digit = byte - 0x30;
		else if (low - 0x61 < 6) digit = low - 0x57;
		else return -1;
		value = (value << 4) | <i32>digit;
	}
	return value;
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
