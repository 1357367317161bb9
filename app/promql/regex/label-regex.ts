import { RE2JS } from 're2js';
import { isQuick } from './backtracking.ts';
import { RegexError } from './regex-error.ts';
import { translateRegex } from './translate.ts';

/** What a label value was taken as; groups that took no part are undefined. */
export interface RegexMatch {
	/** The whole, and its groups. */
	numbered: readonly (string | undefined)[];
	named: ReadonlyMap<string, string | undefined>;
}

/** An expression for whole label values. */
export interface LabelRegex {
	test(value: string): boolean;
	match(value: string): RegexMatch | null;
}

/** Compiled expressions by their text, the oldest out first. */
const MAX_COMPILED = 256;
const compiled = new Map<string, LabelRegex>();

/** Throws a RegexError. */
export function regexOf(pattern: string): LabelRegex {
	const known = compiled.get(pattern);
	if (known) return known;
	const regex = compile(pattern);
	if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!);
	compiled.set(pattern, regex);
	return regex;
}

/** The engine of JavaScript is many times faster, but for some expressions its time grows without bound: those take one that is linear. */
function compile(pattern: string): LabelRegex {
	const { source, effort } = translateRegex(pattern);
	try {
		return isQuick(effort) ? new Backtracking(source) : new Linear(pattern);
	} catch {
		throw new RegexError('expression cannot be compiled', pattern);
	}
}

export class Backtracking implements LabelRegex {
	readonly #regex: RegExp;

	constructor(source: string) {
		this.#regex = new RegExp(`^(?:${source})$`, 'u');
	}

	test(value: string): boolean {
		return this.#regex.test(value);
	}

	match(value: string): RegexMatch | null {
		const found = this.#regex.exec(value);
		return found && { numbered: found, named: new Map(Object.entries(found.groups ?? {})) };
	}
}

export class Linear implements LabelRegex {
	readonly #regex: RE2JS;

	constructor(pattern: string) {
		this.#regex = RE2JS.compile(pattern, RE2JS.DOTALL);
	}

	test(value: string): boolean {
		return this.#regex.matches(value);
	}

	match(value: string): RegexMatch | null {
		const matcher = this.#regex.matcher(value);
		if (!matcher.matches()) return null;
		const group = (which: number | string) => matcher.group(which as number) ?? undefined;
		const numbered = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => group(i));
		const names = Object.keys(this.#regex.namedGroups());
		return { numbered, named: new Map(names.map((name) => [name, group(name)])) };
	}
}
