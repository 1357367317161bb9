import { skipBlanks, wordEnd } from './blanks';
import { lower } from './bytes';

export const UNKNOWN: u32 = 0;
export const CRITICAL: u32 = 1;
export const ERROR: u32 = 2;
export const WARNING: u32 = 3;
export const INFO: u32 = 4;
export const DEBUG: u32 = 5;
export const LEVELS: u32 = 6;

/** As much of a line as is looked at, and of its words. */
const MAX_LINE: usize = 255;
const MAX_FIELDS: u32 = 7;

/** Starts and ends of the first words. */
const starts: usize = memory.data(32, 8);
const ends: usize = memory.data(32, 8);

/** The severity that the first line of a message says, UNKNOWN when it says none. The rules are the parent system's. */
export function severityOf(from: usize, size: usize): u32 {
	const end = from + min(size, MAX_LINE);
	let fields: u32 = 0;
	for (let p = skipBlanks(from, end); p < end && fields < MAX_FIELDS; fields++) {
		const after = wordEnd(p, end);
		store<usize>(starts + ((<usize>fields) << 2), p);
		store<usize>(ends + ((<usize>fields) << 2), after);
		p = skipBlanks(after, end);
	}
	if (fields === 0) return UNKNOWN;
	const glog = glogLevel(startOf(0), endOf(0));
	if (glog !== UNKNOWN) return glog;
	for (let i: u32 = 0; i < fields; i++) {
		const level = fieldLevel(startOf(i), endOf(i));
		if (level !== UNKNOWN) return level;
	}
	return redisLevel(fields);
}

function startOf(field: u32): usize {
	return load<usize>(starts + ((<usize>field) << 2));
}

function endOf(field: u32): usize {
	return load<usize>(ends + ((<usize>field) << 2));
}

/** `I0516`: a letter and four digits. */
function glogLevel(p: usize, end: usize): u32 {
	if (end - p !== 5) return UNKNOWN;
	for (let i: usize = 1; i < 5; i++) if (<u32>load<u8>(p + i) - 0x30 >= 10) return UNKNOWN;
	const letter = <u32>load<u8>(p);
	if (letter === 0x49) return INFO;
	if (letter === 0x57) return WARNING;
	if (letter === 0x45) return ERROR;
	return letter === 0x46 ? CRITICAL : UNKNOWN;
}

/** `] ) ; | : , .` */
function isSeparator(byte: u32): bool {
	return (
		byte === 0x5d ||
		byte === 0x29 ||
		byte === 0x3b ||
		byte === 0x7c ||
		byte === 0x3a ||
		byte === 0x2c ||
		byte === 0x2e
	);
}

function fieldLevel(from: usize, end: usize): u32 {
	for (let p = from; p < end; ) {
		while (p < end && isSeparator(<u32>load<u8>(p))) p++;
		let after = p;
		while (after < end && !isSeparator(<u32>load<u8>(after))) after++;
		if (after > p) {
			const level = wordLevel(p, after);
			if (level !== UNKNOWN) return level;
		}
		p = after;
	}
	return UNKNOWN;
}

/** Four bytes in lower case as they stand in memory. */
function lowerFour(p: usize): u32 {
	return (
		lower(<u32>load<u8>(p)) |
		(lower(<u32>load<u8>(p, 1)) << 8) |
		(lower(<u32>load<u8>(p, 2)) << 16) |
		(lower(<u32>load<u8>(p, 3)) << 24)
	);
}

/** The level that a word is for, UNKNOWN when it is for none. */
export function wordLevel(p: usize, end: usize): u32 {
	while (p < end) {
		const byte = <u32>load<u8>(p);
		if (byte !== 0x22 && byte !== 0x5b && byte !== 0x28 && byte !== 0x3c && byte !== 0x27) break;
		p++;
	}
	// level=
	if (
		end - p >= 6 &&
		lowerFour(p) === 0x6576656c &&
		lower(<u32>load<u8>(p, 4)) === 0x6c &&
		load<u8>(p, 5) === 0x3d
	)
		p += 6;
	const size = end - p;
	if (size === 3) {
		const word = lowerFour(p) & 0xffffff;
		if (word === 0x676264 || word === 0x637274) return DEBUG;
		if (word === 0x666e69) return INFO;
		if (word === 0x6e7277) return WARNING;
		if (word === 0x727265) return ERROR;
		return word === 0x6c7466 ? CRITICAL : UNKNOWN;
	}
	if (size < 4) return UNKNOWN;
	const word = lowerFour(p);
	if (word === 0x75626564) return DEBUG;
	if (word === 0x6f666e69 || word === 0x69746f6e) return INFO;
	if (word === 0x6e726177) return WARNING;
	if (word === 0x6f727265) return ERROR;
	if (word === 0x74697263) return CRITICAL;
	if (size < 5) return UNKNOWN;
	const fifth = lower(<u32>load<u8>(p, 4));
	if (word === 0x72656d65) return fifth === 0x67 ? CRITICAL : UNKNOWN;
	if (word === 0x61746166) return fifth === 0x6c ? CRITICAL : UNKNOWN;
	if (word === 0x72656c61) return fifth === 0x74 ? CRITICAL : UNKNOWN;
	return UNKNOWN;
}

/** `[pid] 14 Nov 07:01:22.119 * text` and `pid:role 14 Nov [year] 07:01:22.119 * text`. */
function redisLevel(fields: u32): u32 {
	if (fields < 6) return UNKNOWN;
	const first = startOf(0);
	const last = endOf(0) - 1;
	if (load<u8>(first) === 0x5b && load<u8>(last) === 0x5d) return redisSign(4);
	let colons: u32 = 0;
	for (let p = first; p <= last; p++) if (load<u8>(p) === 0x3a) colons++;
	if (colons !== 1) return UNKNOWN;
	return redisSign(endOf(3) - startOf(3) === 4 ? 5 : 4);
}

function redisSign(field: u32): u32 {
	const p = startOf(field);
	if (endOf(field) - p !== 1) return UNKNOWN;
	const sign = <u32>load<u8>(p);
	if (sign === 0x2e) return DEBUG;
	if (sign === 0x2d) return INFO;
	return sign === 0x2a || sign === 0x23 ? WARNING : UNKNOWN;
}
