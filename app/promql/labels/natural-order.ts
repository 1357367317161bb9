import { compareText } from './text-order.ts';

/** Numbers up to here are compared as numbers: an int of 64 bits. */
const MAX_INTEGER = 2n ** 63n - 1n;

/** Whether a text comes before another, different one when runs of digits count as numbers. */
export function naturallyBefore(a: string, b: string): boolean {
	const left = a.match(/\d+|\D+/g) ?? [];
	const right = b.match(/\d+|\D+/g) ?? [];
	for (const [i, x] of left.entries()) {
		const y = right[i];
		if (y === undefined) return false;
		const numbers = isInteger(x) && isInteger(y);
		if (numbers ? BigInt(x) === BigInt(y) : x === y) {
			if (i === left.length - 1) return true;
			if (i === right.length - 1) return false;
			continue;
		}
		return numbers ? BigInt(x) < BigInt(y) : compareText(x, y) < 0;
	}
	return false;
}

function isInteger(text: string): boolean {
	return /^\d+$/.test(text) && BigInt(text) <= MAX_INTEGER;
}
