import type { Matcher } from '../../telemetry/labels.ts';
import { ParseError } from './parse-error.ts';
import { parseSelector } from './selector-parser.ts';
import { METRIC_NAMES } from './token.ts';
import { TokenStream } from './token-stream.ts';

/** The matchers of a text that is a selector and nothing more, such as `up{job="a"}`; throws a ParseError. */
export function parseMetricSelector(input: string): Matcher[] {
	const tokens = new TokenStream(input);
	if (tokens.is('eof')) throw new ParseError(input, { start: 0, end: 0 }, 'no expression found in input');
	const named = METRIC_NAMES.has(tokens.token.kind);
	if (!named && !tokens.is('{')) tokens.misplaced();
	const { matchers } = parseSelector(tokens, named ? tokens.take() : undefined);
	if (!tokens.is('eof')) tokens.misplaced();
	if (tokens.reported) throw tokens.reported;
	return matchers;
}
