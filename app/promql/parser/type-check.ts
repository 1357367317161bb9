import {
	type Aggregation,
	type Binary,
	type Call,
	type Expression,
	isComparison,
	isSetOperator,
	typeName,
	typeOf,
	type ValueType,
	type VectorSelector,
} from './ast.ts';
import { matchesEmpty } from '../regex/label-matcher.ts';
import type { Parser } from './parser.ts';
import type { Span } from './parse-error.ts';

/** Reports where types do not fit, and settles what hangs on them: the cardinality of set operators. */
export function checkTypes(parser: Parser, e: Expression): ValueType {
	switch (e.kind) {
		case 'aggregation':
			checkAggregation(parser, e);
			break;
		case 'binary':
			checkBinary(parser, e);
			break;
		case 'call':
			checkCall(parser, e);
			break;
		case 'parenthesis':
			checkTypes(parser, e.inner);
			break;
		case 'unary': {
			const type = checkTypes(parser, e.inner);
			if (type !== 'scalar' && type !== 'vector') {
				const got = JSON.stringify(typeName(type));
				const allowed = 'unary expression only allowed on expressions of type scalar or instant vector';
				parser.report(e.span, `${allowed}, got ${got}`);
			}
			break;
		}
		case 'subquery': {
			const type = checkTypes(parser, e.inner);
			if (type !== 'vector') {
				parser.report(e.span, `subquery is only allowed on instant vector, got ${type} instead`);
			}
			break;
		}
		case 'matrix':
			checkTypes(parser, e.selector);
			break;
		case 'selector':
			checkSelector(parser, e);
			break;
	}
	return typeOf(e);
}

function expectType(parser: Parser, e: Expression, wanted: ValueType, context: string): void {
	const type = checkTypes(parser, e);
	if (type === wanted) return;
	parser.report(e.span, `expected type ${typeName(wanted)} in ${context}, got ${typeName(type)}`);
}

function checkAggregation(parser: Parser, e: Aggregation): void {
	expectType(parser, e.inner, 'vector', 'aggregation expression');
	if (!e.parameter) return;
	expectType(parser, e.parameter, e.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
}

function checkBinary(parser: Parser, e: Binary): void {
	const left = checkTypes(parser, e.left);
	const right = checkTypes(parser, e.right);
	const { matching } = e;
	const set = isSetOperator(e.op);
	if (e.bool && !isComparison(e.op)) {
		parser.report(operatorSpan(parser, e), 'bool modifier can only be used on comparison operators');
	}
	if (isComparison(e.op) && !e.bool && left === 'scalar' && right === 'scalar') {
		parser.report(operatorSpan(parser, e), 'comparisons between scalars must use BOOL modifier');
	}
	if (!matching) return;
	if (set && matching.cardinality === 'one-to-one') matching.cardinality = 'many-to-many';
	for (const label of matching.labels) {
		if (!matching.on || !matching.include.includes(label)) continue;
		const name = JSON.stringify(label);
		parser.report(operatorSpan(parser, e), `label ${name} must not occur in ON and GROUP clause at once`);
	}
	const operands = 'binary expression must contain only scalar and instant vector types';
	if (left !== 'scalar' && left !== 'vector') parser.report(e.left.span, operands);
	if (right !== 'scalar' && right !== 'vector') parser.report(e.right.span, operands);
	const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
	if (left !== 'vector' || right !== 'vector') {
		if (matching.labels.length > 0) {
			parser.report(e.span, 'vector matching only allowed between instant vectors');
		}
		if (filled) parser.report(e.span, 'filling in missing series only allowed between instant vectors');
		delete e.matching;
	} else if (set) {
		if (matching.cardinality !== 'many-to-many') {
			parser.report(e.span, `no grouping allowed for ${JSON.stringify(e.op)} operation`);
		}
		if (filled) parser.report(e.span, 'filling in missing series not allowed for set operators');
	}
	if (set && (left === 'scalar' || right === 'scalar')) {
		parser.report(e.span, `set operator ${JSON.stringify(e.op)} not allowed in binary scalar expression`);
	}
}

/** Where the operator and its modifiers stand. */
function operatorSpan(parser: Parser, e: Binary): Span {
	let start = e.left.span.end;
	while (/[ \t\r\n]/.test(parser.input[start] ?? '')) start++;
	return { start, end: e.right.span.start };
}

function checkCall(parser: Parser, e: Call): void {
	const { name, args, variadic } = e.fn;
	const given = e.args.length;
	const call = `in call to ${JSON.stringify(name)}, got ${given}`;
	if (variadic === 0) {
		if (args.length !== given) parser.report(e.span, `expected ${args.length} argument(s) ${call}`);
	} else {
		const least = args.length - 1;
		if (least > given) parser.report(e.span, `expected at least ${least} argument(s) ${call}`);
		else if (variadic > 0 && least + variadic < given) {
			parser.report(e.span, `expected at most ${least + variadic} argument(s) ${call}`);
		}
	}
	if (name === 'info' && given > 1) checkInfoLabels(parser, e);
	for (const [i, arg] of e.args.entries()) {
		if (i >= args.length && variadic === 0) break;
		const wanted = args[Math.min(i, args.length - 1)]!;
		const type = checkTypes(parser, arg);
		if (type === wanted) continue;
		const where = `in call to function ${JSON.stringify(name)}`;
		parser.report(arg.span, `expected type ${typeName(wanted)} ${where}, got ${typeName(type)}`);
	}
}

function checkInfoLabels(parser: Parser, e: Call): void {
	const labels = e.args[1]!;
	const type = typeOf(labels);
	if (type !== 'vector') {
		const where = 'in call to function "info"';
		parser.report(e.span, `expected type ${typeName('vector')} ${where}, got ${typeName(type)}`);
	}
	if (labels.kind !== 'selector') parser.report(labels.span, 'expected label selectors only');
	else if (labels.name !== '') {
		parser.report(labels.span, 'expected label selectors only, got vector selector instead');
	} else labels.bypassEmptyCheck = true;
}

function checkSelector(parser: Parser, e: VectorSelector): void {
	if (e.name !== '') {
		const twice = e.matchers.slice(0, -1).find((m) => m.name === '__name__');
		if (twice) {
			const names = `${JSON.stringify(e.name)} or ${JSON.stringify(twice.value)}`;
			parser.report(e.span, `metric name must not be set twice: ${names}`);
		}
		return;
	}
	if (!e.bypassEmptyCheck && e.matchers.every(matchesEmpty)) {
		parser.report(e.span, 'vector selector must contain at least one non-empty matcher');
	}
}
