/** Numbers out of the kernel's text files. What is missing or no number is undefined. */

/** A file of one number: `123\n`. Words (`max`) and negative numbers, which mean "none", are undefined. */
export function wholeNumber(text: string | undefined): number | undefined {
	return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** The number after `key` in a file of lines `key number`; `mark` is what stands between. */
export function keyedNumber(text: string | undefined, key: string, mark = ' '): number | undefined {
	if (text === undefined) return undefined;
	const line = `${key}${mark}`;
	let at = text.startsWith(line) ? 0 : text.indexOf(`\n${line}`) + 1;
	if (at === 0 && !text.startsWith(line)) return undefined;
	at += line.length;
	const value = Number.parseInt(text.slice(at, at + 24), 10);
	return Number.isNaN(value) ? undefined : value;
}
