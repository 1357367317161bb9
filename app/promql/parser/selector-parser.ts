import { type MatchOperator, METRIC_NAME } from '../../telemetry/labels.ts';
import { regexOf } from '../regex/label-regex.ts';
import { RegexError } from '../regex/regex-error.ts';
import type { VectorSelector } from './ast.ts';
import type { Span } from './parse-error.ts';
import { unquoteString } from './string-scan.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const MATCH_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);
const CONTEXT = 'label matching';

/** A selector behind its name, if it has one. */
export function parseSelector(tokens: TokenStream, name?: Token): VectorSelector {
	const { start, end } = name ?? tokens.token;
	const selector: VectorSelector = {
		kind: 'selector',
		name: name?.text ?? '',
		matchers: [],
		offset: 0,
		anchored: false,
		smoothed: false,
		span: { start, end },
	};
	if (tokens.is('{')) {
		tokens.take();
		parseMatchers(tokens, selector);
		selector.span.end = tokens.expect('}', CONTEXT, '"," or "}"').end;
	}
	if (name) selector.matchers.push({ name: METRIC_NAME, op: '=', value: name.text });
	return selector;
}

function parseMatchers(tokens: TokenStream, selector: VectorSelector): void {
	for (let first = true; !tokens.is('}'); first = false) {
		if (!first) {
			tokens.expect(',', CONTEXT, '"," or "}"');
			if (tokens.is('}')) return;
		}
		parseMatcher(tokens, selector);
	}
}

function parseMatcher(tokens: TokenStream, selector: VectorSelector): void {
	if (!tokens.is('identifier', 'string')) tokens.unexpected(CONTEXT, 'identifier or "}"');
	const token = tokens.take();
	const name = token.kind === 'string' ? unquoteString(token.text) : token.text;
	if (!MATCH_OPERATORS.has(tokens.token.kind)) {
		if (token.kind === 'identifier') tokens.unexpected(CONTEXT, 'label matching operator');
		// A quoted text alone is the name of the metric.
		selector.matchers.push({ name: METRIC_NAME, op: '=', value: name });
		return;
	}
	const op = tokens.take().kind as MatchOperator;
	const text = tokens.expect('string', CONTEXT, 'string');
	const value = unquoteString(text.text);
	selector.matchers.push({ name, op, value });
	if (op === '=~' || op === '!~') checkRegex(tokens, value, { start: token.start, end: text.end });
}

function checkRegex(tokens: TokenStream, value: string, span: Span): void {
	try {
		regexOf(value);
	} catch (error) {
		if (!(error instanceof RegexError)) throw error;
		tokens.report(span, error.message);
	}
}
