import { scanNumber, scanRestOfDuration } from './number-scan.ts';
import { ParseError } from './parse-error.ts';
import { isStringQuote, scanString } from './string-scan.ts';
import { DURATION_WORDS, KEYWORDS, type Token, type TokenKind } from './token.ts';

/** What the lexer takes for space, and nothing else. */
const SPACE = /[ \t\n\r]/;
const NAME_START = /[A-Za-z_]/;
const durationWords: ReadonlySet<string> = new Set(DURATION_WORDS);
const SINGLE_SIGNS = new Set([...',*/%+-^@']);

export function isDigit(char: string | undefined): boolean {
	return char !== undefined && char >= '0' && char <= '9';
}

export function isNameStart(char: string | undefined): boolean {
	return char !== undefined && NAME_START.test(char);
}

/** A character as Go quotes a rune. */
function quoteCharacter(char: string | undefined): string {
	if (char === undefined) return "'\ufffd'";
	const escapes: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', "'": "\\'", '\\': '\\\\' };
	const code = char.codePointAt(0)!;
	if (code < 32 || code === 127) return `'${escapes[char] ?? `\\x${code.toString(16).padStart(2, '0')}`}'`;
	return `'${escapes[char] ?? char}'`;
}

/**
 * Cuts an expression into tokens, one by one. What a name or a colon is hangs on the brackets that are open, so the lexer
 * keeps them. Comments are skipped.
 */
export class Lexer {
	readonly input: string;
	#pos = 0;
	#parens = 0;
	#braceOpen = false;
	#bracketOpen = false;
	#gotColon = false;
	/** Directly in the brackets of a range, where only durations may stand. */
	#inDuration = false;
	#gotDuration = false;

	constructor(input: string) {
		this.input = input;
	}

	/** The next token; `eof` again and again at the end. */
	next(): Token {
		this.#skip();
		const start = this.#pos;
		if (this.#braceOpen) return this.#insideBraces(start);
		if (this.#inDuration) return this.#insideRange(start);
		return this.#statement(start);
	}

	/** Throws a parse error that starts at `start`. */
	fail(reason: string, start: number): never {
		throw new ParseError(this.input, { start, end: this.input.length }, reason);
	}

	#skip(): void {
		for (;;) {
			const char = this.input[this.#pos];
			if (char !== undefined && SPACE.test(char)) this.#pos++;
			else if (char === '#' && !this.#inDuration) {
				while (this.#pos < this.input.length && !/[\r\n]/.test(this.input[this.#pos]!)) this.#pos++;
			} else return;
		}
	}

	#token(kind: TokenKind, start: number, end: number): Token {
		this.#pos = end;
		return { kind, text: this.input.slice(start, end), start, end };
	}

	/** The whole character at an offset, also one of two units. */
	#character(at: number): string | undefined {
		const code = this.input.codePointAt(at);
		return code === undefined ? undefined : String.fromCodePoint(code);
	}

	#statement(start: number): Token {
		const char = this.input[start];
		const following = this.input[start + 1];
		if (char === undefined) {
			if (this.#parens !== 0) this.fail('unclosed left parenthesis', start);
			if (this.#bracketOpen) this.fail('unclosed left bracket', start);
			return this.#token('eof', start, start);
		}
		if (SINGLE_SIGNS.has(char)) return this.#token(char, start, start + 1);
		if (char === '=') {
			if (following === '=') return this.#token('==', start, start + 2);
			if (following === '~') this.fail(`unexpected character after '=': '~'`, start);
			return this.#token('=', start, start + 1);
		}
		if (char === '!') {
			if (following === '=') return this.#token('!=', start, start + 2);
			return this.fail(
				`unexpected character after '!': ${quoteCharacter(this.#character(start + 1))}`,
				start,
			);
		}
		if (char === '<' || char === '>') {
			const long = following === '=' || following === '/';
			return this.#token(long ? char + following : char, start, start + (long ? 2 : 1));
		}
		if (isDigit(char) || (char === '.' && isDigit(following))) return this.#number(start);
		if (isStringQuote(char)) return this.#string(start);
		if (isNameStart(char) || char === ':') return this.#word(start, char);
		if (char === '(' || char === ')') return this.#paren(char, start);
		if (char === '{') {
			this.#braceOpen = true;
			return this.#token('{', start, start + 1);
		}
		if (char === '[') {
			if (this.#bracketOpen) this.fail(`unexpected left bracket '['`, start);
			this.#bracketOpen = true;
			this.#gotColon = false;
			this.#gotDuration = false;
			this.#inDuration = true;
			return this.#token('[', start, start + 1);
		}
		if (char === ']') return this.#rightBracket(start);
		return this.fail(`unexpected character: ${quoteCharacter(this.#character(start))}`, start);
	}

	#paren(char: string, start: number): Token {
		this.#parens += char === '(' ? 1 : -1;
		if (this.#parens < 0) this.fail(`unexpected right parenthesis ')'`, start + 1);
		return this.#token(char, start, start + 1);
	}

	#rightBracket(start: number): Token {
		if (!this.#bracketOpen) this.fail(`unexpected right bracket ']'`, start);
		this.#bracketOpen = false;
		this.#inDuration = false;
		return this.#token(']', start, start + 1);
	}

	#word(start: number, char: string): Token {
		if (this.#bracketOpen) {
			if (char === ':') {
				if (this.#gotColon) this.fail(`unexpected colon ':'`, start);
				this.#gotColon = true;
				return this.#token(':', start, start + 1);
			}
			const word = this.#durationWord(start);
			if (word) return word;
			this.fail(`unexpected character: ${quoteCharacter(char)}, expected ':'`, start);
		}
		let end = start + 1;
		while (isNameStart(this.input[end]) || isDigit(this.input[end]) || this.input[end] === ':') end++;
		const text = this.input.slice(start, end);
		const lower = text.toLowerCase();
		if (lower === 'inf' || lower === 'nan') return this.#token('number', start, end);
		// `fill` stays a good name for a metric: it is a keyword only before a parenthesis.
		const keyword = KEYWORDS.has(lower) && (!lower.startsWith('fill') || this.#parenFollows(end));
		if (keyword) return this.#token(lower, start, end);
		return this.#token(text.includes(':') ? 'metric identifier' : 'identifier', start, end);
	}

	#parenFollows(at: number): boolean {
		let i = at;
		while (i < this.input.length && SPACE.test(this.input[i]!)) i++;
		return this.input[i] === '(';
	}

	#durationWord(start: number): Token | undefined {
		let end = start;
		while (isNameStart(this.input[end])) end++;
		const word = this.input.slice(start, end).toLowerCase();
		return durationWords.has(word) ? this.#token(word, start, end) : undefined;
	}

	#number(start: number): Token {
		const scan = scanNumber(this.input, start);
		if (scan.ok) return this.#token('number', start, scan.end);
		const rest = scanRestOfDuration(this.input, scan.end);
		if (rest.ok) return this.#token('duration', start, rest.end);
		return this.fail(
			`bad number or duration syntax: ${JSON.stringify(this.input.slice(start, rest.end))}`,
			start,
		);
	}

	#string(start: number): Token {
		const scan = scanString(this.input, start);
		if (scan.reason !== undefined) this.fail(scan.reason, start);
		return this.#token('string', start, scan.end);
	}

