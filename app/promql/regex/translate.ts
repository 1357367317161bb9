import { asAlternatives, type Effort, inSequence, ONE_WAY, repeated } from './backtracking.ts';
import { printCodePoint } from './char-class.ts';
import { scanClass, scanClassEscape, scanEscapedCodePoint } from './class-scan.ts';
import { RegexCursor } from './regex-cursor.ts';
import { RegexError } from './regex-error.ts';

interface Flags {
	ignoreCase: boolean;
	multiLine: boolean;
	dotAll: boolean;
	ungreedy: boolean;
}

/** RE2's own bounds. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 1000;

/** A part of the JavaScript expression, how often repetitions in it multiply up, and what trying it may cost. */
interface Part {
	source: string;
	repeats: number;
	effort: Effort;
}

export interface Translated {
	/** Of a JavaScript expression with the flag `u`. */
	source: string;
	effort: Effort;
}

/**
 * A regular expression of RE2 as the source of a JavaScript one with the flag `u`, with `.` matching newlines too, as
 * in labels. What RE2 has and JavaScript writes otherwise is rewritten, what RE2 has not (look-around, back
 * references) is refused. Source: github.com/google/re2/wiki/Syntax.
 */
export function translateRegex(pattern: string): Translated {
	const translator = new Translator(pattern);
	return translator.whole();
}

class Translator {
	readonly #cursor: RegexCursor;
	#flags: Flags = { ignoreCase: false, multiLine: false, dotAll: true, ungreedy: false };
	#depth = 0;
	readonly #names = new Set<string>();

	constructor(text: string) {
		this.#cursor = new RegexCursor(text);
	}

	whole(): Translated {
		const { source, effort } = this.#alternatives();
		if (this.#cursor.at < this.#cursor.text.length) throw new RegexError('unexpected )', this.#cursor.text);
		return { source, effort };
	}

	#alternatives(): Part {
		const branches: Part[] = [];
		do {
			if (branches.length > 0) this.#cursor.at++;
			branches.push(this.#branch());
		} while (this.#cursor.text[this.#cursor.at] === '|');
		return {
			source: branches.map((it) => it.source).join('|'),
			repeats: branches.reduce((most, it) => Math.max(most, it.repeats), 1),
			effort: asAlternatives(branches.map((it) => it.effort)),
		};
	}

	#branch(): Part {
		let source = '';
		let repeats = 1;
		let effort = ONE_WAY;
		while (
			this.#cursor.at < this.#cursor.text.length &&
			this.#cursor.text[this.#cursor.at] !== '|' &&
			this.#cursor.text[this.#cursor.at] !== ')'
		) {
			const start = this.#cursor.at;
			const part = this.#atom();
			if (!part) {
				this.#refuseRepetition(start);
				continue;
			}
			const next = this.#repetition(part);
			source += next.source;
			repeats = Math.max(repeats, next.repeats);
			effort = inSequence(effort, next.effort);
		}
		return { source, repeats, effort };
	}

	/** Nothing to repeat stands before. */
	#refuseRepetition(from: number): void {
		const found = this.#repeatAt(this.#cursor.at);
		if (found)
			throw new RegexError(
				'missing argument to repetition operator',
				this.#cursor.text.slice(from, found.end),
			);
	}

	#repetition(part: Part): Part {
		const start = this.#cursor.at;
		const found = this.#repeatAt(start);
		if (!found) return part;
		this.#cursor.at = found.end;
		let lazy = this.#flags.ungreedy;
		if (this.#cursor.text[this.#cursor.at] === '?') {
			lazy = !lazy;
			this.#cursor.at++;
		}
		const stacked = this.#repeatAt(this.#cursor.at);
		if (stacked) {
			throw new RegexError('invalid nested repetition operator', this.#cursor.text.slice(start, stacked.end));
		}
		const repeats = part.repeats * Math.max(1, found.most);
		if (repeats > MAX_REPEAT)
			throw new RegexError('invalid repeat count', this.#cursor.text.slice(start, found.end));
		return {
			source: `${part.source}${found.source}${lazy ? '?' : ''}`,
			repeats,
			effort: repeated(part.effort, found.least, found.limit),
		};
	}

	/** The repetition operator at an offset; braces that hold none are literal. `limit` is how often at most, `most` what counts for the bound. */
	#repeatAt(
		at: number,
	): { source: string; end: number; least: number; most: number; limit: number } | undefined {
		const char = this.#cursor.text[at];
		if (char === '*' || char === '+' || char === '?') {
			const limit = char === '?' ? 1 : Number.POSITIVE_INFINITY;
			return { source: char, end: at + 1, least: char === '+' ? 1 : 0, most: 1, limit };
		}
		const match = char === '{' ? /^\{([0-9]+)(,?)([0-9]*)\}/.exec(this.#cursor.text.slice(at)) : null;
		if (!match || (match[2] === '' && match[3] !== '')) return undefined;
		const least = Number(match[1]);
		const most = match[3] === '' ? least : Number(match[3]);
		if (least > MAX_REPEAT || most > MAX_REPEAT || least > most) {
			throw new RegexError('invalid repeat count', match[0]);
		}
		const limit = match[2] !== '' && match[3] === '' ? Number.POSITIVE_INFINITY : most;
		return { source: match[0], end: at + match[0].length, least, most, limit };
	}

	/** One thing that can be repeated; undefined after flags, which are nothing. */
	#atom(): Part | undefined {
		const char = this.#cursor.text[this.#cursor.at]!;
		switch (char) {
			case '(':
				return this.#group();
			case '[':
				return this.#plain(this.#classOf(scanClass(this.#cursor)));
			case '.':
				this.#cursor.at++;
				return this.#plain(this.#flags.dotAll ? '[^]' : '[^\\n]');
			case '^':
				this.#cursor.at++;
				return this.#plain(this.#flags.multiLine ? '(?:^|(?<=\\n))' : '(?:^)');
			case '$':
				this.#cursor.at++;
				return this.#plain(this.#flags.multiLine ? '(?:$|(?=\\n))' : '(?:$)');
			case '\\':
				return this.#escape();
		}
		const repeat = this.#repeatAt(this.#cursor.at);
		if (repeat) {
			throw new RegexError(
				'missing argument to repetition operator',
				this.#cursor.text.slice(this.#cursor.at, repeat.end),
			);
		}
		const code = this.#cursor.text.codePointAt(this.#cursor.at)!;
		this.#cursor.at += code > 0xffff ? 2 : 1;
		return this.#plain(this.#cased(printCodePoint(code)));
	}

