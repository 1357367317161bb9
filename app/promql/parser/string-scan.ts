const HEX = /^[0-9a-fA-F]$/;
const SIMPLE_ESCAPES: Record<string, string> = {
	a: '\x07',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'\\': '\\',
};

export function isStringQuote(char: string | undefined): boolean {
	return char === '"' || char === "'" || char === '`';
}

/** The extent of a string, quotes included, or why it is none. */
export function scanString(input: string, start: number): { end: number; reason?: string } {
	const quote = input[start]!;
	let at = start + 1;
	for (;;) {
		const char = input[at];
		if (quote === '`') {
			if (char === undefined) return { end: at, reason: 'unterminated raw string' };
		} else if (char === undefined || char === '\n') {
			return { end: at, reason: 'unterminated quoted string' };
		}
		const code = input.codePointAt(at)!;
		// Half of a pair has no UTF-8.
		if ((code >= 0xd800 && code < 0xe000) || code === 0xfffd)
			return { end: at, reason: 'invalid UTF-8 rune' };
		if (char === quote) return { end: at + 1 };
		if (char === '\\' && quote !== '`') {
			const scanned = scanEscape(input, at + 1, quote);
			if (scanned.reason !== undefined) return scanned;
			at = scanned.end;
		} else {
			at += code > 0xffff ? 2 : 1;
		}
	}
}

/** An escape from behind its backslash. */
function scanEscape(input: string, start: number, quote: string): { end: number; reason?: string } {
	const char = input[start];
	if (char === undefined) return { end: start, reason: 'escape sequence not terminated' };
	if (char === quote || SIMPLE_ESCAPES[char] !== undefined) return { end: start + 1 };
	const octal = char >= '0' && char <= '7';
	const length = octal ? 3 : { x: 2, u: 4, U: 8 }[char];
	if (length === undefined) {
		return { end: start, reason: `unknown escape sequence ${codePointName(input, start)}` };
	}
	const from = octal ? start : start + 1;
	const base = octal ? 8 : 16;
	let value = 0;
	for (let at = from; at < from + length; at++) {
		const digit = input[at];
		if (digit === undefined) return { end: at, reason: 'escape sequence not terminated' };
		const n = HEX.test(digit) ? Number.parseInt(digit, 16) : 16;
		if (n >= base) {
			return { end: at, reason: `illegal character ${codePointName(input, at)} in escape sequence` };
		}
		value = value * base + n;
	}
	const max = octal || char === 'x' ? 255 : 0x10ffff;
	if (value > max || (value >= 0xd800 && value < 0xe000)) {
		return { end: from, reason: 'escape sequence is an invalid Unicode code point' };
	}
	return { end: from + length };
}

function codePointName(input: string, at: number): string {
	const code = input.codePointAt(at)!;
	const hex = code.toString(16).toUpperCase().padStart(4, '0');
	return code < 32 || code === 127 ? `U+${hex}` : `U+${hex} '${String.fromCodePoint(code)}'`;
}

/** The value of a scanned string. Bytes that are no UTF-8 become U+FFFD: labels are text here. */
export function unquoteString(text: string): string {
	const quote = text[0]!;
	const body = text.slice(1, -1);
	if (quote === '`' || !body.includes('\\')) return body;
	const bytes: number[] = [];
	const encoder = new TextEncoder();
	for (let at = 0; at < body.length; ) {
		const slash = body.indexOf('\\', at);
		const end = slash < 0 ? body.length : slash;
		for (const byte of encoder.encode(body.slice(at, end))) bytes.push(byte);
		if (slash < 0) break;
		const char = body[slash + 1]!;
		const simple = char === quote ? quote : SIMPLE_ESCAPES[char];
		if (simple !== undefined) {
			bytes.push(simple.charCodeAt(0));
			at = slash + 2;
			continue;
		}
		const octal = char >= '0' && char <= '7';
		const from = slash + (octal ? 1 : 2);
		const length = octal ? 3 : { x: 2, u: 4, U: 8 }[char]!;
		const value = Number.parseInt(body.slice(from, from + length), octal ? 8 : 16);
		// \x and octal are bytes, the others characters.
		if (octal || char === 'x') bytes.push(value);
		else for (const byte of encoder.encode(String.fromCodePoint(value))) bytes.push(byte);
		at = from + length;
	}
	return new TextDecoder().decode(new Uint8Array(bytes));
}
