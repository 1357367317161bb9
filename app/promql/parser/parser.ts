import type { MatchOperator } from '../../telemetry/labels.ts';
import { FUNCTIONS } from '../functions/signatures.ts';
import { regexOf } from '../regex/label-regex.ts';
import { RegexError } from '../regex/regex-error.ts';
import type { Aggregation, Binary, Expression, NumberLiteral, VectorMatching, VectorSelector } from './ast.ts';
import { hasParameter } from './ast.ts';
import { DurationParser } from './duration-parser.ts';
import { parseDuration } from './duration.ts';
import { Lexer } from './lexer.ts';
import { setAt, setAtEnd, setOffset, setReach } from './modifiers.ts';
import { parseNumber } from './number.ts';
import { ParseError, type Span } from './parse-error.ts';
import { unquoteString } from './string-scan.ts';
import {
	AGGREGATIONS,
	type AggregationName,
	describeToken,
	LABEL_NAMES,
	METRIC_NAMES,
	OPERATORS,
	type OperatorName,
	type Token,
} from './token.ts';
import { checkTypes } from './type-check.ts';

export interface ParserOptions {
	/** Functions and aggregations that Prometheus has behind a flag. */
	experimentalFunctions?: boolean;
	/** `fill()`, `fill_left()`, `fill_right()` of binary operators. */
	fillModifiers?: boolean;
}

/** How deep an expression may nest: both parsing and evaluating recurse. */
const MAX_DEPTH = 500;

const aggregations: ReadonlySet<string> = new Set(AGGREGATIONS);
const operators: ReadonlySet<string> = new Set(OPERATORS);
const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);
/** Keywords that can also be the name of a function. */
const CALLABLE: ReadonlySet<string> = new Set(['identifier', 'start', 'end', 'step', 'range', 'max_of', 'min_of']);
const MATCH_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);
const FILLS: ReadonlySet<string> = new Set(['fill', 'fill_left', 'fill_right']);

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
	return new Parser(input, options).parse();
}

/**
 * Recursive descent with precedence climbing. A syntax error ends it; of what is wrong otherwise the first is thrown
 * at the end, as in Prometheus.
 */
export class Parser {
	readonly input: string;
	readonly #options: ParserOptions;
	readonly #lexer: Lexer;
	readonly #durations: DurationParser;
	#token: Token;
	/** End of the last token that can close an expression. */
	#lastClosing = 0;
	#first: ParseError | undefined;
	#lexerError: ParseError | undefined;
	readonly #depths = new WeakMap<Expression, number>();
	#nesting = 0;
	readonly #constructs: { context: string; expected: string }[] = [];

