import { isUtf8 } from '../../codecs/utf8';
import { skipBlanks } from '../blanks';

// SQL as it leaves the node: every literal and parameter becomes a question mark, lists of them become one, comments and
// superfluous blanks go. https://www.postgresql.org/docs/current/sql-syntax-lexical.html

const QUOTE: u32 = 0x27;
const DOUBLE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const DOLLAR: u32 = 0x24;
const VALUE: u32 = 0x3f;
const SPACE: u32 = 0x20;
const COMMA: u32 = 0x2c;
const SEMICOLON: u32 = 0x3b;
const OPEN: u32 = 0x28;
const CLOSE: u32 = 0x29;
const DOTS = '...';
const TRACEPARENT = "traceparent='";

/** Where the text is written, and its limit; one statement at a time. */
let to: usize = 0;
let start: usize = 0;
let limit: usize = 0;
let isCut: bool = false;

/**
 * Writes `size` bytes of SQL at `from` to `target`, at most `room` bytes, and returns how many. `cut`: the text goes on
 * beyond. Text whose quotes can be read in two ways ends there with dots, so that no literal gets out.
 */
export function normaliseSql(from: usize, size: usize, cut: bool, target: usize, room: usize): usize {
	const end = from + size;
	start = target;
	to = target;
	limit = target + room - 4;
	isCut = false;
	for (let p = from; p < end && !isCut; ) {
		if (to >= limit) {
			isCut = true;
			break;
		}
		p = readToken(p, end);
	}
	while (to > start && (<u32>load<u8>(to - 1) === SPACE || <u32>load<u8>(to - 1) === SEMICOLON)) to--;
	if (!isUtf8(start, to - start)) replaceHigh();
	if (cut || isCut) writeDots();
	return to - start;
}

/** The value of a traceparent in a comment (sqlcommenter), 0 for none: 55 bytes or more lie there. */
export function traceparentIn(from: usize, size: usize): usize {
	const word = <usize>TRACEPARENT.length;
	if (size < word + 55) return 0;
	const last = from + size - word - 55;
	for (let p = from; p <= last; p++) {
		if (load<u8>(p) !== 0x74 || load<u8>(p, 1) !== 0x72) continue;
		let i: usize = 2;
		while (i < word && <i32>load<u8>(p + i) === TRACEPARENT.charCodeAt(<i32>i)) i++;
		if (i === word) return p + word;
	}
	return 0;
}

function readToken(p: usize, end: usize): usize {
	const byte = <u32>load<u8>(p);
	if (byte <= SPACE) {
		writeSpace();
		return skipBlanks(p, end) > p ? skipBlanks(p, end) : p + 1;
	}
	const next = p + 1 < end ? <u32>load<u8>(p, 1) : 0;
	if (byte === 0x2d && next === 0x2d) {
		writeSpace();
		return lineEnd(p, end);
	}
	if (byte === 0x2f && next === 0x2a) {
		writeSpace();
		return commentEnd(p + 2, end);
	}
	if (byte === QUOTE) {
		writeValue();
		return literalEnd(p + 1, end, false);
	}
	if (byte === DOUBLE) return copyQuoted(p, end);
	if (byte === DOLLAR) return readDollar(p, end);
	if (isDigit(byte) || (byte === 0x2e && isDigit(next))) {
		writeValue();
		return numberEnd(p, end);
	}
	if (isNameStart(byte)) return readName(p, end);
	write(byte);
	return p + 1;
}

/** A name, a keyword, or the letters before a literal: E'', B'', X'', N'', U&''. */
function readName(p: usize, end: usize): usize {
	let q = p;
	while (q < end && isNameByte(<u32>load<u8>(q))) q++;
	const size = q - p;
	const first = <u32>load<u8>(p) | 0x20;
	if (q < end && <u32>load<u8>(q) === QUOTE && size === 1) {
		if (first === 0x65 || first === 0x62 || first === 0x78 || first === 0x6e) {
			writeValue();
			return literalEnd(q + 1, end, first === 0x65);
		}
	}
	if (size === 1 && first === 0x75 && end - q > 1 && load<u8>(q) === 0x26 && <u32>load<u8>(q, 1) === QUOTE) {
		writeValue();
		return literalEnd(q + 2, end, false);
	}
	for (; p < q; p++) write(<u32>load<u8>(p));
	return q;
}

/** Behind the closing quote. A doubled quote stands for itself; `escapes`: so does one behind a backslash. */
function literalEnd(p: usize, end: usize, escapes: bool): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p);
		if (byte === BACKSLASH) {
			if (escapes) {
				p += 2;
				continue;
			}
			// It depends on standard_conforming_strings whether this quote is the end.
			if (p + 1 < end && <u32>load<u8>(p, 1) === QUOTE) {
				isCut = true;
				return end;
			}
		} else if (byte === QUOTE) {
			if (p + 1 >= end || <u32>load<u8>(p, 1) !== QUOTE) return p + 1;
			p++;
		}
		p++;
	}
	return end;
}

