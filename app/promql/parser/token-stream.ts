import type { Expression } from './ast.ts';
import { Lexer } from './lexer.ts';
import { ParseError, type Span } from './parse-error.ts';
import { describeToken, type Token } from './token.ts';

/** How deep an expression may nest: both parsing and evaluating recurse. */
const MAX_DEPTH = 500;

/** The tokens of an expression with one of look-ahead, and the errors that are found on the way. */
export class TokenStream {
	readonly input: string;
	readonly #lexer: Lexer;
	#token: Token;
	/** End of the last token that can close an expression. */
	#lastClosing = 0;
	#reported: ParseError | undefined;
	#lexerError: ParseError | undefined;
	readonly #depths = new WeakMap<Expression, number>();
	#nesting = 0;
	readonly #constructs: { context: string; expected: string }[] = [];

	constructor(input: string) {
		this.input = input;
		this.#lexer = new Lexer(input);
		this.#token = this.#read();
	}

	/** The next token. What the lexer refuses fits nowhere, so that errors before it are found first. */
	#read(): Token {
		try {
			return this.#lexer.next();
		} catch (error) {
			if (!(error instanceof ParseError)) throw error;
			this.#lexerError = error;
			return { kind: 'error', text: '', start: error.span.start, end: error.span.end };
		}
	}

	/** The current token. */
	get token(): Token {
		return this.#token;
	}

	get lastClosing(): number {
		return this.#lastClosing;
	}

	/** Whether the current token is of a kind. */
	is(...kinds: string[]): boolean {
		return kinds.includes(this.#token.kind);
	}

	/** Gives the current token back and reads on. */
	take(): Token {
		const token = this.#token;
		this.#token = this.#read();
		const { kind } = token;
		if (kind === '}' || kind === ')' || kind === ']' || kind === 'duration' || kind === 'number') {
			this.#lastClosing = token.end;
		}
		return token;
	}

	/** Takes a token of a kind, or throws. */
	expect(kind: string, context?: string, expected = ''): Token {
		if (this.#token.kind !== kind) {
			if (context === undefined) this.misplaced();
			this.unexpected(context, expected);
		}
		return this.take();
	}

	/** Notes an error that does not end parsing; the first one counts. */
	report(span: Span, reason: string): void {
		this.#reported ??= new ParseError(this.input, span, reason);
	}

	/** What was noted first. */
	get reported(): ParseError | undefined {
		return this.#reported;
	}

	/** Throws if the current token is what the lexer refused. */
	failOnLexerError(): void {
		if (this.#lexerError) throw this.#lexerError;
	}

	/** Throws: the current token cannot stand here. */
	unexpected(context: string, expected: string): never {
		this.failOnLexerError();
		const where = context === '' ? '' : ` in ${context}`;
		const wanted = expected === '' ? '' : `, expected ${expected}`;
		const reason = `unexpected ${describeToken(this.#token)}${where}${wanted}`;
		throw new ParseError(this.input, this.#token, reason);
	}

	/** Throws: the current token cannot stand here, in the construct that is parsed. */
	misplaced(): never {
		const { context, expected } = this.#constructs.at(-1) ?? { context: '', expected: '' };
		return this.unexpected(context, expected);
	}

	/** Parses a construct that errors inside of it are told of. */
	within<T>(context: string, expected: string, parse: () => T): T {
		this.#constructs.push({ context, expected });
		const result = parse();
		this.#constructs.pop();
		return result;
	}

	/** Bounds the parser's own recursion. */
	nested<T>(parse: () => T): T {
		if (++this.#nesting > MAX_DEPTH) this.#tooDeep();
		const result = parse();
		this.#nesting--;
		return result;
	}

	/** Notes an expression's depth, which bounds every later recursion. */
	made<E extends Expression>(e: E, ...children: Expression[]): E {
		let depth = 0;
		for (const child of children) depth = Math.max(depth, this.#depths.get(child) ?? 1);
		if (depth >= MAX_DEPTH) this.#tooDeep();
		this.#depths.set(e, depth + 1);
		return e;
	}

	#tooDeep(): never {
		throw new ParseError(this.input, this.#token, `expression is nested deeper than ${MAX_DEPTH} levels`);
	}
}