	constructor(input: string, options: ParserOptions) {
		this.input = input;
		this.#options = options;
		this.#lexer = new Lexer(input);
		this.#durations = new DurationParser(this);
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

	parse(): Expression {
		const expression = this.#whole();
		if (this.#first) throw this.#first;
		checkTypes(this, expression);
		if (this.#first) throw this.#first;
		return expression;
	}

	#whole(): Expression {
		try {
			if (this.#token.kind === 'eof') {
				this.report({ start: 0, end: 0 }, 'no expression found in input');
				throw this.#first;
			}
			const expression = this.expression(0);
			if (this.#token.kind !== 'eof') this.misplaced();
			return expression;
		} catch (error) {
			// What was noted before came earlier in the text.
			throw error instanceof ParseError ? (this.#first ?? error) : error;
		}
	}

	/** Notes an error that does not end parsing; the first one counts. */
	report(span: Span, reason: string): void {
		this.#first ??= new ParseError(this.input, span, reason);
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

	/** Throws: the current token cannot stand here. */
	unexpected(context: string, expected: string): never {
		if (this.#lexerError) throw this.#lexerError;
		const where = context === '' ? '' : ` in ${context}`;
		const wanted = expected === '' ? '' : `, expected ${expected}`;
		throw new ParseError(this.input, this.#token, `unexpected ${describeToken(this.#token)}${where}${wanted}`);
	}

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

	expect(kind: string, context?: string, expected = ''): Token {
		if (this.#token.kind !== kind) {
			if (context === undefined) this.misplaced();
			this.unexpected(context, expected);
		}
		return this.take();
	}

	/** Notes an expression's depth, which bounds every later recursion. */
	#made<E extends Expression>(e: E, ...children: Expression[]): E {
		let depth = 0;
		for (const child of children) depth = Math.max(depth, this.#depths.get(child) ?? 1);
		if (depth >= MAX_DEPTH) this.#tooDeep();
		this.#depths.set(e, depth + 1);
		return e;
	}

	#tooDeep(): never {
		throw new ParseError(this.input, this.#token, `expression is nested deeper than ${MAX_DEPTH} levels`);
	}

	/** Bounds the parser's own recursion. */
	nested<T>(parse: () => T): T {
		if (++this.#nesting > MAX_DEPTH) this.#tooDeep();
		const result = parse();
		this.#nesting--;
		return result;
	}

	expression(precedence: number): Expression {
		let left = this.nested(() => this.#prefix());
		for (;;) {
			left = this.#postfix(left);
			const op = this.#token.kind as OperatorName;
			if (!operators.has(op) || PRECEDENCE[op] < precedence) return left;
			left = this.#binary(left, op);
		}
	}

	#prefix(): Expression {
		const token = this.#token;
		switch (token.kind) {
			case '+':
			case '-':
				return this.#unary(token.kind);
			case '(': {
				this.take();
				const inner = this.expression(0);
				const close = this.expect(')');
				return this.#made({ kind: 'parenthesis', inner, span: { start: token.start, end: close.end } }, inner);
			}
			case 'number':
			case 'duration':
				return this.number();
			case 'string':
				this.take();
				return { kind: 'string', value: unquoteString(token.text), span: spanOf(token) };
			case '{':
				return this.#selector();
		}
		if (aggregations.has(token.kind)) return this.#aggregationOrName();
		if (METRIC_NAMES.has(token.kind)) return this.#callOrName();
		return this.misplaced();
	}

	#unary(op: '+' | '-'): Expression {
		const { start } = this.take();
		const inner = this.expression(PRECEDENCE['^']);
		const span = { start, end: inner.span.end };
		if (inner.kind === 'number') return { ...inner, value: op === '-' ? -inner.value : inner.value, span };
		return this.#made({ kind: 'unary', op, inner, span }, inner);
	}

	/** A number or a duration in seconds. */
	number(): NumberLiteral {
		const token = this.take();
		const span = spanOf(token);
		if (token.kind === 'number') return { kind: 'number', value: this.#numberValue(token), duration: false, span };
		return { kind: 'number', value: this.#durationValue(token), duration: true, span };
	}

	#numberValue(token: Token): number {
		const value = parseNumber(token.text);
		if (value !== undefined) return value;
		const why = Number(token.text) === Number.POSITIVE_INFINITY ? 'value out of range' : 'invalid syntax';
		this.report(token, `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(token.text)}: ${why}`);
		return 0;
	}

	#durationValue(token: Token): number {
		const value = parseDuration(token.text);
		if (typeof value === 'number') return value;
		this.report(token, value);
		return 0;
	}

	/** A number after `@`, which may have a sign. */
	#signedNumber(): number {
		const sign = this.#token.kind === '-' ? -1 : 1;
		if (this.#token.kind === '+' || this.#token.kind === '-') this.take();
		if (this.#token.kind !== 'number' && this.#token.kind !== 'duration') this.unexpected('@', 'timestamp');
		return sign * this.number().value;
	}

	#postfix(e: Expression): Expression {
		let target = e;
		for (;;) {
			switch (this.#token.kind) {
				case '[':
					target = this.#made(this.#durations.range(target), target);
					break;
				case 'offset':
					this.take();
					setOffset(this, target, this.#durations.offset());
					break;
				case '@':
					this.#at(target);
					break;
				case 'anchored':
				case 'smoothed':
					setReach(this, target, this.take().kind as 'anchored' | 'smoothed');
					break;
				default:
					return target;
			}
		}
	}

	#at(target: Expression): void {
		this.take();
		const { kind } = this.#token;
		if (kind !== 'start' && kind !== 'end') return setAt(this, target, this.#signedNumber());
		this.take();
		this.expect('(', '@', 'timestamp');
		this.expect(')', '@', 'timestamp');
		setAtEnd(this, target, kind);
	}

	#binary(left: Expression, op: OperatorName): Binary {
		this.take();
		const matching: VectorMatching = { cardinality: 'one-to-one', labels: [], on: false, include: [] };
		const bool = this.#token.kind === 'bool';
		if (bool) this.take();
		if (this.is('on', 'ignoring')) {
			matching.on = this.take().kind === 'on';
			matching.labels = this.#groupingLabels();
			if (this.is('group_left', 'group_right')) {
				matching.cardinality = this.take().kind === 'group_left' ? 'many-to-one' : 'one-to-many';
				// The parser cannot tell a list from an operand in parentheses, and takes it for a list.
				if (this.is('(') || !this.#canStart()) matching.include = this.#groupingLabels();
			}
		}
		this.#fill(matching);
		// All operators are left-associative but the power.
		const right = this.nested(() => this.expression(PRECEDENCE[op] + (op === '^' ? 0 : 1)));
		const span = { start: left.span.start, end: right.span.end };
		const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
		if (filled && !this.#options.fillModifiers) {
			this.report(span, 'binop fill modifiers are experimental and not enabled');
		}
		return this.#made({ kind: 'binary', op, left, right, matching, bool, span }, left, right);
	}

	/** Whether an operand, or what may stand before it, begins here. */
	#canStart(): boolean {
		const { kind } = this.#token;
		if (METRIC_NAMES.has(kind) || FILLS.has(kind)) return true;
		return this.is('number', 'duration', 'string', '{', '(', '+', '-');
	}

	#fill(matching: VectorMatching): void {
		const seen = new Set<string>();
		while (FILLS.has(this.#token.kind) && !seen.has(this.#token.kind) && !seen.has('fill')) {
			const { kind } = this.#token;
			if (kind === 'fill' && seen.size > 0) return;
			this.take();
			seen.add(kind);
			this.expect('(');
			const sign = this.#token.kind;
			if (sign === '+' || sign === '-') this.take();
			if (this.#token.kind !== 'number' && this.#token.kind !== 'duration') this.misplaced();
			const { value } = this.number();
			this.expect(')');
			const fill = sign === '-' ? -value : value;
			if (kind !== 'fill_right') matching.fillLeft = fill;
			if (kind !== 'fill_left') matching.fillRight = fill;
		}
	}

	#groupingLabels(): string[] {
		this.expect('(', 'grouping opts', '"("');
		const labels: string[] = [];
		while (!this.is(')')) {
			if (labels.length > 0) {
				this.expect(',', 'grouping opts', '"," or ")"');
				if (this.is(')')) break;
			}
			labels.push(this.#groupingLabel());
		}
		this.take();
		return labels;
	}

	#groupingLabel(): string {
		const token = this.#token;
		if (token.kind !== 'string' && !LABEL_NAMES.has(token.kind)) this.unexpected('grouping opts', 'label');
		this.take();
		const label = token.kind === 'string' ? unquoteString(token.text) : token.text;
		if (label === '') this.report(token, `invalid label name for grouping: ""`);
		return label;
	}

	#callOrName(): Expression {
		const token = this.take();
		if (this.#token.kind !== '(' || !CALLABLE.has(token.kind)) return this.#selector(token);
		const args = this.#arguments();
		const known = FUNCTIONS.get(token.text);
		if (!known) this.report(token, `unknown function with name ${JSON.stringify(token.text)}`);
		if (known?.experimental && !this.#options.experimentalFunctions) {
			this.report(token, `function ${JSON.stringify(token.text)} is not enabled`);
		}
		const none = { name: token.text, args: [], variadic: -1, returns: 'none', experimental: false } as const;
		const span = { start: token.start, end: this.#lastClosing };
		return this.#made({ kind: 'call', fn: known ?? none, args, span }, ...args);
	}

	#arguments(): Expression[] {
		this.expect('(');
		const args: Expression[] = [];
		if (this.#token.kind !== ')') args.push(this.expression(0));
		while (this.is(',')) {
			const comma = this.take();
			if (!this.#canStart()) {
				if (this.#lexerError) throw this.#lexerError;
				this.report(comma, 'trailing commas not allowed in function call args');
			} else {
				args.push(this.expression(0));
			}
		}
		this.expect(')');
		return args;
	}

	#aggregationOrName(): Expression {
		const token = this.take();
		// The name of an aggregation alone is the name of a metric.
		if (!this.is('(', 'by', 'without')) return this.#selector(token);
		const op = token.kind as AggregationName;
		let modifier = this.#aggregationModifier();
		const args = this.within('aggregation', '', () => this.#arguments());
		const end = this.#lastClosing;
		modifier ??= this.#aggregationModifier();
		const span = { start: token.start, end: Math.max(end, this.#lastClosing) };
		return this.#aggregation(op, args, modifier ?? { grouping: [], without: false }, span);
	}

	#aggregationModifier(): { grouping: string[]; without: boolean } | undefined {
		if (this.#token.kind !== 'by' && this.#token.kind !== 'without') return undefined;
		const without = this.take().kind === 'without';
		return { grouping: this.#groupingLabels(), without };
	}

	#aggregation(
		op: AggregationName,
		args: Expression[],
		modifier: { grouping: string[]; without: boolean },
		span: Span,
	): Expression {
		const wanted = hasParameter(op) ? 2 : 1;
		if (args.length === 0) {
			this.report(span, 'no arguments for aggregate expression provided');
		} else if (EXPERIMENTAL_AGGREGATIONS.has(op) && !this.#options.experimentalFunctions) {
			const flag = '--enable-feature=promql-experimental-functions';
			this.report(span, `${op}() is experimental and must be enabled with ${flag}`);
		} else if (args.length !== wanted) {
			const counts = `expected ${wanted}, got ${args.length}`;
			this.report(span, `wrong number of arguments for aggregate expression provided, ${counts}`);
		}
		// After an error the tree is never used, it only has to hold together.
		const inner = args[wanted - 1] ?? args[0] ?? { kind: 'number', value: 0, duration: false, span };
		const aggregation: Aggregation = { kind: 'aggregation', op, inner, ...modifier, span };
		if (wanted === 2 && args[0]) aggregation.parameter = args[0];
		return this.#made(aggregation, ...args);
	}

	#selector(name?: Token): VectorSelector {
		const selector: VectorSelector = {
			kind: 'selector',
			name: name?.text ?? '',
			matchers: [],
			offset: 0,
			anchored: false,
			smoothed: false,
			span: name ? spanOf(name) : spanOf(this.#token),
		};
		if (this.#token.kind === '{') {
			this.take();
			this.#matchers(selector);
			selector.span.end = this.expect('}', 'label matching', '"," or "}"').end;
		}
		if (name) selector.matchers.push({ name: '__name__', op: '=', value: name.text });
		return selector;
	}

	#matchers(selector: VectorSelector): void {
		for (let first = true; this.#token.kind !== '}'; first = false) {
			if (!first) {
				this.expect(',', 'label matching', '"," or "}"');
				if (this.is('}')) return;
			}
			this.#matcher(selector);
		}
	}

	#matcher(selector: VectorSelector): void {
		const token = this.#token;
		if (token.kind !== 'identifier' && token.kind !== 'string') {
			this.unexpected('label matching', 'identifier or "}"');
		}
		this.take();
		const name = token.kind === 'string' ? unquoteString(token.text) : token.text;
		if (!MATCH_OPERATORS.has(this.#token.kind)) {
			if (token.kind === 'identifier') this.unexpected('label matching', 'label matching operator');
			// A quoted text alone is the name of the metric.
			selector.matchers.push({ name: '__name__', op: '=', value: name });
			return;
		}
		const op = this.take().kind as MatchOperator;
		if (this.#token.kind !== 'string') this.unexpected('label matching', 'string');
		const text = this.take();
		const value = unquoteString(text.text);
		selector.matchers.push({ name, op, value });
		if (op === '=~' || op === '!~') this.#checkRegex(value, { start: token.start, end: text.end });
	}

	#checkRegex(value: string, span: Span): void {
		try {
			regexOf(value);
		} catch (error) {
			if (!(error instanceof RegexError)) throw error;
			this.report(span, error.message);
		}
	}
}

function spanOf({ start, end }: Span): Span {
	return { start, end };
}