function copyQuoted(p: usize, end: usize): usize {
	write(DOUBLE);
	for (p++; p < end; p++) {
		const byte = <u32>load<u8>(p);
		write(byte < SPACE ? SPACE : byte);
		if (byte !== DOUBLE) continue;
		if (p + 1 >= end || <u32>load<u8>(p, 1) !== DOUBLE) return p + 1;
		write(DOUBLE);
		p++;
	}
	return end;
}

/** `$1`, `$$ ... $$` or `$tag$ ... $tag$`. */
function readDollar(p: usize, end: usize): usize {
	let q = p + 1;
	if (q < end && isDigit(<u32>load<u8>(q))) {
		while (q < end && isDigit(<u32>load<u8>(q))) q++;
		writeValue();
		return q;
	}
	while (q < end && isNameByte(<u32>load<u8>(q)) && <u32>load<u8>(q) !== DOLLAR) q++;
	if (q >= end) {
		// The tag may go on behind the cut, and its literal with it.
		writeValue();
		return end;
	}
	if (<u32>load<u8>(q) !== DOLLAR) {
		write(DOLLAR);
		return p + 1;
	}
	const tag = q + 1 - p;
	writeValue();
	for (q++; q + tag <= end; q++)
		if (<u32>load<u8>(q) === DOLLAR && memory.compare(q, p, tag) === 0) return q + tag;
	return end;
}

/** Digits with all that may stand in a number: fraction, exponent, underscores, 0x. */
function numberEnd(p: usize, end: usize): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p);
		if (byte === 0x2e || byte === 0x5f || isDigit(byte) || (byte | 0x20) - 0x61 < 26) p++;
		else if ((byte === 0x2b || byte === 0x2d) && (<u32>load<u8>(p - 1) | 0x20) === 0x65) p++;
		else break;
	}
	return p;
}

function lineEnd(p: usize, end: usize): usize {
	while (p < end && load<u8>(p) !== 0x0a) p++;
	return p;
}

/** Comments nest. */
function commentEnd(p: usize, end: usize): usize {
	let depth = 1;
	for (; p + 1 < end; p++) {
		const pair = <u32>load<u16>(p);
		if (pair === 0x2a2f) {
			depth++;
			p++;
		} else if (pair === 0x2f2a) {
			p++;
			if (--depth === 0) return p + 1;
		}
	}
	return end;
}

function write(byte: u32): void {
	if (to >= limit) {
		isCut = true;
		return;
	}
	store<u8>(to, <u8>byte);
	to++;
	if (byte === CLOSE) joinGroups();
}

function writeSpace(): void {
	if (to > start && <u32>load<u8>(to - 1) !== SPACE) write(SPACE);
}

/** `?`, unless it would only make a list of them longer. */
function writeValue(): void {
	let p = to;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (p > start && <u32>load<u8>(p - 1) === COMMA) {
		p--;
		while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
		if (p > start && <u32>load<u8>(p - 1) === VALUE) {
			to = p;
			return;
		}
	}
	write(VALUE);
}

/** `(?), (?)` becomes `(?)`. */
function joinGroups(): void {
	if (to - start < 7 || load<u8>(to - 2) !== <u8>VALUE || load<u8>(to - 3) !== <u8>OPEN) return;
	let p = to - 3;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (p === start || <u32>load<u8>(p - 1) !== COMMA) return;
	p--;
	while (p > start && <u32>load<u8>(p - 1) === SPACE) p--;
	if (
		p - start >= 3 &&
		<u32>load<u8>(p - 1) === CLOSE &&
		<u32>load<u8>(p - 2) === VALUE &&
		<u32>load<u8>(p - 3) === OPEN
	)
		to = p;
}

function writeDots(): void {
	for (let i = 0; i < DOTS.length; i++) store<u8>(to + <usize>i, <u8>DOTS.charCodeAt(i));
	to += <usize>DOTS.length;
}

/** A database may have another encoding, and a cut may split a character. */
function replaceHigh(): void {
	for (let p = start; p < to; p++) if (<u32>load<u8>(p) >= 0x80) store<u8>(p, <u8>VALUE);
}

function isDigit(byte: u32): bool {
	return byte - 0x30 < 10;
}

function isNameStart(byte: u32): bool {
	return (byte | 0x20) - 0x61 < 26 || byte === 0x5f || byte >= 0x80;
}

function isNameByte(byte: u32): bool {
	return isNameStart(byte) || isDigit(byte) || byte === DOLLAR;
}
