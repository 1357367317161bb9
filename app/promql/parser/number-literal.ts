import type { NumberLiteral } from './ast.ts';
import { parseDuration } from './duration.ts';
import { parseNumber } from './number.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** A number, or a duration as its seconds. */
export function parseNumberLiteral(tokens: TokenStream): NumberLiteral {
	const token = tokens.take();
	const duration = token.kind === 'duration';
	const value = duration ? durationValue(tokens, token) : numberValue(tokens, token);
	return { kind: 'number', value, duration, span: { start: token.start, end: token.end } };
}

function numberValue(tokens: TokenStream, token: Token): number {
	const value = parseNumber(token.text);
	if (value !== undefined) return value;
	const why = Number(token.text) === Number.POSITIVE_INFINITY ? 'value out of range' : 'invalid syntax';
	const text = JSON.stringify(token.text);
	tokens.report(token, `error parsing number: strconv.ParseFloat: parsing ${text}: ${why}`);
	return 0;
}

function durationValue(tokens: TokenStream, token: Token): number {
	const value = parseDuration(token.text);
	if (typeof value === 'number') return value;
	tokens.report(token, value);
	return 0;
}
