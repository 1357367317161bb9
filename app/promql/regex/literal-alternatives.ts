/** Most texts of one expression; beyond them it is one expression like any other. */
const MAX_TEXTS = 10_000;
const META = /[.+*?()|[\]{}^$\\]/;

/**
 * The texts that an expression takes where it only lists them, such as `a|b\.c` or `(a|b)`; null where it does more. Dashboards write
 * the chosen values of a variable so.
 */
export function literalAlternatives(pattern: string): readonly string[] | null {
	const inner = /^\(([^()\\]|\\[^A-Za-z0-9])*\)$/.test(pattern) ? pattern.slice(1, -1) : pattern;
	if (inner.startsWith('?')) return null;
	const texts: string[] = [];
	let text = '';
	for (let at = 0; at < inner.length; at++) {
		const char = inner[at]!;
		if (char === '|') {
			if (texts.push(text) === MAX_TEXTS) return null;
			text = '';
		} else if (char === '\\') {
			const escaped = inner[++at];
			// Letters and digits mean something behind a backslash; what is not ASCII may not stand there.
			if (escaped === undefined || !/[!-/:-@[-`{-~]/.test(escaped)) return null;
			text += escaped;
		} else if (META.test(char)) return null;
		else text += char;
	}
	texts.push(text);
	return [...new Set(texts)];
}
