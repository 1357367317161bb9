import { perlClass, posixClass, printRange, unicodeClass } from './char-class.ts';
import type { RegexCursor } from './regex-cursor.ts';
import { RegexError } from './regex-error.ts';

const CONTROL: Record<string, number> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** `\d`, `\pL` and the like as the inside of a JavaScript class; undefined when the escape is a character. */
export function scanClassEscape(cursor: RegexCursor): string | undefined {
	const { rest } = cursor;
	const perl = perlClass(rest[1] ?? '');
	if (perl !== undefined) {
		cursor.at += 2;
		return perl;
	}
	if (rest[1] !== 'p' && rest[1] !== 'P') return undefined;
	const match = /^\\[pP](?:\{([^}]*)\}|([A-Za-z]))/.exec(rest);
	if (!match) throw new RegexError('invalid character class range', rest.slice(0, 2));
	cursor.at += match[0].length;
	return unicodeClass(match[1] ?? match[2]!, rest[1] === 'P', match[0]);
}

/** The character that an escape stands for. */
export function scanEscapedCodePoint(cursor: RegexCursor): number {
	const { rest } = cursor;
	const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
	if (octal) {
		cursor.at += octal[0].length;
		return Number.parseInt(octal[1]!, 8);
	}
	const hex = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/.exec(rest);
	if (hex) {
		const code = Number.parseInt(hex[1] ?? hex[2]!, 16);
		if (code > 0x10ffff) throw new RegexError('invalid escape sequence', hex[0]);
		cursor.at += hex[0].length;
		return code;
	}
	const code = rest.charCodeAt(1);
	if (Number.isNaN(code)) throw new RegexError('trailing backslash at end of expression', '');
	const control = CONTROL[rest[1]!];
	// All ASCII but letters and digits stand for themselves.
	if (control === undefined && (code > 0x7f || /[A-Za-z0-9]/.test(rest[1]!))) {
		throw new RegexError('invalid escape sequence', rest.slice(0, 2));
	}
	cursor.at += 2;
	return control ?? code;
}

/** A class in brackets: the inside of a JavaScript one. */
export function scanClass(cursor: RegexCursor): { negated: boolean; inside: string } {
	const start = cursor.at++;
	const negated = cursor.char === '^';
	if (negated) cursor.at++;
	let inside = '';
	for (let first = true; first || cursor.char !== ']'; first = false) inside += scanItem(cursor, start);
	cursor.at++;
	return { negated, inside };
}

function scanItem(cursor: RegexCursor, start: number): string {
	const { rest } = cursor;
	const posix = /^\[:[^\]]*:\]/.exec(rest);
	if (posix) {
		cursor.at += posix[0].length;
		return posixClass(posix[0]);
	}
	const inside = rest[0] === '\\' ? scanClassEscape(cursor) : undefined;
	if (inside !== undefined) return inside;
	const from = scanCharacter(cursor, start);
	if (!/^-[^\]]/.test(cursor.rest)) return printRange(from, from);
	cursor.at++;
	const to = scanCharacter(cursor, start);
	if (to < from) throw new RegexError('invalid character class range', cursor.text.slice(start, cursor.at));
	return printRange(from, to);
}

function scanCharacter(cursor: RegexCursor, start: number): number {
	if (cursor.ended) throw new RegexError('missing closing ]', cursor.text.slice(start));
	if (cursor.char === '\\') return scanEscapedCodePoint(cursor);
	const code = cursor.text.codePointAt(cursor.at)!;
	cursor.at += code > 0xffff ? 2 : 1;
	return code;
}
