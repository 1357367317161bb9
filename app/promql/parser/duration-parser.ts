import type { DurationExpression, DurationOperand, Expression, MatrixSelector, Subquery } from './ast.ts';
import { MAX_DURATION_SECONDS } from './duration.ts';
import { nanoseconds } from './modifiers.ts';
import type { Span } from './parse-error.ts';
import type { Parser } from './parser.ts';

type Operator = DurationExpression['op'];

/** What a duration can be. */
const ANY = 'number, duration, step(), or range()';

const PRECEDENCE: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 };

/** The durations of ranges, subqueries and offsets, which have an arithmetic of their own. */
export class DurationParser {
	readonly #parser: Parser;

	constructor(parser: Parser) {
		this.#parser = parser;
	}

	/** From `[` on: a range or a subquery of `inner`. */
	range(inner: Expression): MatrixSelector | Subquery {
		const parser = this.#parser;
		const open = parser.take();
		const range = parser.within('subquery or range selector', ANY, () => this.#positive());
		if (parser.is(']')) {
			const close = parser.take();
			return this.#matrix(inner, range, { start: open.start, end: close.end });
		}
		parser.expect(':', 'subquery or range', '":" or "]"');
		const { start } = inner.span;
		const subquery: Subquery = { kind: 'subquery', inner, range: 0, step: 0, offset: 0, span: { start, end: 0 } };
		set(subquery, 'range', range);
		if (!parser.is(']')) {
			const wanted = 'number, duration, step(), range(), or "]"';
			set(
				subquery,
				'step',
				parser.within('subquery selector', wanted, () => this.#positive()),
			);
		}
		subquery.span.end = parser.expect(']', 'subquery selector', '"]"').end;
		return subquery;
	}

	#matrix(inner: Expression, range: DurationOperand, brackets: Span): MatrixSelector {
		const parser = this.#parser;
		if (inner.kind !== 'selector') {
			parser.report(brackets, 'ranges only allowed for vector selectors');
		} else if (inner.offset !== 0 || inner.offsetExpression) {
			parser.report(brackets, 'no offset modifiers allowed before range');
		} else if (inner.at !== undefined || inner.atEnd !== undefined) {
			parser.report(brackets, 'no @ modifiers allowed before range');
		}
		const span = { start: inner.span.start, end: brackets.end };
		const none = { kind: 'selector', name: '', matchers: [], offset: 0, anchored: false, smoothed: false } as const;
		const selector = inner.kind === 'selector' ? inner : { ...none, matchers: [], span };
		const matrix: MatrixSelector = { kind: 'matrix', selector, range: 0, span };
		set(matrix, 'range', range);
		return matrix;
	}

	/** What stands after `offset`: `offset -5m ^ 2` is a power of the whole, so a bare number ends at its end. */
	offset(): DurationOperand {
		return this.#parser.within('offset', ANY, () => this.#offset());
	}

	#offset(): DurationOperand {
		const parser = this.#parser;
		const sign = parser.token.kind;
		if (sign === '+' || sign === '-') {
			const { start } = parser.take();
			const { kind } = parser.token;
			if (kind === 'number' || kind === 'duration') {
				const number = parser.number();
				return this.#inRange({ ...number, value: sign === '-' ? -number.value : number.value, span: { start, end: number.span.end } });
			}
			if (kind === '(') return this.#signed(sign, start, this.#parenthesis());
			if (kind === 'step' || kind === 'range' || kind === 'max_of' || kind === 'min_of') {
				const right = this.#word();
				return { kind: 'duration', op: sign, right, wrapped: false, span: { start, end: right.span.end } };
			}
			if (!this.#canStart()) parser.misplaced();
			return this.#signed(sign, start, this.#expression(PRECEDENCE['*']! + 1));
		}
		if (!this.#canStart()) parser.misplaced();
		if (sign === 'number' || sign === 'duration') return this.#inRange(parser.number());
		if (sign !== '(') return this.#word();
		return this.#climb(this.#parenthesis(), 0);
	}

	#canStart(): boolean {
		const { kind } = this.#parser.token;
		return ['number', 'duration', '(', '+', '-', 'step', 'range', 'max_of', 'min_of'].includes(kind);
	}

	#positive(): DurationOperand {
		const duration = this.#expression(0);
		if (duration.kind === 'number' && !(duration.value > 0)) {
			this.#parser.report(duration.span, 'duration must be greater than 0');
		}
		return duration;
	}

	#expression(precedence: number): DurationOperand {
		return this.#parser.nested(() => this.#climb(this.#operand(), precedence));
	}

	#climb(first: DurationOperand, precedence: number): DurationOperand {
		const parser = this.#parser;
		let left = first;
		for (;;) {
			const op = parser.token.kind;
			const own = PRECEDENCE[op];
			if (own === undefined || own < precedence) return left;
			const sign = parser.take();
			if (!this.#canStart()) parser.misplaced();
			const right = this.#expression(op === '^' ? own : own + 1);
			const zero = right.kind === 'number' && right.value === 0;
			if (zero && op === '/') parser.report(sign, 'division by zero');
			if (zero && op === '%') parser.report(sign, 'modulo by zero');
			const span = { start: left.span.start, end: right.span.end };
			left = { kind: 'duration', op: op as Operator, left, right, wrapped: false, span };
		}
	}

	#operand(): DurationOperand {
		const parser = this.#parser;
		const { kind } = parser.token;
		if (kind === 'number' || kind === 'duration') return this.#inRange(parser.number());
		if (kind === '(') return this.#parenthesis();
		if (kind === '+' || kind === '-') {
			const { start } = parser.take();
			if (!this.#canStart()) parser.misplaced();
			return this.#signed(kind, start, this.#expression(PRECEDENCE['^']!));
		}
		if (!this.#canStart()) parser.misplaced();
		return this.#word();
	}

	#parenthesis(): DurationExpression {
		const parser = this.#parser;
		const { start } = parser.take();
		if (!this.#canStart()) parser.misplaced();
		const inner = this.#expression(0);
		const { end } = parser.expect(')');
		if (inner.kind === 'duration') return { ...inner, wrapped: true };
		return { kind: 'duration', op: '+', right: inner, wrapped: true, span: { start, end } };
	}

	/** `step()`, `range()`, `max_of(a, b)` and `min_of(a, b)` */
	#word(): DurationExpression {
		const parser = this.#parser;
		const { kind, start } = parser.take();
		parser.expect('(');
		const word: DurationExpression = { kind: 'duration', op: kind as Operator, wrapped: false, span: { start, end: 0 } };
		if (kind === 'max_of' || kind === 'min_of') {
			if (!this.#canStart()) parser.misplaced();
			word.left = this.#expression(0);
			parser.expect(',');
			if (!this.#canStart()) parser.misplaced();
			word.right = this.#expression(0);
		}
		word.span.end = parser.expect(')').end;
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
		this.#parser.report(number.span, 'duration out of range');
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
