import type { DurationExpression, Expression, NumberLiteral, TimeModifiers, VectorSelector } from './ast.ts';
import type { TokenStream } from './token-stream.ts';

/** What carries `@` and `offset`, if the expression can have them. */
function carrierOf(e: Expression): TimeModifiers | undefined {
	if (e.kind === 'selector' || e.kind === 'subquery') return e;
	return e.kind === 'matrix' ? e.selector : undefined;
}

const PRECEDED = 'must be preceded by an instant vector selector or range vector selector or a subquery';

export function setOffset(
	tokens: TokenStream,
	e: Expression,
	offset: NumberLiteral | DurationExpression,
): void {
	const carrier = carrierOf(e);
	if (!carrier) {
		tokens.report(e.span, `offset modifier ${PRECEDED}`);
		return;
	}
	if (carrier.offset !== 0 || carrier.offsetExpression) {
		tokens.report(e.span, 'offset may not be set multiple times');
	} else if (offset.kind === 'number') {
		carrier.offset = nanoseconds(offset.value);
	} else {
		carrier.offsetExpression = offset;
	}
	e.span.end = tokens.lastClosing;
}

/** `@ <seconds>` */
export function setAt(tokens: TokenStream, e: Expression, seconds: number): void {
	if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
		tokens.report(e.span, `timestamp out of bounds for @ modifier: ${seconds.toFixed(6)}`);
	}
	const carrier = freeCarrier(tokens, e);
	if (!carrier) return;
	carrier.at = roundHalfAway(seconds * 1000);
	e.span.end = tokens.lastClosing;
}

/** `@ start()` and `@ end()` */
export function setAtEnd(tokens: TokenStream, e: Expression, end: 'start' | 'end'): void {
	const carrier = freeCarrier(tokens, e);
	if (!carrier) return;
	carrier.atEnd = end;
	e.span.end = tokens.lastClosing;
}

function freeCarrier(tokens: TokenStream, e: Expression): TimeModifiers | undefined {
	const carrier = carrierOf(e);
	if (!carrier) {
		tokens.report(e.span, `@ modifier ${PRECEDED}`);
		return undefined;
	}
	if (carrier.at === undefined && carrier.atEnd === undefined) return carrier;
	tokens.report(e.span, '@ <timestamp> may not be set multiple times');
	return undefined;
}

/** `anchored` and `smoothed` */
export function setReach(tokens: TokenStream, e: Expression, reach: 'anchored' | 'smoothed'): void {
	let selector: VectorSelector | undefined;
	if (e.kind === 'selector') selector = e;
	if (e.kind === 'matrix') selector = e.selector;
	if (!selector) {
		const why = e.kind === 'subquery' ? 'is not supported for subqueries' : 'not implemented';
		tokens.report(e.span, `${reach} modifier ${why}`);
		return;
	}
	selector[reach] = true;
	if (selector.anchored && selector.smoothed) {
		tokens.report(e.span, 'anchored and smoothed modifiers cannot be used together');
	}
}

export function nanoseconds(seconds: number): number {
	return roundHalfAway(seconds * 1e9);
}

/** As Go's math.Round. */
function roundHalfAway(x: number): number {
	const rounded = Math.sign(x) * Math.round(Math.abs(x));
	return rounded === 0 ? 0 : rounded;
}
