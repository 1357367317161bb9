import { isUtf8 } from '../../codecs/utf8';
import { skipBlanks } from '../blanks';
import * as out from './sql-text';

// SQL without its literals, each of which becomes a question mark. Of Postgres, as it leaves the node: parameters are question
// marks too, lists of them become one, comments and superfluous blanks go.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
// Of a dialect that is not known, such as what SDKs send: everything else stays as it is, and where dialects differ in where a
// literal ends, all that follows goes.

const QUOTE: u32 = 0x27;
const DOUBLE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const DOLLAR: u32 = 0x24;
const BACKTICK: u32 = 0x60;
const HASH: u32 = 0x23;
const SPACE: u32 = 0x20;
const SEMICOLON: u32 = 0x3b;
const TRACEPARENT = "traceparent='";

let anyDialect: bool = false;
/** Up to here a hash is an operator. */
let operatorsUntil: usize = 0;

/**
 * Writes `size` bytes of SQL at `from` to `target`, at most `room` bytes, and returns how many. `cut`: the text goes on
 * beyond. Text whose quotes can be read in two ways ends there with dots, so that no literal gets out.
 */
export function normaliseSql(from: usize, size: usize, cut: bool, target: usize, room: usize): usize {
	const end = from + size;
	anyDialect = false;
	out.open(target, room - 4);
	for (let p = from; p < end && !out.isCut; ) {
		if (out.isFull()) {
			out.cutHere();
			break;
		}
		p = readToken(p, end);
	}
	out.dropEnd(SPACE, SEMICOLON);
	if (!isUtf8(target, out.written())) out.replaceHigh();
	if (cut || out.isCut) out.writeDots();
	return out.written();
}

/** Writes `size` bytes of SQL of any dialect at `from` to `target`, which needs no more, and returns how many. */
export function redactSql(from: usize, size: usize, target: usize): usize {
	const end = from + size;
	anyDialect = true;
	operatorsUntil = 0;
	out.open(target, size);
	for (let p = from; p < end; ) p = readToken(p, end);
	return out.written();
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
		if (anyDialect) return copy(p, p + 1);
		out.writeSpace();
		return skipBlanks(p, end) > p ? skipBlanks(p, end) : p + 1;
	}
	const next = p + 1 < end ? <u32>load<u8>(p, 1) : 0;
	if (byte === 0x2d && next === 0x2d) {
		if (anyDialect) return readLineComment(p, end);
		out.writeSpace();
		return lineEnd(p, end, true);
	}
	if (byte === HASH && anyDialect) return readHash(p, end);
	if (byte === 0x2f && next === 0x2a) {
		if (anyDialect) return plainCommentEnd(p + 2, end);
		out.writeSpace();
		return commentEnd(p + 2, end);
	}
	if (byte === QUOTE || (byte === DOUBLE && anyDialect)) {
		writeValue();
		return literalEnd(p + 1, end, byte, false);
	}
	if (byte === DOUBLE) return copyQuoted(p, end);
	if (byte === BACKTICK && anyDialect) return copy(p, find(p + 1, end, BACKTICK) + 1, end);
	if (byte === DOLLAR) return readDollar(p, end);
	if (isDigit(byte) || (byte === 0x2e && isDigit(next))) {
		writeValue();
		return numberEnd(p, end);
	}
	if (isNameStart(byte)) return readName(p, end);
	return copy(p, p + 1);
}

function writeValue(): void {
	if (anyDialect) out.write(out.VALUE);
	else out.writeValue();
}

/** Copies up to `to`, at most to `end`, and returns where it stopped. */
function copy(p: usize, to: usize, end: usize = to): usize {
	const last = min(to, end);
	for (; p < last; p++) out.write(<u32>load<u8>(p));
	return p;
}

/** What is a literal from here on nobody knows: all of it goes. */
function giveUp(end: usize): usize {
	writeValue();
	return end;
}

/**
 * `--` with a blank behind it begins a comment in all dialects, without one in some; a carriage return ends it in some. With a
 * quote where it may be none, nobody knows what is a literal behind it.
 */
function readLineComment(p: usize, end: usize): usize {
	const last = lineEnd(p, end, false);
	const isCertain = p + 2 >= end || <u32>load<u8>(p, 2) <= SPACE;
	const uncertain = isCertain ? lineEnd(p, last, true) : p;
	return hasQuote(uncertain, last) ? giveUp(end) : last;
}

