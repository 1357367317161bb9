import type { Binary, Expression } from './ast.ts';
import { CallParser } from './call-parser.ts';
import { DurationParser } from './duration-parser.ts';
import { parseMatching } from './matching-parser.ts';
import { setAt, setAtEnd, setOffset, setReach } from './modifiers.ts';
import { parseNumberLiteral } from './number-literal.ts';
import { ParseError } from './parse-error.ts';
import { parseSelector } from './selector-parser.ts';
import { unquoteString } from './string-scan.ts';
import { AGGREGATIONS, METRIC_NAMES, type OperatorName } from './token.ts';
import { TokenStream } from './token-stream.ts';
import { checkTypes } from './type-check.ts';

export interface ParserOptions {
	/** Functions and aggregations that Prometheus has behind a flag. */
	experimentalFunctions?: boolean;
	/** `fill()`, `fill_left()`, `fill_right()` of binary operators. */
	fillModifiers?: boolean;
}

const aggregations: ReadonlySet<string> = new Set(AGGREGATIONS);

const PRECEDENCE: Record<OperatorName, number> = {
	or: 1,
	and: 2,
	unless: 2,
	'==': 3,
	'!=': 3,
	'<': 3,
	'<=': 3,
	'>': 3,
	'>=': 3,
	'</': 3,
	'>/': 3,
	'+': 4,
	'-': 4,
	'*': 5,
	'/': 5,
	'%': 5,
	atan2: 5,
	'^': 6,
};

/** An expression's tree; throws a ParseError. */
export function parseExpression(input: string, options: ParserOptions = {}): Expression {
	const tokens = new TokenStream(input);
	const e = new Parser(tokens, options).whole();
	if (tokens.reported) throw tokens.reported;
	checkTypes(tokens, e);
	if (tokens.reported) throw tokens.reported;
	return e;
}

/**
 * Recursive descent with precedence climbing. A syntax error ends it; of what is wrong otherwise the first is thrown
 * at the end, as in Prometheus.
 */
class Parser {
	readonly #tokens: TokenStream;
	readonly #fillModifiers: boolean;
	readonly #calls: CallParser;
	readonly #durations: DurationParser;

	constructor(tokens: TokenStream, options: ParserOptions) {
		this.#tokens = tokens;
		this.#fillModifiers = options.fillModifiers ?? false;
		const experimental = options.experimentalFunctions ?? false;
		this.#calls = new CallParser(tokens, experimental, () => this.#expression(0));
		this.#durations = new DurationParser(tokens);
	}

	/** Up to the end of the text. */
	whole(): Expression {
		const tokens = this.#tokens;
		try {
			if (tokens.is('eof')) {
				throw new ParseError(tokens.input, { start: 0, end: 0 }, 'no expression found in input');
			}
			const e = this.#expression(0);
			if (!tokens.is('eof')) tokens.misplaced();
			return e;
		} catch (error) {
			// What was noted before came earlier in the text.
			throw error instanceof ParseError ? (tokens.reported ?? error) : error;
		}
	}

	#expression(precedence: number): Expression {
		let left = this.#tokens.nested(() => this.#prefix());
		for (;;) {
			left = this.#postfix(left);
			const op = this.#tokens.token.kind as OperatorName;
			if (!((PRECEDENCE[op] ?? -1) >= precedence)) return left;
			left = this.#binary(left, op);
		}
	}

	#prefix(): Expression {
		const tokens = this.#tokens;
		const { kind, text, start, end } = tokens.token;
		switch (kind) {
			case '+':
			case '-':
				return this.#unary(kind);
			case '(': {
				tokens.take();
				const inner = this.#expression(0);
				const close = tokens.expect(')');
				return tokens.made({ kind: 'parenthesis', inner, span: { start, end: close.end } }, inner);
			}
			case 'number':
			case 'duration':
				return parseNumberLiteral(tokens);
			case 'string':
				tokens.take();
				return { kind: 'string', value: unquoteString(text), span: { start, end } };
			case '{':
				return parseSelector(tokens);
		}
		if (aggregations.has(kind)) return this.#calls.aggregationOrName();
		if (METRIC_NAMES.has(kind)) return this.#calls.callOrName();
		return tokens.misplaced();
	}

	#unary(op: '+' | '-'): Expression {
		const { start } = this.#tokens.take();
		const inner = this.#expression(PRECEDENCE['^']);
		const span = { start, end: inner.span.end };
		if (inner.kind === 'number') return { ...inner, value: op === '-' ? -inner.value : inner.value, span };
		return this.#tokens.made({ kind: 'unary', op, inner, span }, inner);
	}

	#postfix(e: Expression): Expression {
		const tokens = this.#tokens;
		let target = e;
		for (;;) {
			switch (tokens.token.kind) {
				case '[':
					target = tokens.made(this.#durations.range(target), target);
					break;
				case 'offset':
					tokens.take();
					setOffset(tokens, target, this.#durations.offset());
					break;
				case '@':
					tokens.take();
					this.#at(target);
					break;
				case 'anchored':
				case 'smoothed':
					setReach(tokens, target, tokens.take().kind as 'anchored' | 'smoothed');
					break;
				default:
					return target;
			}
		}
	}

	/** What stands after `@`: seconds, `start()` or `end()`. */
	#at(target: Expression): void {
		const tokens = this.#tokens;
		const { kind } = tokens.token;
		if (kind === 'start' || kind === 'end') {
			tokens.take();
			tokens.expect('(', '@', 'timestamp');
			tokens.expect(')', '@', 'timestamp');
			setAtEnd(tokens, target, kind);
			return;
		}
		if (tokens.is('+', '-')) tokens.take();
		if (!tokens.is('number', 'duration')) tokens.unexpected('@', 'timestamp');
		const { value } = parseNumberLiteral(tokens);
		setAt(tokens, target, kind === '-' ? -value : value);
	}

	#binary(left: Expression, op: OperatorName): Binary {
		const tokens = this.#tokens;
		tokens.take();
		const { bool, matching } = parseMatching(tokens);
		// All operators are left-associative but the power.
		const right = tokens.nested(() => this.#expression(PRECEDENCE[op] + (op === '^' ? 0 : 1)));
		const span = { start: left.span.start, end: right.span.end };
		const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
		if (filled && !this.#fillModifiers) {
			tokens.report(span, 'binop fill modifiers are experimental and not enabled');
		}
		return tokens.made({ kind: 'binary', op, left, right, matching, bool, span }, left, right);
	}
}
