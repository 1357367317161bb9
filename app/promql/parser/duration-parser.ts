import type { DurationExpression, DurationOperand, Expression, MatrixSelector, Subquery } from './ast.ts';
import { MAX_DURATION_SECONDS } from './duration.ts';
import { nanoseconds } from './modifiers.ts';
import { parseNumberLiteral } from './number-literal.ts';
import type { Span } from './parse-error.ts';
import type { TokenStream } from './token-stream.ts';

type Operator = DurationExpression['op'];

/** What a duration can be. */
const ANY = 'number, duration, step(), or range()';

const PRECEDENCE: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 };

/** The durations of ranges, subqueries and offsets, which have an arithmetic of their own. */
export class DurationParser {
	readonly #tokens: TokenStream;

	constructor(tokens: TokenStream) {
		this.#tokens = tokens;
	}

	/** From `[` on: a range or a subquery of `inner`. */
	range(inner: Expression): MatrixSelector | Subquery {
		const tokens = this.#tokens;
		const open = tokens.take();
		const range = tokens.within('subquery or range selector', ANY, () => this.#positive());
		if (tokens.is(']')) {
			const close = tokens.take();
			return this.#matrix(inner, range, { start: open.start, end: close.end });
		}
		tokens.expect(':', 'subquery or range', '":" or "]"');
		const { start } = inner.span;
		const subquery: Subquery = {
			kind: 'subquery',
			inner,
			range: 0,
			step: 0,
			offset: 0,
			span: { start, end: 0 },
		};
		set(subquery, 'range', range);
		if (!tokens.is(']')) {
			const wanted = 'number, duration, step(), range(), or "]"';
			set(
				subquery,
				'step',
				tokens.within('subquery selector', wanted, () => this.#positive()),
			);
		}
		subquery.span.end = tokens.expect(']', 'subquery selector', '"]"').end;
		return subquery;
	}

	#matrix(inner: Expression, range: DurationOperand, brackets: Span): MatrixSelector {
		const tokens = this.#tokens;
		if (inner.kind !== 'selector') {
			tokens.report(brackets, 'ranges only allowed for vector selectors');
		} else if (inner.offset !== 0 || inner.offsetExpression) {
			tokens.report(brackets, 'no offset modifiers allowed before range');
		} else if (inner.at !== undefined || inner.atEnd !== undefined) {
			tokens.report(brackets, 'no @ modifiers allowed before range');
		}
		const span = { start: inner.span.start, end: brackets.end };
		const none = {
			kind: 'selector',
			name: '',
			matchers: [],
			offset: 0,
			anchored: false,
			smoothed: false,
		} as const;
		const selector = inner.kind === 'selector' ? inner : { ...none, matchers: [], span };
		const matrix: MatrixSelector = { kind: 'matrix', selector, range: 0, span };
		set(matrix, 'range', range);
		return matrix;
	}

	/** What stands after `offset`: `offset -5m ^ 2` is a power of the whole, so a bare number ends at its end. */
	offset(): DurationOperand {
		return this.#tokens.within('offset', ANY, () => this.#offset());
	}

	#offset(): DurationOperand {
		const tokens = this.#tokens;
		const sign = tokens.token.kind;
		if (sign === '+' || sign === '-') {
			const { start } = tokens.take();
			const { kind } = tokens.token;
			if (kind === 'number' || kind === 'duration') {
				const number = parseNumberLiteral(tokens);
				return this.#inRange({
					...number,
					value: sign === '-' ? -number.value : number.value,
					span: { start, end: number.span.end },
				});
			}
			if (kind === '(') return this.#signed(sign, start, this.#parenthesis());
			if (kind === 'step' || kind === 'range' || kind === 'max_of' || kind === 'min_of') {
				const right = this.#word();
				return { kind: 'duration', op: sign, right, wrapped: false, span: { start, end: right.span.end } };
			}
			if (!this.#canStart()) tokens.misplaced();
			return this.#signed(sign, start, this.#expression(PRECEDENCE['*']! + 1));
		}
		if (!this.#canStart()) tokens.misplaced();
		if (sign === 'number' || sign === 'duration') return this.#inRange(parseNumberLiteral(tokens));
		if (sign !== '(') return this.#word();
		return this.#climb(this.#parenthesis(), 0);
	}