/** A comment in some dialects, an operator in others. */
function readHash(p: usize, end: usize): usize {
	if (p >= operatorsUntil) {
		operatorsUntil = lineEnd(p, end, false);
		if (hasQuote(p, operatorsUntil)) return giveUp(end);
	}
	return copy(p, p + 1);
}

/** Whether something begins here that ends elsewhere. */
function hasQuote(p: usize, end: usize): bool {
	for (; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte === QUOTE || byte === DOUBLE || byte === BACKTICK) return true;
		const next = p + 1 < end ? <u32>load<u8>(p, 1) : 0;
		if ((byte === DOLLAR && !isDigit(next)) || (byte === 0x2f && next === 0x2a)) return true;
	}
	return false;
}

/** A name, a keyword, or the letters before a literal: E'', B'', X'', N'', U&''; of Oracle Q'', which ends as it likes. */
function readName(p: usize, end: usize): usize {
	let q = p;
	while (q < end && isNameByte(<u32>load<u8>(q))) q++;
	const size = q - p;
	const first = <u32>load<u8>(p) | 0x20;
	if (anyDialect && q < end && <u32>load<u8>(q) === QUOTE && size <= 2)
		if ((<u32>load<u8>(q - 1) | 0x20) === 0x71) return giveUp(end);
	if (q < end && <u32>load<u8>(q) === QUOTE && size === 1) {
		if (first === 0x65 || first === 0x62 || first === 0x78 || first === 0x6e) {
			writeValue();
			return literalEnd(q + 1, end, QUOTE, first === 0x65);
		}
	}
	if (size === 1 && first === 0x75 && end - q > 1 && load<u8>(q) === 0x26 && <u32>load<u8>(q, 1) === QUOTE) {
		writeValue();
		return literalEnd(q + 2, end, QUOTE, false);
	}
	return copy(p, q);
}

/** Behind the closing quote. A doubled quote stands for itself; `escapes`: so does one behind a backslash. */
function literalEnd(p: usize, end: usize, quote: u32, escapes: bool): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p);
		if (byte === BACKSLASH) {
			// Some dialects know escapes, others do not.
			if (anyDialect) return end;
			if (escapes) {
				p += 2;
				continue;
			}
			// It depends on standard_conforming_strings whether this quote is the end.
			if (p + 1 < end && <u32>load<u8>(p, 1) === QUOTE) {
				out.cutHere();
				return end;
			}
		} else if (byte === quote) {
			if (p + 1 >= end || <u32>load<u8>(p, 1) !== quote) return p + 1;
			p++;
		}
		p++;
	}
	return end;
}

function copyQuoted(p: usize, end: usize): usize {
	out.write(DOUBLE);
	for (p++; p < end; p++) {
		const byte = <u32>load<u8>(p);
		out.write(byte < SPACE ? SPACE : byte);
		if (byte !== DOUBLE) continue;
		if (p + 1 >= end || <u32>load<u8>(p, 1) !== DOUBLE) return p + 1;
		out.write(DOUBLE);
		p++;
	}
	return end;
}

/** `$1`, `$$ ... $$` or `$tag$ ... $tag$`. */
function readDollar(p: usize, end: usize): usize {
	let q = p + 1;
	if (q < end && isDigit(<u32>load<u8>(q))) {
		while (q < end && isDigit(<u32>load<u8>(q))) q++;
		if (anyDialect) return copy(p, q);
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
		return copy(p, p + 1);
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

function lineEnd(p: usize, end: usize, byReturn: bool): usize {
	while (p < end && load<u8>(p) !== 0x0a && !(byReturn && load<u8>(p) === 0x0d)) p++;
	return p;
}

/** `end` where there is none. */
function find(p: usize, end: usize, byte: u32): usize {
	while (p < end && <u32>load<u8>(p) !== byte) p++;
	return p;
}

/** Comments nest in some dialects: where one begins in another, nobody knows where they end. */
function plainCommentEnd(p: usize, end: usize): usize {
	for (; p + 1 < end; p++) {
		const pair = <u32>load<u16>(p);
		if (pair === 0x2f2a) return p + 2;
		if (pair === 0x2a2f) return end;
	}
	return end;
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

function isDigit(byte: u32): bool {
	return byte - 0x30 < 10;
}

/** A character that is not ASCII may be a blank in some dialect, with a number behind it. */
function isNameStart(byte: u32): bool {
	return (byte | 0x20) - 0x61 < 26 || byte === 0x5f || (byte >= 0x80 && !anyDialect);
}

function isNameByte(byte: u32): bool {
	return isNameStart(byte) || isDigit(byte) || byte === DOLLAR;
}
