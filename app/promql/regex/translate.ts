import { perlClass, posixClass, printCodePoint, printRange, unicodeClass } from './char-class.ts';
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

const CONTROL: Record<string, number> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** A part of the JavaScript expression, and how often repetitions in it multiply up. */
interface Part {
	source: string;
	repeats: number;
}

/**
 * A regular expression of RE2 as the source of a JavaScript one with the flag `u`, with `.` matching newlines too, as
 * in labels. What RE2 has and JavaScript writes otherwise is rewritten, what RE2 has not (look-around, back
 * references) is refused. Source: github.com/google/re2/wiki/Syntax.
 */
export function translateRegex(pattern: string): string {
	const translator = new Translator(pattern);
	return translator.whole();
}

class Translator {
	readonly #text: string;
	#at = 0;
	#flags: Flags = { ignoreCase: false, multiLine: false, dotAll: true, ungreedy: false };
	#depth = 0;
	readonly #names = new Set<string>();

	constructor(text: string) {
		this.#text = text;
	}

	whole(): string {
		const { source } = this.#alternatives();
		if (this.#at < this.#text.length) throw new RegexError('unexpected )', this.#text);
		return source;
	}

	#alternatives(): Part {
		const branches: string[] = [];
		let repeats = 1;
		do {
			if (branches.length > 0) this.#at++;
			const branch = this.#branch();
			branches.push(branch.source);
			repeats = Math.max(repeats, branch.repeats);
		} while (this.#text[this.#at] === '|');
		return { source: branches.join('|'), repeats };
	}

	#branch(): Part {
		let source = '';
		let repeats = 1;
		while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
			const start = this.#at;
			const part = this.#atom();
			if (!part) {
				this.#refuseRepetition(start);
				continue;
			}
			const repeated = this.#repetition(part);
			source += repeated.source;
			repeats = Math.max(repeats, repeated.repeats);
		}
		return { source, repeats };
	}

	/** Nothing to repeat stands before. */
	#refuseRepetition(from: number): void {
		const found = this.#repeatAt(this.#at);
		if (found) throw new RegexError('missing argument to repetition operator', this.#text.slice(from, found.end));
	}

	#repetition(part: Part): Part {
		const start = this.#at;
		const found = this.#repeatAt(start);
		if (!found) return part;
		this.#at = found.end;
		let lazy = this.#flags.ungreedy;
		if (this.#text[this.#at] === '?') {
			lazy = !lazy;
			this.#at++;
		}
		const stacked = this.#repeatAt(this.#at);
		if (stacked) {
			throw new RegexError('invalid nested repetition operator', this.#text.slice(start, stacked.end));
		}
		const repeats = part.repeats * Math.max(1, found.most);
		if (repeats > MAX_REPEAT) throw new RegexError('invalid repeat count', this.#text.slice(start, found.end));
		return { source: `${part.source}${found.source}${lazy ? '?' : ''}`, repeats };
	}

	/** The repetition operator at an offset; braces that hold none are literal. */
	#repeatAt(at: number): { source: string; end: number; most: number } | undefined {
		const char = this.#text[at];
		if (char === '*' || char === '+' || char === '?') return { source: char, end: at + 1, most: 1 };
		const match = char === '{' ? /^\{([0-9]+)(,?)([0-9]*)\}/.exec(this.#text.slice(at)) : null;
		if (!match || (match[2] === '' && match[3] !== '')) return undefined;
		const least = Number(match[1]);
		const most = match[3] === '' ? least : Number(match[3]);
		if (least > MAX_REPEAT || most > MAX_REPEAT || least > most) {
			throw new RegexError('invalid repeat count', match[0]);
		}
		return { source: match[0], end: at + match[0].length, most };
	}

	/** One thing that can be repeated; undefined after flags, which are nothing. */
	#atom(): Part | undefined {
		const char = this.#text[this.#at]!;
		switch (char) {
			case '(':
				return this.#group();
			case '[':
				return this.#plain(this.#class());
			case '.':
				this.#at++;
				return this.#plain(this.#flags.dotAll ? '[^]' : '[^\\n]');
			case '^':
				this.#at++;
				return this.#plain(this.#flags.multiLine ? '(?:^|(?<=\\n))' : '(?:^)');
			case '$':
				this.#at++;
				return this.#plain(this.#flags.multiLine ? '(?:$|(?=\\n))' : '(?:$)');
			case '\\':
				return this.#escape();
		}
		const repeat = this.#repeatAt(this.#at);
		if (repeat) {
			throw new RegexError('missing argument to repetition operator', this.#text.slice(this.#at, repeat.end));
		}
		const code = this.#text.codePointAt(this.#at)!;
		this.#at += code > 0xffff ? 2 : 1;
		return this.#plain(this.#cased(printCodePoint(code)));
	}

	#plain(source: string): Part {
		return { source, repeats: 1 };
	}

	/** Under (?i) every atom carries the flag itself, since flags may begin in the middle of a group. */
	#cased(source: string): string {
		return this.#flags.ignoreCase ? `(?i:${source})` : source;
	}

	#group(): Part | undefined {
		if (++this.#depth > MAX_DEPTH) throw new RegexError('expression nests too deeply', this.#text);
		const outer = this.#flags;
		const open = this.#open();
		if (open === undefined) {
			this.#depth--;
			return undefined;
		}
		const { source, repeats } = this.#alternatives();
		if (this.#text[this.#at] !== ')') throw new RegexError('missing closing )', this.#text);
		this.#at++;
		this.#depth--;
		this.#flags = outer;
		return { source: `${open}${source})`, repeats };
	}

	/** How the group begins; undefined when it only sets flags. */
	#open(): string | undefined {
		const rest = this.#text.slice(this.#at);
		if (!rest.startsWith('(?')) {
			this.#at++;
			return '(';
		}
		const named = /^\(\?P?<([A-Za-z0-9_]+)>/.exec(rest);
		if (named) return this.#named(named[1]!, named[0]);
		const flags = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
		if (!flags) {
			throw new RegexError('invalid or unsupported Perl syntax', rest.slice(0, 4));
		}
		this.#at += flags[0].length;
		this.#flags = { ...this.#flags };
		this.#set(flags[1]!, true);
		this.#set(flags[2] ?? '', false);
		return flags[3] === ':' ? '(?:' : undefined;
	}

	#named(name: string, text: string): string {
		if (this.#names.has(name)) throw new RegexError('duplicate capture group name', name);
		this.#names.add(name);
		this.#at += text.length;
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
		const letter = this.#text[this.#at + 1];
		if (letter === undefined) throw new RegexError('trailing backslash at end of expression', '');
		if (letter === 'A' || letter === 'z' || letter === 'b' || letter === 'B') {
			this.#at += 2;
			return this.#plain({ A: '(?:^)', z: '(?:$)', b: '(?:\\b)', B: '(?:\\B)' }[letter]);
		}
		if (letter === 'Q') return this.#quoted();
		const inside = this.#classEscape();
		if (inside !== undefined) return this.#plain(this.#cased(`[${inside}]`));
		return this.#plain(this.#cased(printCodePoint(this.#escapedCodePoint())));
	}

	/** `\Q...\E`: the repetition after it is of its last character. */
	#quoted(): Part | undefined {
		const end = this.#text.indexOf('\\E', this.#at + 2);
		const literal = [...this.#text.slice(this.#at + 2, end < 0 ? undefined : end)];
		this.#at = end < 0 ? this.#text.length : end + 2;
		if (literal.length === 0) return undefined;
		const parts = literal.map((char) => this.#cased(printCodePoint(char.codePointAt(0)!)));
		const last = this.#repetition(this.#plain(parts.at(-1)!));
		// In a group, so that a repetition which follows cannot reach it: there is none any more.
		return { source: `(?:${parts.slice(0, -1).join('')}${last.source})`, repeats: last.repeats };
	}

	/** `\d`, `\pL` and the like as the inside of a class; undefined when the escape is a character. */
	#classEscape(): string | undefined {
		const rest = this.#text.slice(this.#at);
		const perl = perlClass(rest[1] ?? '');
		if (perl !== undefined) {
			this.#at += 2;
			return perl;
		}
		if (rest[1] !== 'p' && rest[1] !== 'P') return undefined;
		const match = /^\\[pP](?:\{([^}]*)\}|([A-Za-z]))/.exec(rest);
		if (!match) throw new RegexError('invalid character class range', rest.slice(0, 2));
		this.#at += match[0].length;
		return unicodeClass(match[1] ?? match[2]!, rest[1] === 'P', match[0]);
	}

	#escapedCodePoint(): number {
		const rest = this.#text.slice(this.#at);
		const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
		if (octal) {
			this.#at += octal[0].length;
			return Number.parseInt(octal[1]!, 8);
		}
		const hex = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/.exec(rest);
		if (hex) {
			const code = Number.parseInt(hex[1] ?? hex[2]!, 16);
			if (code > 0x10ffff) throw new RegexError('invalid escape sequence', hex[0]);
			this.#at += hex[0].length;
			return code;
		}
		const char = rest[1] ?? '';
		const control = CONTROL[char];
		if (control === undefined && !/^[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e\x00-\x20\x7f]$/.test(char)) {
			throw new RegexError(char === '' ? 'trailing backslash at end of expression' : 'invalid escape sequence', rest.slice(0, 2));
		}
		this.#at += 2;
		return control ?? char.charCodeAt(0);
	}

	#class(): string {
		const start = this.#at++;
		const negated = this.#text[this.#at] === '^';
		if (negated) this.#at++;
		let inside = '';
		for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
			if (this.#at >= this.#text.length) throw new RegexError('missing closing ]', this.#text.slice(start));
			inside += this.#classItem(start);
		}
		this.#at++;
		// Nothing at all, or anything.
		if (inside === '') return negated ? '[^]' : '[]';
		return this.#cased(`[${negated ? '^' : ''}${inside}]`);
	}

	#classItem(start: number): string {
		const rest = this.#text.slice(this.#at);
		const posix = /^\[:[^\]]*:\]/.exec(rest);
		if (posix) {
			this.#at += posix[0].length;
			return posixClass(posix[0]);
		}
		const inside = rest[0] === '\\' ? this.#classEscape() : undefined;
		if (inside !== undefined) return inside;
		const from = this.#classCharacter(start);
		if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']' || this.#at + 1 >= this.#text.length) {
			return printRange(from, from);
		}
		this.#at++;
		const to = this.#classCharacter(start);
		if (to < from) throw new RegexError('invalid character class range', rest.slice(0, this.#at - start));
		return printRange(from, to);
	}

	#classCharacter(start: number): number {
		if (this.#at >= this.#text.length) throw new RegexError('missing closing ]', this.#text.slice(start));
		if (this.#text[this.#at] === '\\') return this.#escapedCodePoint();
		const code = this.#text.codePointAt(this.#at)!;
		this.#at += code > 0xffff ? 2 : 1;
		return code;
	}
}
