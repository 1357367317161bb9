import { failed } from '../errors.ts';
import type {
	DurationExpression,
	DurationOperand,
	Expression,
	MatrixSelector,
	NumberLiteral,
	Subquery,
	TimeModifiers,
	VectorSelector,
} from '../parser/ast.ts';
import { MAX_DURATION_SECONDS } from '../parser/duration.ts';
import { bytesBefore } from '../parser/parse-error.ts';
import { power } from './arithmetic.ts';
import { referenceOf } from './info-reference.ts';

/** Times of the query, ms; `step` is 0 for an instant query. */
export interface QueryTimes {
	start: number;
	end: number;
	step: number;
}

/** Functions whose result hangs on the time of evaluation, also where their arguments do not. */
const TIME_BOUND: ReadonlySet<string> = new Set([
	...['days_in_month', 'day_of_month', 'day_of_week', 'day_of_year', 'hour', 'minute', 'month', 'year'],
	...['predict_linear', 'time', 'timestamp', 'start', 'end', 'range', 'step'],
]);

/**
 * The tree as it is evaluated: durations and places of `@` are numbers, parentheses around arguments are gone, and what
 * is the same at all steps is wrapped, as high up as can be.
 */
export function prepare(e: Expression, times: QueryTimes, query: string): Expression {
	const prepared = new Preparation(times, query).prepare(e);
	return prepared.wrap ? invariant(prepared.e) : prepared.e;
}

interface Prepared {
	e: Expression;
	/** The same at all steps. */
	invariant: boolean;
	/** Worth wrapping. */
	wrap: boolean;
}

class Preparation {
	readonly #times: QueryTimes;
	readonly #query: string;

	constructor(times: QueryTimes, query: string) {
		this.#times = times;
		this.#query = query;
	}

	prepare(e: Expression): Prepared {
		switch (e.kind) {
			case 'number':
			case 'string':
				return { e, invariant: true, wrap: false };
			case 'selector': {
				const selector = this.#selector(e);
				const fixed = selector.at !== undefined;
				return { e: selector, invariant: fixed, wrap: fixed };
			}
			case 'matrix': {
				const matrix = this.#matrix(e);
				return { e: matrix, invariant: matrix.selector.at !== undefined, wrap: false };
			}
			case 'subquery':
				return this.#subquery(e);
			case 'parenthesis':
			case 'unary': {
				const inner = this.prepare(e.inner);
				return { ...inner, e: { ...e, inner: inner.e } };
			}
			case 'step-invariant':
				return { e, invariant: true, wrap: false };
			case 'aggregation': {
				const inner = this.prepare(bare(e.inner));
				const out = { ...e, inner: inner.e };
				if (e.parameter) out.parameter = this.#parameter(bare(e.parameter));
				return { ...inner, e: out };
			}
			case 'binary': {
				const left = this.prepare(e.left);
				const right = this.prepare(e.right);
				if (left.invariant && right.invariant) {
					return { e: { ...e, left: left.e, right: right.e }, invariant: true, wrap: true };
				}
				return { e: { ...e, left: wrapped(left), right: wrapped(right) }, invariant: false, wrap: false };
			}
			case 'call':
				return this.#call(e);
		}
	}

