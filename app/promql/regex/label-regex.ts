import { RegexError } from './regex-error.ts';
import { translateRegex } from './translate.ts';

/** Compiled expressions by their text, the oldest out first. */
const MAX_COMPILED = 256;
const compiled = new Map<string, RegExp>();

/** The expression for whole label values; throws a RegexError. */
export function regexOf(pattern: string): RegExp {
	const known = compiled.get(pattern);
	if (known) return known;
	const regex = compile(pattern);
	if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!);
	compiled.set(pattern, regex);
	return regex;
}

function compile(pattern: string): RegExp {
	const source = translateRegex(pattern);
	try {
		return new RegExp(`^(?:${source})$`, 'u');
	} catch {
		throw new RegexError('expression cannot be compiled', pattern);
	}
}
