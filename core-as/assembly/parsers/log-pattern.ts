import { allocate } from '../abi/memory';
import { skipBlanks, wordEnd } from './blanks';

// The shape of a log message: its words without what changes from message to message. The steps are those of the parent
// system, byte for byte, since dashboards know patterns by the hash of this text.

/** Longest message. */
export const MAX_MESSAGE: usize = 64 * 1024;
const MAX_WORDS: u32 = 100;
const MIN_WORD: usize = 2;

const scratch: usize = allocate(MAX_MESSAGE);
const brackets: usize = allocate(MAX_MESSAGE);

/** Words joined by one blank. */
export const pattern: usize = allocate(MAX_MESSAGE);
export let patternSize: usize = 0;
export let patternWords: u32 = 0;

/** Fills `pattern` from a message of at most MAX_MESSAGE bytes. */
export function readPattern(from: usize, size: usize): void {
	const end = withoutQuoted(from, size);
	let to = pattern;
	patternWords = 0;
	for (let p = skipBlanks(scratch, end); p < end && patternWords < MAX_WORDS; ) {
		const after = wordEnd(p, end);
		const last = trimmedEnd(p, after);
		if (last - p >= MIN_WORD && !isHexadecimal(p, last) && !isUuid(p, last)) {
			const begin = patternWords === 0 ? to : to + 1;
			const wrote = withoutDigits(p, last, begin);
			if (isWord(begin, wrote)) {
				if (patternWords !== 0) store<u8>(to, 0x20);
				to = wrote;
				patternWords++;
			}
		}
		p = skipBlanks(after, end);
	}
	patternSize = to - pattern;
}

/** Copies to `scratch` what stands neither in quotes nor in brackets; returns its end. */
function withoutQuoted(from: usize, size: usize): usize {
	const end = from + size;
	let to = scratch;
	let depth: usize = 0;
	let quote: u32 = 0;
	for (let p = from; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte === 0x5b || byte === 0x28 || byte === 0x7b) {
			if (quote === 0) store<u8>(brackets + depth++, <u8>byte);
		} else if (byte === 0x5d || byte === 0x29 || byte === 0x7d) {
			// An opening bracket is one or two below its closing one.
			const opening: u32 = byte === 0x29 ? 0x28 : byte - 2;
			if (depth > 0 && <u32>load<u8>(brackets + depth - 1) === opening) {
				depth--;
				continue;
			}
		} else if (byte === 0x22 || byte === 0x27) {
			const escaped = p > from && load<u8>(p - 1) === 0x5c;
			if (!escaped && depth === 0) {
				if (quote === 0) quote = byte;
				else if (quote === byte) {
					quote = 0;
					continue;
				}
			}
		}
		if (quote === 0 && depth === 0) store<u8>(to++, <u8>byte);
	}
	return to;
}

/** Without `=`, `:`, `]`, `,` and `;` at the end. */
function trimmedEnd(p: usize, end: usize): usize {
	while (end > p) {
		const byte = <u32>load<u8>(end - 1);
		if (byte !== 0x3d && byte !== 0x3a && byte !== 0x5d && byte !== 0x2c && byte !== 0x3b) break;
		end--;
	}
	return end;
}

function isHexDigit(byte: u32): bool {
	return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6;
}

function allHexDigits(p: usize, end: usize): bool {
	for (; p < end; p++) if (!isHexDigit(<u32>load<u8>(p))) return false;
	return true;
}

/** `0x` and digits, or at least four digits. */
function isHexadecimal(p: usize, end: usize): bool {
	const size = end - p;
	if (size >= 3 && load<u16>(p) === 0x7830 && allHexDigits(p + 2, end)) return true;
	return size >= 4 && allHexDigits(p, end);
}

/** 8-4-4-4-12 hexadecimal digits. */
function isUuid(p: usize, end: usize): bool {
	if (end - p !== 36) return false;
	for (let i: usize = 0; i < 36; i++) {
		const byte = <u32>load<u8>(p + i);
		if (i === 8 || i === 13 || i === 18 || i === 23) {
			if (byte !== 0x2d) return false;
		} else if (!isHexDigit(byte)) return false;
	}
	return true;
}

function withoutDigits(p: usize, end: usize, to: usize): usize {
	for (; p < end; p++) {
		const byte = load<u8>(p);
		if (<u32>byte - 0x30 >= 10) store<u8>(to++, byte);
	}
	return to;
}

function isLetter(byte: u32): bool {
	return (byte | 0x20) - 0x61 < 26;
}

/** Begins and ends with a letter, two characters at least, with letters, `.`, `_` and `-` between. */
function isWord(p: usize, end: usize): bool {
	if (end - p < 2 || !isLetter(<u32>load<u8>(p)) || !isLetter(<u32>load<u8>(end - 1))) return false;
	for (let q = p + 1; q < end - 1; q++) {
		const byte = <u32>load<u8>(q);
		if (!isLetter(byte) && byte !== 0x2e && byte !== 0x5f && byte !== 0x2d) return false;
	}
	return true;
}
