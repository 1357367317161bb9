import type { Matcher } from '../../telemetry/labels.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import { formatGeneral } from '../labels/general-number.ts';
import { compareText } from '../labels/text-order.ts';
import {
	type Aggregation,
	type Binary,
	type DurationExpression,
	type DurationOperand,
	type Expression,
	hasParameter,
	type MatrixSelector,
	type NumberLiteral,
	type Subquery,
	type TimeModifiers,
	type VectorSelector,
} from './ast.ts';
import { formatDuration } from './duration.ts';
import { formatNumber } from './number.ts';
import { quoteString } from './quote.ts';

const PLAIN_LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The canonical form, on one line: what Prometheus's format_query and its own String() print. */
export function printExpression(e: Expression): string {
	switch (e.kind) {
		case 'number':
			return printNumber(e);
		case 'string':
			return quoteString(e.value);
		case 'selector':
			return printSelector(e);
		case 'matrix':
			return printMatrix(e);
		case 'subquery':
			return printSubquery(e);
		case 'call':
			return `${e.fn.name}(${e.args.map(printExpression).join(', ')})`;
		case 'aggregation':
			return printAggregation(e);
		case 'binary':
			return printBinary(e);
		case 'unary':
			return `${e.op}${printExpression(e.inner)}`;
		case 'parenthesis':
			return `(${printExpression(e.inner)})`;
		case 'step-invariant':
			return printExpression(e.inner);
	}
}

function printNumber(e: NumberLiteral): string {
	return e.duration ? formatDuration(e.value * 1000) : formatNumber(e.value);
}

function printLabels(labels: readonly string[]): string {
	return labels.map((label) => (PLAIN_LABEL.test(label) ? label : quoteString(label))).join(', ');
}

function printAggregation(e: Aggregation): string {
	let modifier = '';
	if (e.without) modifier = ` without (${printLabels(e.grouping)}) `;
	else if (e.grouping.length > 0) modifier = ` by (${printLabels(e.grouping)}) `;
	const parameter = hasParameter(e.op) && e.parameter ? `${printExpression(e.parameter)}, ` : '';
	return `${e.op}${modifier}(${parameter}${printExpression(e.inner)})`;
}

function printBinary(e: Binary): string {
	const bool = e.bool ? ' bool' : '';
	return `${printExpression(e.left)} ${e.op}${bool}${printMatching(e)} ${printExpression(e.right)}`;
}

function printMatching({ matching }: Binary): string {
	if (!matching) return '';
	const { cardinality, labels, on, include, fillLeft, fillRight } = matching;
	const grouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
	let out = '';
	if (labels.length > 0 || on || grouped) out += ` ${on ? 'on' : 'ignoring'} (${printLabels(labels)})`;
	if (grouped) out += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} (${printLabels(include)})`;
	if (fillLeft !== undefined && fillLeft === fillRight) return `${out} fill (${formatGeneral(fillLeft)})`;
	if (fillLeft !== undefined) out += ` fill_left (${formatGeneral(fillLeft)})`;
	if (fillRight !== undefined) out += ` fill_right (${formatGeneral(fillRight)})`;
	return out;
}

function printModifiers(e: TimeModifiers): { at: string; offset: string } {
	let at = '';
	if (e.at !== undefined) at = ` @ ${(e.at / 1000).toFixed(3)}`;
	else if (e.atEnd) at = ` @ ${e.atEnd}()`;
	let offset = '';
	if (e.offsetExpression) offset = ` offset ${printDuration(e.offsetExpression)}`;
	else if (e.offset !== 0) {
		const size = formatDuration(Math.abs(e.offset) / 1e6);
		offset = ` offset ${e.offset < 0 ? '-' : ''}${size}`;
	}
	return { at, offset };
}

function printSelector(e: VectorSelector): string {
	const { at, offset } = printModifiers(e);
	return `${printMatchers(e)}${at}${printReach(e)}${offset}`;
}

function printReach(e: VectorSelector): string {
	if (e.anchored) return ' anchored';
	return e.smoothed ? ' smoothed' : '';
}

function printMatchers(e: VectorSelector): string {
	const isName = (m: Matcher) =>
		m.name === METRIC_NAME && m.op === '=' && m.value === e.name && m.value !== '';
	const texts = e.matchers.filter((m) => !isName(m)).map(printMatcher);
	return texts.length === 0 ? e.name : `${e.name}{${texts.sort(compareText).join(',')}}`;
}

function printMatcher({ name, op, value }: Matcher): string {
	return `${PLAIN_LABEL.test(name) ? name : quoteString(name)}${op}${quoteString(value)}`;
}

function printMatrix(e: MatrixSelector): string {
	const { at, offset } = printModifiers(e.selector);
	const range = e.rangeExpression ? printDuration(e.rangeExpression) : formatDuration(e.range / 1e6);
	return `${printMatchers(e.selector)}[${range}]${printReach(e.selector)}${at}${offset}`;
}

function printSubquery(e: Subquery): string {
	const { at, offset } = printModifiers(e);
	const range = e.rangeExpression ? printDuration(e.rangeExpression) : formatDuration(e.range / 1e6);
	let step = '';
	if (e.stepExpression) step = printDuration(e.stepExpression);
	else if (e.step !== 0) step = formatDuration(e.step / 1e6);
	return `${printExpression(e.inner)}[${range}:${step}]${at}${offset}`;
}

function printDuration(e: DurationExpression): string {
	const text = printBareDuration(e);
	return e.wrapped ? `(${text})` : text;
}

function printOperand(e: DurationOperand): string {
	return e.kind === 'number' ? printNumber(e) : printDuration(e);
}

function printBareDuration({ op, left, right }: DurationExpression): string {
	if (op === 'step' || op === 'range') return `${op}()`;
	if (op === 'max_of' || op === 'min_of') return `${op}(${printOperand(left!)}, ${printOperand(right!)})`;
	if (left) return `${printOperand(left)} ${op} ${printOperand(right!)}`;
	return op === '-' ? `-${printOperand(right!)}` : printOperand(right!);
}
