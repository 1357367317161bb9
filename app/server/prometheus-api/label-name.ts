/**
 * A label name out of an address: `U__` begins one in which `__` is an underscore and `_HEX_` a code point, as Prometheus writes names that
 * are not letters, digits and underscores; any other is itself. What is not written so is itself too.
 */
export function unescapeLabelName(text: string): string {
	if (!text.startsWith('U__')) return text;
	let out = '';
	for (let at = 3; at < text.length; at++) {
		if (text[at] !== '_') {
			out += text[at];
			continue;
		}
		const found = /^_(?:_|([0-9a-f]{1,6})_)/i.exec(text.slice(at, at + 9));
		if (!found) return text;
		const code = found[1] === undefined ? 0x5f : Number.parseInt(found[1], 16);
		if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return text;
		out += String.fromCodePoint(code);
		at += found[0].length - 1;
	}
	return out;
}
