import type { Matcher } from '../../telemetry/labels.ts';
import type { FunctionSignature } from '../functions/signatures.ts';
import type { Span } from './parse-error.ts';
import type { AggregationName, OperatorName } from './token.ts';

/** What an expression evaluates to; `matrix` is a range vector. */
export type ValueType = 'none' | 'scalar' | 'string' | 'vector' | 'matrix';

export interface NumberLiteral {
	kind: 'number';
	value: number;
	/** Written as a duration; `value` is seconds. */
	duration: boolean;
	span: Span;
}

export interface StringLiteral {
	kind: 'string';
	value: string;
	span: Span;
}

/** Arithmetic on durations; its value is known when the query's range and step are. */
export interface DurationExpression {
	kind: 'duration';
	op: 'step' | 'range' | 'max_of' | 'min_of' | '+' | '-' | '*' | '/' | '%' | '^';
	left?: DurationOperand;
	right?: DurationOperand;
	/** In parentheses. */
	wrapped: boolean;
	span: Span;
}
export type DurationOperand = DurationExpression | NumberLiteral;

/** `@` and `offset` of a selector or a subquery. */
export interface TimeModifiers {
	/** ns, so that ranges are as exact as Prometheus's. */
	offset: number;
	offsetExpression?: DurationExpression;
	/** ms */
	at?: number;
	atEnd?: 'start' | 'end';
}

export interface VectorSelector extends TimeModifiers {
	kind: 'selector';
	/** Name before the braces, or ''. */
	name: string;
	/** The name's own matcher is the last. */
	matchers: Matcher[];
	anchored: boolean;
	smoothed: boolean;
	/** May match everything: the labels of info(). */
	bypassEmptyCheck?: boolean;
	span: Span;
}

export interface MatrixSelector {
	kind: 'matrix';
	selector: VectorSelector;
	/** ns */
	range: number;
	rangeExpression?: DurationExpression;
	span: Span;
}

export interface Subquery extends TimeModifiers {
	kind: 'subquery';
	inner: Expression;
	/** ns */
	range: number;
	rangeExpression?: DurationExpression;
	/** ns; 0 is the default step. */
	step: number;
	stepExpression?: DurationExpression;
	span: Span;
}

export interface Call {
	kind: 'call';
	fn: FunctionSignature;
	args: Expression[];
	span: Span;
}

export interface Aggregation {
	kind: 'aggregation';
	op: AggregationName;
	inner: Expression;
	parameter?: Expression;
	grouping: string[];
	without: boolean;
	span: Span;
}

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

export interface VectorMatching {
	cardinality: Cardinality;
	labels: string[];
	/** Match on `labels`, else on all others. */
	on: boolean;
	/** Labels that come over from the one side. */
	include: string[];
	/** Values of series that the other side lacks. */
	fillLeft?: number;
	fillRight?: number;
}

export interface Binary {
	kind: 'binary';
	op: OperatorName;
	left: Expression;
	right: Expression;
	/** Absent unless both sides are vectors. */
	matching?: VectorMatching;
	bool: boolean;
	span: Span;
}

export interface Unary {
	kind: 'unary';
	op: '+' | '-';
	inner: Expression;
	span: Span;
}

export interface Parenthesis {
	kind: 'parenthesis';
	inner: Expression;
	span: Span;
}

/** Of one value at all steps, so it is evaluated once. The parser makes none. */
export interface StepInvariant {
	kind: 'step-invariant';
	inner: Expression;
	span: Span;
}

export type Expression =
	| NumberLiteral
	| StringLiteral
	| VectorSelector
	| MatrixSelector
	| Subquery
	| Call
	| Aggregation
	| Binary
	| Unary
	| Parenthesis
	| StepInvariant;

const SETS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const WITH_PARAMETER: ReadonlySet<string> = new Set([
	'topk',
	'bottomk',
	'count_values',
	'quantile',
	'limitk',
	'limit_ratio',
]);

export function isSetOperator(op: OperatorName): boolean {
	return SETS.has(op);
}

export function isComparison(op: OperatorName): boolean {
	return COMPARISONS.has(op);
}

export function hasParameter(op: AggregationName): boolean {
	return WITH_PARAMETER.has(op);
}

export function typeOf(e: Expression): ValueType {
	switch (e.kind) {
		case 'number':
			return 'scalar';
		case 'string':
			return 'string';
		case 'selector':
		case 'aggregation':
			return 'vector';
		case 'matrix':
		case 'subquery':
			return 'matrix';
		case 'call':
			return e.fn.returns;
		case 'binary':
			return typeOf(e.left) === 'scalar' && typeOf(e.right) === 'scalar' ? 'scalar' : 'vector';
		case 'unary':
		case 'parenthesis':
		case 'step-invariant':
			return typeOf(e.inner);
	}
}

/** The name of a type in error messages. */
export function typeName(type: ValueType): string {
	return {
		vector: 'instant vector',
		matrix: 'range vector',
		scalar: 'scalar',
		string: 'string',
		none: 'none',
	}[type];
}

/** The operands and arguments of an expression. */
export function childrenOf(e: Expression): Expression[] {
	switch (e.kind) {
		case 'binary':
			return [e.left, e.right];
		case 'call':
			return e.args;
		case 'aggregation':
			return e.parameter ? [e.inner, e.parameter] : [e.inner];
		case 'matrix':
			return [e.selector];
		case 'subquery':
		case 'unary':
		case 'parenthesis':
		case 'step-invariant':
			return [e.inner];
		default:
			return [];
	}
}
