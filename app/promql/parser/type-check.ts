import { matchesEmpty } from '../regex/label-matcher.ts';
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
import type { Span } from './parse-error.ts';
import type { TokenStream } from './token-stream.ts';

/** Reports where types do not fit, and settles what hangs on them: the cardinality of set operators. */
export function checkTypes(tokens: TokenStream, e: Expression): ValueType {
	switch (e.kind) {
		case 'aggregation':
			checkAggregation(tokens, e);
			break;
		case 'binary':
			checkBinary(tokens, e);
			break;
		case 'call':
			checkCall(tokens, e);
			break;
		case 'parenthesis':
			checkTypes(tokens, e.inner);
			break;
		case 'unary': {
			const type = checkTypes(tokens, e.inner);
			if (type !== 'scalar' && type !== 'vector') {
				const got = JSON.stringify(typeName(type));
				const allowed = 'unary expression only allowed on expressions of type scalar or instant vector';
				tokens.report(e.span, `${allowed}, got ${got}`);
			}
			break;
		}
		case 'subquery': {
			const type = checkTypes(tokens, e.inner);
			if (type !== 'vector') {
				tokens.report(e.span, `subquery is only allowed on instant vector, got ${type} instead`);
			}
			break;
		}
		case 'matrix':
			checkTypes(tokens, e.selector);
			break;
		case 'selector':
			checkSelector(tokens, e);
			break;
	}
	return typeOf(e);
}

function expectType(tokens: TokenStream, e: Expression, wanted: ValueType, context: string): void {
	const type = checkTypes(tokens, e);
	if (type === wanted) return;
	tokens.report(e.span, `expected type ${typeName(wanted)} in ${context}, got ${typeName(type)}`);
}

function checkAggregation(tokens: TokenStream, e: Aggregation): void {
	expectType(tokens, e.inner, 'vector', 'aggregation expression');
	if (!e.parameter) return;
	expectType(tokens, e.parameter, e.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
}

function checkBinary(tokens: TokenStream, e: Binary): void {
	const left = checkTypes(tokens, e.left);
	const right = checkTypes(tokens, e.right);
	const { matching } = e;
	const set = isSetOperator(e.op);
	if (e.bool && !isComparison(e.op)) {
		tokens.report(operatorSpan(tokens, e), 'bool modifier can only be used on comparison operators');
	}
	if (isComparison(e.op) && !e.bool && left === 'scalar' && right === 'scalar') {
		tokens.report(operatorSpan(tokens, e), 'comparisons between scalars must use BOOL modifier');
	}
	if (!matching) return;
	if (set && matching.cardinality === 'one-to-one') matching.cardinality = 'many-to-many';
	for (const label of matching.labels) {
		if (!matching.on || !matching.include.includes(label)) continue;
		const name = JSON.stringify(label);
		tokens.report(operatorSpan(tokens, e), `label ${name} must not occur in ON and GROUP clause at once`);
	}
	const operands = 'binary expression must contain only scalar and instant vector types';
	if (left !== 'scalar' && left !== 'vector') tokens.report(e.left.span, operands);
	if (right !== 'scalar' && right !== 'vector') tokens.report(e.right.span, operands);
	const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
	if (left !== 'vector' || right !== 'vector') {
		if (matching.labels.length > 0) {
			tokens.report(e.span, 'vector matching only allowed between instant vectors');
		}
		if (filled) tokens.report(e.span, 'filling in missing series only allowed between instant vectors');
		delete e.matching;
	} else if (set) {
		if (matching.cardinality !== 'many-to-many') {
			tokens.report(e.span, `no grouping allowed for ${JSON.stringify(e.op)} operation`);
		}
		if (filled) tokens.report(e.span, 'filling in missing series not allowed for set operators');
	}
	if (set && (left === 'scalar' || right === 'scalar')) {
		tokens.report(e.span, `set operator ${JSON.stringify(e.op)} not allowed in binary scalar expression`);
	}
}

/** Where the operator and its modifiers stand. */
function operatorSpan(tokens: TokenStream, e: Binary): Span {
	let start = e.left.span.end;
	while (/[ \t\r\n]/.test(tokens.input[start] ?? '')) start++;
	return { start, end: e.right.span.start };
}

function checkCall(tokens: TokenStream, e: Call): void {
	const { name, args, variadic } = e.fn;
	const given = e.args.length;
	const call = `in call to ${JSON.stringify(name)}, got ${given}`;
	if (variadic === 0) {
		if (args.length !== given) tokens.report(e.span, `expected ${args.length} argument(s) ${call}`);
	} else {
		const least = args.length - 1;
		if (least > given) tokens.report(e.span, `expected at least ${least} argument(s) ${call}`);
		else if (variadic > 0 && least + variadic < given) {
			tokens.report(e.span, `expected at most ${least + variadic} argument(s) ${call}`);
		}
	}
	if (name === 'info' && given > 1) checkInfoLabels(tokens, e);
	for (const [i, arg] of e.args.entries()) {
		if (i >= args.length && variadic === 0) break;
		const wanted = args[Math.min(i, args.length - 1)]!;
		const type = checkTypes(tokens, arg);
		if (type === wanted) continue;
		const where = `in call to function ${JSON.stringify(name)}`;
		tokens.report(arg.span, `expected type ${typeName(wanted)} ${where}, got ${typeName(type)}`);
	}
}

function checkInfoLabels(tokens: TokenStream, e: Call): void {
	const labels = e.args[1]!;
	const type = typeOf(labels);
	if (type !== 'vector') {
		const where = 'in call to function "info"';
		tokens.report(e.span, `expected type ${typeName('vector')} ${where}, got ${typeName(type)}`);
	}
	if (labels.kind !== 'selector') tokens.report(labels.span, 'expected label selectors only');
	else if (labels.name !== '') {
		tokens.report(labels.span, 'expected label selectors only, got vector selector instead');
	} else labels.bypassEmptyCheck = true;
}

function checkSelector(tokens: TokenStream, e: VectorSelector): void {
	if (e.name !== '') {
		const twice = e.matchers.slice(0, -1).find((m) => m.name === '__name__');
		if (twice) {
			const names = `${JSON.stringify(e.name)} or ${JSON.stringify(twice.value)}`;
			tokens.report(e.span, `metric name must not be set twice: ${names}`);
		}
		return;
	}
	if (!e.bypassEmptyCheck && e.matchers.every(matchesEmpty)) {
		tokens.report(e.span, 'vector selector must contain at least one non-empty matcher');
	}
}