	#insideBraces(start: number): Token {
		const char = this.input[start];
		const following = this.input[start + 1];
		if (char === undefined) this.fail('unexpected end of input inside braces', start);
		if (isNameStart(char)) {
			let end = start + 1;
			while (isNameStart(this.input[end]) || isDigit(this.input[end])) end++;
			return this.#token('identifier', start, end);
		}
		if (char === ',') return this.#token(',', start, start + 1);
		if (isStringQuote(char)) return this.#string(start);
		if (char === '=') {
			if (following === '~') return this.#token('=~', start, start + 2);
			return this.#token('=', start, start + 1);
		}
		if (char === '!') {
			if (following === '~' || following === '=') return this.#token(`!${following}`, start, start + 2);
			const found = quoteCharacter(this.#character(start + 1));
			this.fail(`unexpected character after '!' inside braces: ${found}`, start);
		}
		if (char === '{') this.fail(`unexpected left brace '{'`, start);
		if (char === '}') {
			this.#braceOpen = false;
			return this.#token('}', start, start + 1);
		}
		return this.fail(`unexpected character inside braces: ${quoteCharacter(this.#character(start))}`, start);
	}

	/** Between `[` and the first number of a range, and after each word. */
	#insideRange(start: number): Token {
		const char = this.input[start];
		if (char === undefined) this.fail('unexpected end of input in duration expression', start);
		if (char === ']') return this.#rightBracket(start);
		if (char === ':') {
			if (!this.#gotDuration) this.fail('unexpected colon before duration in duration expression', start + 1);
			if (this.#gotColon) this.fail('unexpected repeated colon in duration expression', start + 1);
			this.#gotColon = true;
			return this.#token(':', start, start + 1);
		}
		if (char === '(' || char === ')') return this.#paren(char, start);
		if ('+-*/%^,'.includes(char)) return this.#token(char, start, start + 1);
		if (isDigit(char) || (char === '.' && isDigit(this.input[start + 1]))) {
			this.#gotDuration = true;
			this.#inDuration = false;
			return this.#number(start);
		}
		const word = /[srm]/i.test(char) ? this.#durationWord(start) : undefined;
		if (word) {
			this.#gotDuration = true;
			return word;
		}
		const found = quoteCharacter(this.#character(start));
		return this.fail(`unexpected character in duration expression: ${found}`, start);
	}
}