	#plain(source: string): Part {
		return { source, repeats: 1, effort: ONE_WAY };
	}

	/** Under (?i) every atom carries the flag itself, since flags may begin in the middle of a group. */
	#cased(source: string): string {
		return this.#flags.ignoreCase ? `(?i:${source})` : source;
	}

	#classOf({ negated, inside }: { negated: boolean; inside: string }): string {
		// Nothing at all, or anything.
		if (inside === '') return negated ? '[^]' : '[]';
		return this.#cased(`[${negated ? '^' : ''}${inside}]`);
	}

	#group(): Part | undefined {
		if (++this.#depth > MAX_DEPTH) throw new RegexError('expression nests too deeply', this.#cursor.text);
		const outer = this.#flags;
		const open = this.#open();
		if (open === undefined) {
			this.#depth--;
			return undefined;
		}
		const { source, repeats, effort } = this.#alternatives();
		if (this.#cursor.text[this.#cursor.at] !== ')')
			throw new RegexError('missing closing )', this.#cursor.text);
		this.#cursor.at++;
		this.#depth--;
		this.#flags = outer;
		return { source: `${open}${source})`, repeats, effort };
	}

	/** How the group begins; undefined when it only sets flags. */
	#open(): string | undefined {
		const rest = this.#cursor.text.slice(this.#cursor.at);
		if (!rest.startsWith('(?')) {
			this.#cursor.at++;
			return '(';
		}
		const named = /^\(\?P?<([A-Za-z0-9_]+)>/.exec(rest);
		if (named) return this.#named(named[1]!, named[0]);
		const flags = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
		if (!flags) {
			throw new RegexError('invalid or unsupported Perl syntax', rest.slice(0, 4));
		}
		this.#cursor.at += flags[0].length;
		this.#flags = { ...this.#flags };
		this.#set(flags[1]!, true);
		this.#set(flags[2] ?? '', false);
		return flags[3] === ':' ? '(?:' : undefined;
	}

	#named(name: string, text: string): string {
		if (this.#names.has(name)) throw new RegexError('duplicate capture group name', name);
		this.#names.add(name);
		this.#cursor.at += text.length;
		// A name that JavaScript would not take still has its number; the map of names is our own.
		return `(?<${/^[0-9]/.test(name) ? '_' : ''}${name}>`;
	}

	#set(letters: string, value: boolean): void {
		for (const letter of letters) {
			if (letter === 'i') this.#flags.ignoreCase = value;
			else if (letter === 'm') this.#flags.multiLine = value;
			else if (letter === 's') this.#flags.dotAll = value;
			else this.#flags.ungreedy = value;
		}
	}

	#escape(): Part | undefined {
		const letter = this.#cursor.text[this.#cursor.at + 1];
		if (letter === undefined) throw new RegexError('trailing backslash at end of expression', '');
		if (letter === 'A' || letter === 'z' || letter === 'b' || letter === 'B') {
			this.#cursor.at += 2;
			return this.#plain({ A: '(?:^)', z: '(?:$)', b: '(?:\\b)', B: '(?:\\B)' }[letter]);
		}
		if (letter === 'Q') return this.#quoted();
		const inside = scanClassEscape(this.#cursor);
		if (inside !== undefined) return this.#plain(this.#cased(`[${inside}]`));
		return this.#plain(this.#cased(printCodePoint(scanEscapedCodePoint(this.#cursor))));
	}

	/** `\Q...\E`: the repetition after it is of its last character. */
	#quoted(): Part | undefined {
		const end = this.#cursor.text.indexOf('\\E', this.#cursor.at + 2);
		const literal = [...this.#cursor.text.slice(this.#cursor.at + 2, end < 0 ? undefined : end)];
		this.#cursor.at = end < 0 ? this.#cursor.text.length : end + 2;
		if (literal.length === 0) return undefined;
		const parts = literal.map((char) => this.#cased(printCodePoint(char.codePointAt(0)!)));
		const last = this.#repetition(this.#plain(parts.at(-1)!));
		// In a group, so that a repetition which follows cannot reach it: there is none any more.
		return { ...last, source: `(?:${parts.slice(0, -1).join('')}${last.source})` };
	}
}