	#canStart(): boolean {
		const { kind } = this.#tokens.token;
		return ['number', 'duration', '(', '+', '-', 'step', 'range', 'max_of', 'min_of'].includes(kind);
	}

	#positive(): DurationOperand {
		const duration = this.#expression(0);
		if (duration.kind === 'number' && !(duration.value > 0)) {
			this.#tokens.report(duration.span, 'duration must be greater than 0');
		}
		return duration;
	}

	#expression(precedence: number): DurationOperand {
		return this.#tokens.nested(() => this.#climb(this.#operand(), precedence));
	}

	#climb(first: DurationOperand, precedence: number): DurationOperand {
		const tokens = this.#tokens;
		let left = first;
		for (;;) {
			const op = tokens.token.kind;
			const own = PRECEDENCE[op];
			if (own === undefined || own < precedence) return left;
			const sign = tokens.take();
			if (!this.#canStart()) tokens.misplaced();
			const right = this.#expression(op === '^' ? own : own + 1);
			const zero = right.kind === 'number' && right.value === 0;
			if (zero && op === '/') tokens.report(sign, 'division by zero');
			if (zero && op === '%') tokens.report(sign, 'modulo by zero');
			const span = { start: left.span.start, end: right.span.end };
			left = { kind: 'duration', op: op as Operator, left, right, wrapped: false, span };
		}
	}

	#operand(): DurationOperand {
		const tokens = this.#tokens;
		const { kind } = tokens.token;
		if (kind === 'number' || kind === 'duration') return this.#inRange(parseNumberLiteral(tokens));
		if (kind === '(') return this.#parenthesis();
		if (kind === '+' || kind === '-') {
			const { start } = tokens.take();
			if (!this.#canStart()) tokens.misplaced();
			return this.#signed(kind, start, this.#expression(PRECEDENCE['^']!));
		}
		if (!this.#canStart()) tokens.misplaced();
		return this.#word();
	}

	#parenthesis(): DurationExpression {
		const tokens = this.#tokens;
		const { start } = tokens.take();
		if (!this.#canStart()) tokens.misplaced();
		const inner = this.#expression(0);
		const { end } = tokens.expect(')');
		if (inner.kind === 'duration') return { ...inner, wrapped: true };
		return { kind: 'duration', op: '+', right: inner, wrapped: true, span: { start, end } };
	}

	/** `step()`, `range()`, `max_of(a, b)` and `min_of(a, b)` */
	#word(): DurationExpression {
		const tokens = this.#tokens;
		const { kind, start } = tokens.take();
		tokens.expect('(');
		const word: DurationExpression = {
			kind: 'duration',
			op: kind as Operator,
			wrapped: false,
			span: { start, end: 0 },
		};
		if (kind === 'max_of' || kind === 'min_of') {
			if (!this.#canStart()) tokens.misplaced();
			word.left = this.#expression(0);
			tokens.expect(',');
			if (!this.#canStart()) tokens.misplaced();
			word.right = this.#expression(0);
		}
		word.span.end = tokens.expect(')').end;
		return word;
	}

	#signed(sign: '+' | '-', start: number, operand: DurationOperand): DurationOperand {
		const span = { start, end: operand.span.end };
		if (operand.kind === 'number') {
			return this.#inRange({ ...operand, value: sign === '-' ? -operand.value : operand.value, span });
		}
		if (sign === '+') return operand;
		return { kind: 'duration', op: '-', right: operand, wrapped: false, span };
	}

	#inRange<N extends DurationOperand & { kind: 'number' }>(number: N): N {
		if (Math.abs(number.value) <= MAX_DURATION_SECONDS) return number;
		this.#tokens.report(number.span, 'duration out of range');
		return { ...number, value: 0, duration: false };
	}
}

function set(e: MatrixSelector, key: 'range', duration: DurationOperand): void;
function set(e: Subquery, key: 'range' | 'step', duration: DurationOperand): void;
function set(e: MatrixSelector | Subquery, key: 'range' | 'step', duration: DurationOperand): void {
	const target = e as Subquery;
	if (duration.kind === 'number') target[key] = nanoseconds(duration.value);
	else target[`${key}Expression`] = duration;
}
