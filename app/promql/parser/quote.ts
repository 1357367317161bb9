const ESCAPES: Record<string, string> = {
	'\x07': '\\a',
	'\b': '\\b',
	'\f': '\\f',
	'\n': '\\n',
	'\r': '\\r',
	'\t': '\\t',
	'\v': '\\v',
	'\\': '\\\\',
	'"': '\\"',
};

/** Letters, marks, numbers, punctuation, symbols, and the ASCII space: what Go prints as it is. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A string in double quotes as Go's strconv.Quote writes it. */
export function quoteString(text: string): string {
	let out = '"';
	for (const char of text) out += ESCAPES[char] ?? (PRINTABLE.test(char) ? char : escapeCodePoint(char));
	return `${out}"`;
}

function escapeCodePoint(char: string): string {
	const code = char.codePointAt(0)!;
	const hex = code.toString(16);
	if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
	return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
