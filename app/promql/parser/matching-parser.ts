import { isLabelName } from '../labels/label-set.ts';
import type { VectorMatching } from './ast.ts';
import { parseNumberLiteral } from './number-literal.ts';
import { quoteString } from './quote.ts';
import { unquoteString } from './string-scan.ts';
import { FILLS, LABEL_NAMES, startsOperand } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const CONTEXT = 'grouping opts';

/** What stands between an operator and its right side: `bool`, `on (...) group_left (...)`, `fill (...)`. */
export function parseMatching(tokens: TokenStream): { bool: boolean; matching: VectorMatching } {
	const matching: VectorMatching = { cardinality: 'one-to-one', labels: [], on: false, include: [] };
	const bool = tokens.is('bool');
	if (bool) tokens.take();
	if (tokens.is('on', 'ignoring')) {
		matching.on = tokens.take().kind === 'on';
		matching.labels = parseGroupingLabels(tokens);
		if (tokens.is('group_left', 'group_right')) {
			matching.cardinality = tokens.take().kind === 'group_left' ? 'many-to-one' : 'one-to-many';
			const { kind } = tokens.token;
			// A list cannot be told from an operand in parentheses, and is taken for a list.
			if (kind === '(' || !(startsOperand(kind) || FILLS.has(kind)))
				matching.include = parseGroupingLabels(tokens);
		}
	}
	parseFills(tokens, matching);
	return { bool, matching };
}

/** `fill (1)`, or `fill_left (1)` and `fill_right (2)` in any order, each once. */
function parseFills(tokens: TokenStream, matching: VectorMatching): void {
	const seen = new Set<string>();
	while (FILLS.has(tokens.token.kind) && !seen.has(tokens.token.kind) && !seen.has('fill')) {
		if (tokens.is('fill') && seen.size > 0) return;
		const { kind } = tokens.take();
		seen.add(kind);
		tokens.expect('(');
		const negative = tokens.is('-');
		if (tokens.is('+', '-')) tokens.take();
		if (!tokens.is('number', 'duration')) tokens.misplaced();
		const { value } = parseNumberLiteral(tokens);
		tokens.expect(')');
		const fill = negative ? -value : value;
		if (kind !== 'fill_right') matching.fillLeft = fill;
		if (kind !== 'fill_left') matching.fillRight = fill;
	}
}

/** `(a, "b c")` */
export function parseGroupingLabels(tokens: TokenStream): string[] {
	tokens.expect('(', CONTEXT, '"("');
	const labels: string[] = [];
	while (!tokens.is(')')) {
		if (labels.length > 0) {
			tokens.expect(',', CONTEXT, '"," or ")"');
			if (tokens.is(')')) break;
		}
		labels.push(parseGroupingLabel(tokens));
	}
	tokens.take();
	return labels;
}

function parseGroupingLabel(tokens: TokenStream): string {
	const { kind } = tokens.token;
	if (kind !== 'string' && !LABEL_NAMES.has(kind)) tokens.unexpected(CONTEXT, 'label');
	const token = tokens.take();
	const label = kind === 'string' ? unquoteString(token.text) : token.text;
	if (!isLabelName(label)) tokens.report(token, `invalid label name for grouping: ${quoteString(label)}`);
	return label;
}
