import type { Bucket } from './bucket-walk.ts';

const view = new DataView(new ArrayBuffer(8));
const EXPONENT_BIAS = 1022;

/** The binary logarithm, of exponent and fraction apart, so that those of powers of two are whole. */
export function binaryLogarithm(x: number): number {
	if (!(x > Number.MIN_VALUE) || x === Number.POSITIVE_INFINITY) return Math.log2(x);
	view.setFloat64(0, x);
	const exponent = ((view.getUint32(0) >>> 20) & 0x7ff) - EXPONENT_BIAS;
	// A subnormal number has no exponent of its own.
	if (exponent === -EXPONENT_BIAS) return Math.log2(x);
	const fraction = x / 2 ** (exponent - 1) / 2;
	return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * (1 / Math.LN2) + exponent;
}

/**
 * Which share of a bucket lies below a value inside of it: as if its observations were spread evenly, or evenly on a
 * logarithmic scale, where all exponential buckets are equally wide. Negative buckets are mirrored.
 */
export function shareBelow({ lower, upper }: Bucket, value: number, linear: boolean): number {
	if (linear) return (value - lower) / (upper - lower);
	const low = binaryLogarithm(Math.abs(lower));
	const high = binaryLogarithm(Math.abs(upper));
	const at = binaryLogarithm(Math.abs(value));
	return value > 0 ? (at - low) / (high - low) : 1 - (at - high) / (low - high);
}
