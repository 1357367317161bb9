/** A half-open range of the expression, in UTF-16 units. */
export interface Span {
	start: number;
	end: number;
}

/** Why a text is no PromQL expression. `message` reads like Prometheus's: `1:5: parse error: ...`. */
export class ParseError extends Error {
	/** What is wrong, without its place. */
	readonly reason: string;
	readonly span: Span;
	/** From 1; the column counts bytes of UTF-8, as Prometheus does. */
	readonly line: number;
	readonly column: number;

	constructor(input: string, span: Span, reason: string) {
		const { line, column } = placeOf(input, span.start);
		super(`${input === '' ? 'unknown position' : `${line}:${column}`}: parse error: ${reason}`);
		this.name = 'ParseError';
		this.reason = reason;
		this.span = span;
		this.line = line;
		this.column = column;
	}
}

const encoder = new TextEncoder();

/** Bytes of UTF-8 before an offset. */
export function bytesBefore(input: string, offset: number): number {
	return encoder.encode(input.slice(0, offset)).length;
}

/** Line and column, both from 1, of an offset. */
export function placeOf(input: string, offset: number): { line: number; column: number } {
	const before = input.slice(0, Math.max(0, offset));
	const lines = before.split('\n');
	return { line: lines.length, column: encoder.encode(lines.at(-1)).length + 1 };
}
