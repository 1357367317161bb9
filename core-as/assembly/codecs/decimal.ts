// Values that are decimals of few digits become integers: v = i / 10^e. Dividing is exact because the quotient of
// two f64 is correctly rounded; the encoder keeps only integers whose quotient has the very bits of v.

export const MAX_EXPONENT: u32 = 12;
/** Integers up to here leave room for the sums of the decoder. */
export const MAX_INTEGER: f64 = 2251799813685248; // 2^51

const POWERS: usize = memory.data<f64>([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]);

export function power(exponent: u32): f64 {
	return load<f64>(POWERS + ((<usize>exponent) << 3));
}

/** The integer that stands for `value` at a scale of `factor`; adding +0 makes -0 fail the comparison of bits. */
export function scaled(value: f64, factor: f64): f64 {
	return nearest(value * factor) + 0.0;
}

/** True when `integer / factor` gives back the bits of `value`. */
export function isExact(value: f64, integer: f64, factor: f64): bool {
	return abs(integer) <= MAX_INTEGER && reinterpret<u64>(integer / factor) === reinterpret<u64>(value);
}
