import { isExact, MAX_EXPONENT, MAX_INTEGER, power, scaled } from './decimal';
import { COLUMN_STRIDE } from './tier-columns';

// Extremes and sums lie close to what the last values let expect: where all of a part are decimals, the differences take half the bits.
// Layout in docs/formats.md, "Tier row".

/** In the flags of a part: its columns are differences, at the scale in the bits below. */
export const PREDICTED: u32 = 0x80;
const SCALE: u32 = 15;
/** Bound of what a sum is expected to be, times two: below, halves are exact. */
const MAX_DOUBLE_SUM: f64 = 4503599627370496; // 2^52
/** What a double may lose of a value, times two. */
const EPSILON: f64 = 2.220446049250313e-16; // 2^-52

export const LASTS: u32 = 0;
export const MAXIMA: u32 = 1;
export const MINIMA: u32 = 2;
export const SUMS: u32 = 3;
export const COUNTS: u32 = 4;

/** The columns of a part as they are written: like those of a day, without times. */
const written: usize = memory.data(5 * 2368, 16);

function cell(columns: usize, column: u32, i: usize): usize {
	return columns + <usize>column * COLUMN_STRIDE + (i << 3);
}

/**
 * Takes `count` values of each of the columns at `columns`; returns the flags of the part, and leaves what is to be written in
 * `predicted`, or 0 when the columns are no decimals.
 */
export function predict(columns: usize, count: u32): u32 {
	const scale = scaleOf(columns, count);
	if (scale < 0) return 0;
	const factor = power(<u32>scale);
	let before: f64 = 0;
	for (let i: usize = 0; i < <usize>count; i++) {
		const last = scaled(load<f64>(cell(columns, LASTS, i)), factor);
		const maximum = load<f64>(cell(columns, MAXIMA, i));
		const minimum = load<f64>(cell(columns, MINIMA, i));
		const sum = load<f64>(cell(columns, SUMS, i));
		const samples = load<f64>(cell(columns, COUNTS, i));
		if (i === 0) before = last;
		if (!(samples * (abs(last) + abs(before)) <= MAX_DOUBLE_SUM)) return 0;
		const whole = scaled(sum, factor);
		// The sum of decimals is one, but for what their doubles lose.
		const lost = samples * max(abs(maximum), abs(minimum)) * EPSILON;
		if (!(abs(whole) <= MAX_INTEGER && abs(whole / factor - sum) <= lost)) return 0;
		store<f64>(cell(written, LASTS, i), load<f64>(cell(columns, LASTS, i)));
		store<f64>(cell(written, MAXIMA, i), scaled(maximum, factor) - max(last, before));
		store<f64>(cell(written, MINIMA, i), scaled(minimum, factor) - min(last, before));
		store<f64>(cell(written, SUMS, i), whole - expectedSum(samples, last, before));
		store<f64>(cell(written, COUNTS, i), samples);
		before = last;
	}
	return PREDICTED | <u32>scale;
}

export function predicted(): usize {
	return written;
}

/** As if values went from one last value to the next in a straight line. */
function expectedSum(samples: f64, last: f64, before: f64): f64 {
	return floor(samples * (last + before) * 0.5);
}

/** The smallest scale at which last values and extremes are integers, or -1. */
function scaleOf(columns: usize, count: u32): i32 {
	let scale: u32 = 0;
	for (let column = LASTS; column <= MINIMA; column++) {
		for (let i: usize = 0; i < <usize>count; i++) {
			const value = load<f64>(cell(columns, column, i));
			while (!isExact(value, scaled(value, power(scale)), power(scale))) {
				if (scale === MAX_EXPONENT) return -1;
				scale++;
			}
		}
	}
	// A value of fewer digits may be too large at a scale that another one needs.
	for (let column = LASTS; column <= MINIMA; column++) {
		for (let i: usize = 0; i < <usize>count; i++) {
			const value = load<f64>(cell(columns, column, i));
			if (!isExact(value, scaled(value, power(scale)), power(scale))) return -1;
		}
	}
	return <i32>scale;
}

/** True when a part can have such flags. */
export function areFlags(flags: u32): bool {
	return flags === 0 || ((flags & ~SCALE) === PREDICTED && (flags & SCALE) <= MAX_EXPONENT);
}

/** Writes `count` values of a column at `to`, out of what was written: `lasts`, `column` and `counts`. */
export function restore(
	flags: u32,
	column: u32,
	count: u32,
	lasts: usize,
	differences: usize,
	counts: usize,
	to: usize,
): void {
	if (flags === 0 || column === LASTS || column === COUNTS) {
		memory.copy(to, differences, (<usize>count) << 3);
		return;
	}
	const factor = power(flags & SCALE);
	let before: f64 = 0;
	for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
		const last = scaled(load<f64>(lasts + at), factor);
		if (at === 0) before = last;
		let expected: f64;
		if (column === SUMS) expected = expectedSum(load<f64>(counts + at), last, before);
		else expected = column === MAXIMA ? max(last, before) : min(last, before);
		store<f64>(to + at, (load<f64>(differences + at) + expected) / factor);
		before = last;
	}
}
