import { isUnnamed } from './frame-origin.ts';

const ELLIPSIS = '…';
/** A shorter text says nothing. */
export const LEAST_LETTERS = 3;

/** What separates the parts of a name; the text before the last part says least. */
const SEPARATORS = ['::', '/', '.'] as const;

/**
 * A frame's name in at most `letters` characters, an empty text where that says nothing. Names with namespaces lose them
 * from the front: `v8::internal::Parser::Next` is `…::Parser::Next` and `net/http.(*conn).serve` is `…(*conn).serve`.
 */
export function frameLabel(name: string, letters: number): string {
	if (letters < LEAST_LETTERS) return '';
	if (name.length <= letters) return name;
	let last = 0;
	for (const { at, separator } of isUnnamed(name) ? [] : separatorsOf(name)) {
		// A point behind an ellipsis is not seen.
		const from = separator === '.' ? at + 1 : at;
		if (name.length - from + ELLIPSIS.length <= letters) return ELLIPSIS + name.slice(from);
		last = at + separator.length;
	}
	const rest = name.slice(last);
	return rest.length <= letters ? rest : rest.slice(0, letters - ELLIPSIS.length) + ELLIPSIS;
}

/** Separators outside of brackets: those of template arguments and parameters belong to other names. */
function separatorsOf(name: string): { at: number; separator: string }[] {
	const found: { at: number; separator: string }[] = [];
	let depth = 0;
	for (let at = 0; at < name.length; at++) {
		const character = name[at]!;
		if ('<([{'.includes(character)) depth++;
		// The arrow of `operator->` and of a result type closes nothing.
		else if (')]}'.includes(character) || (character === '>' && name[at - 1] !== '-'))
			depth = Math.max(0, depth - 1);
		if (depth > 0 || at === 0) continue;
		const separator = SEPARATORS.find((each) => name.startsWith(each, at));
		if (separator === undefined || at + separator.length >= name.length) continue;
		found.push({ at, separator });
		at += separator.length - 1;
	}
	return found;
}
