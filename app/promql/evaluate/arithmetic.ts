import type { OperatorName } from '../parser/token.ts';

/** As IEEE 754 and Go have it: 1 to any power is 1, and so is -1 to an infinite one; JavaScript says NaN. */
export function power(x: number, y: number): number {
	if (x === 1 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y))) return 1;
	return x ** y;
}

/** As Go's math.Max: +Inf wins over NaN. */
export function maxOf(x: number, y: number): number {
	return x === Number.POSITIVE_INFINITY || y === Number.POSITIVE_INFINITY
		? Number.POSITIVE_INFINITY
		: Math.max(x, y);
}

/** As Go's math.Min: -Inf wins over NaN. */
export function minOf(x: number, y: number): number {
	return x === Number.NEGATIVE_INFINITY || y === Number.NEGATIVE_INFINITY
		? Number.NEGATIVE_INFINITY
		: Math.min(x, y);
}

const ARITHMETIC: Partial<Record<OperatorName, (x: number, y: number) => number>> = {
	'+': (x, y) => x + y,
	'-': (x, y) => x - y,
	'*': (x, y) => x * y,
	'/': (x, y) => x / y,
	'%': (x, y) => x % y,
	'^': power,
	atan2: Math.atan2,
};

const COMPARISON: Partial<Record<OperatorName, (x: number, y: number) => boolean>> = {
	'==': (x, y) => x === y,
	'!=': (x, y) => x !== y,
	'<': (x, y) => x < y,
	'<=': (x, y) => x <= y,
	'>': (x, y) => x > y,
	'>=': (x, y) => x >= y,
};

/** The function of an arithmetic operator. */
export function arithmeticOf(op: OperatorName): ((x: number, y: number) => number) | undefined {
	return ARITHMETIC[op];
}

/** The function of a comparison. */
export function comparisonOf(op: OperatorName): ((x: number, y: number) => boolean) | undefined {
	return COMPARISON[op];
}