	/** The parameter of an aggregation is evaluated at all steps. */
	#parameter(e: Expression): Expression {
		return this.prepare(e).e;
	}

	#call(e: Expression & { kind: 'call' }): Prepared {
		const constant = this.#constant(e);
		if (constant) return { e: constant, invariant: true, wrap: false };
		const args = e.args.map((arg) => this.prepare(bare(arg)));
		if (e.fn.name === 'info') return this.#info(e, args);
		const steady = args.every((arg) => arg.invariant);
		// timestamp() of a selector at a fixed time is the time of its samples.
		const fixedTimestamp = e.fn.name === 'timestamp' && steady && args[0]?.e.kind === 'selector';
		if ((steady && !TIME_BOUND.has(e.fn.name)) || fixedTimestamp) {
			return { e: { ...e, args: args.map((arg) => arg.e) }, invariant: true, wrap: true };
		}
		return { e: { ...e, args: args.map(wrapped) }, invariant: false, wrap: false };
	}

	/** The labels to add are no vector; and info series are of the step's time unless their vector's is one and fixed. */
	#info(e: Expression & { kind: 'call' }, [of, ...labels]: Prepared[]): Prepared {
		const rest = labels.map((arg) => arg.e);
		if (of!.invariant && referenceOf(of!.e))
			return { e: { ...e, args: [of!.e, ...rest] }, invariant: true, wrap: true };
		return { e: { ...e, args: [wrapped(of!), ...rest] }, invariant: false, wrap: false };
	}

	/** `start()`, `end()`, `range()` and `step()`: what is known before evaluation. */
	#constant({ fn, span }: Expression & { kind: 'call' }): NumberLiteral | undefined {
		const { start, end, step } = this.#times;
		const number = (value: number): NumberLiteral => ({ kind: 'number', value, duration: false, span });
		switch (fn.name) {
			case 'start':
				return number(start / 1000);
			case 'end':
				return number(end / 1000);
			case 'range':
				return number((end - start) / 1000);
			case 'step':
				return number(start === end ? 0 : step / 1000);
			default:
				return undefined;
		}
	}

	#selector(e: VectorSelector): VectorSelector {
		return { ...e, ...this.#modifiers(e) };
	}

	#matrix(e: MatrixSelector): MatrixSelector {
		const range = e.rangeExpression ? this.#duration(e.rangeExpression, false) : e.range;
		return { ...e, range, selector: this.#selector(e.selector) };
	}

	#subquery(e: Subquery): Prepared {
		// In this order, so that of several errors the same one is told as by Prometheus.
		const modifiers = this.#modifiers(e);
		const step = e.stepExpression ? this.#duration(e.stepExpression, false) : e.step;
		const range = e.rangeExpression ? this.#duration(e.rangeExpression, false) : e.range;
		const inner = this.prepare(e.inner);
		// Once at the subquery's start is enough, whatever the subquery's own time.
		const steady = inner.invariant ? invariant(inner.e) : inner.e;
		const out: Subquery = { ...e, ...modifiers, inner: steady, range, step };
		return { e: out, invariant: out.at !== undefined, wrap: false };
	}

	#modifiers(e: TimeModifiers): TimeModifiers {
		const out: TimeModifiers = { offset: e.offset };
		if (e.offsetExpression) out.offset = this.#duration(e.offsetExpression, true);
		if (e.at !== undefined) out.at = e.at;
		else if (e.atEnd) out.at = this.#times[e.atEnd];
		return out;
	}

	/** ns, in whole milliseconds */
	#duration(e: DurationExpression, negative: boolean): number {
		const seconds = this.#seconds(e);
		const place = this.#place(e);
		if (!Number.isFinite(seconds)) throw failed(`${place}: duration is NaN or infinite`);
		if (seconds <= 0 && !negative) throw failed(`${place}: duration must be greater than 0`);
		if (Math.abs(seconds) > MAX_DURATION_SECONDS) throw failed(`${place}: duration is out of range`);
		return Math.trunc(seconds * 1000) * 1e6;
	}

	/** Start and end in bytes, which is how Prometheus tells of durations. */
	#place({ span }: DurationOperand): string {
		return `${bytesBefore(this.#query, span.start)}:${bytesBefore(this.#query, span.end)}`;
	}

	#seconds(e: DurationOperand): number {
		if (e.kind === 'number') return e.value;
		const { start, end, step } = this.#times;
		const left = e.left ? this.#seconds(e.left) : 0;
		const right = e.right ? this.#seconds(e.right) : 0;
		const place = this.#place(e);
		switch (e.op) {
			case 'step':
				return step / 1000;
			case 'range':
				return (end - start) / 1000;
			case 'max_of':
				return Math.max(left, right);
			case 'min_of':
				return Math.min(left, right);
			case '+':
				return left + right;
			case '-':
				return left - right;
			case '*':
				return left * right;
			case '/':
				if (right === 0) throw failed(`${place}: division by zero`);
				return left / right;
			case '%':
				if (right === 0) throw failed(`${place}: modulo by zero`);
				return left % right;
			case '^':
				return power(left, right);
		}
	}
}

function bare(e: Expression): Expression {
	return e.kind === 'parenthesis' ? bare(e.inner) : e;
}

function wrapped({ e, wrap }: Prepared): Expression {
	return wrap ? invariant(e) : e;
}

function invariant(inner: Expression): Expression {
	return inner.kind === 'step-invariant' ? inner : { kind: 'step-invariant', inner, span: inner.span };
}
