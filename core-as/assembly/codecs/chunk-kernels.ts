import { unpack } from './bit-packing';
import { binaryFactor, DECIMAL_SCALES, EXACT, low } from './chunk-section';
import { power } from './decimal';
import { MAX_NARROW, narrowTable, secondHalf, wordTable } from './lane-tables';

// From packed residuals to f64 samples, 8 a turn, all in registers: unpack, prefix sum, add the base line, scale.
// An integer x below 2^32 under the high word 0x43300000 is the f64 2^52 + x, so that one addition of
// (line - 2^52) converts it; sums stay below 2^53 and are exact.

const HIGH_WORD: i32 = 0x43300000;
/** With at most 256 samples sums of such residuals fit 32 bits. */
const MAX_WORD_DELTA: u32 = 24;

/** How `unscale` treats a pair. */
const NONE: u32 = 0;
const MULTIPLY: u32 = 1;
const DIVIDE_BY: u32 = 2;

function kindOf(scale: u32): u32 {
	return scale === 0 ? NONE : scale <= DECIMAL_SCALES ? DIVIDE_BY : MULTIPLY;
}

function factorOf(scale: u32): f64 {
	return scale <= DECIMAL_SCALES ? power(scale) : binaryFactor(scale);
}

/**
 * Writes `groups` * 8 samples at `to`: unscale(base + r[i]), or for deltas unscale(base + i * step + r[0] + ... + r[i]).
 * The plane at `from` may be read up to 16 bytes behind its end.
 */
export function samplesOf(
	from: usize,
	groups: usize,
	width: u32,
	isDelta: bool,
	base: f64,
	step: f64,
	scale: u32,
	to: usize,
): void {
	if (width === 0) line(groups, base, step, scale, to);
	else if (width <= MAX_NARROW) narrowSamples(from, groups, width, isDelta, base, step, scale, to);
	else if (width <= MAX_WORD_DELTA) wordSamples(from, groups, width, isDelta, base, step, scale, to);
	else {
		if (width < 32) {
			unpack(from, (<u32>groups) << 3, width, low);
			from = low;
		}
		wideSamples(from, groups, isDelta, base, step, scale, to);
	}
}

function line(groups: usize, base: f64, step: f64, scale: u32, to: usize): void {
	const end = to + (groups << 6);
	let pair = f64x2.replace_lane(f64x2.splat(base), 1, base + step);
	const steps = f64x2.splat(2 * step);
	for (let p = to; p < end; p += 16) {
		v128.store(p, pair);
		pair = f64x2.add(pair, steps);
	}
	unscale(scale, to, end);
}

/** Divides or multiplies the samples in [to, end), a multiple of 16 bytes. */
export function unscale(scale: u32, to: usize, end: usize): void {
	const kind = kindOf(scale);
	if (kind === NONE) return;
	const factors = f64x2.splat(factorOf(scale));
	if (kind === DIVIDE_BY) for (; to < end; to += 16) v128.store(to, f64x2.div(v128.load(to), factors));
	else for (; to < end; to += 16) v128.store(to, f64x2.mul(v128.load(to), factors));
}

/** Stores four pairs; the kind is the same for a whole section, so its branch costs next to nothing. */
function storeEight(kind: u32, factors: v128, a: v128, b: v128, c: v128, d: v128, to: usize): void {
	if (kind === DIVIDE_BY) {
		a = f64x2.div(a, factors);
		b = f64x2.div(b, factors);
		c = f64x2.div(c, factors);
		d = f64x2.div(d, factors);
	} else if (kind === MULTIPLY) {
		a = f64x2.mul(a, factors);
		b = f64x2.mul(b, factors);
		c = f64x2.mul(c, factors);
		d = f64x2.mul(d, factors);
	}
	v128.store(to, a);
	v128.store(to, b, 16);
	v128.store(to, c, 32);
	v128.store(to, d, 48);
}

/** Lanes 0 and 1 (or 2 and 3) of 32-bit integers as f64 + 2^52. */
function lowPair(lanes: v128): v128 {
	return v128.shuffle<i32>(lanes, i32x4.splat(HIGH_WORD), 0, 4, 1, 5);
}

function highPair(lanes: v128): v128 {
	return v128.shuffle<i32>(lanes, i32x4.splat(HIGH_WORD), 2, 6, 3, 7);
}

// Shuffles that shift zeros in name the zeros as lanes 7, 3 and 1: engines know that pattern as one instruction.

function narrowSamples(
	from: usize,
	groups: usize,
	width: u32,
	isDelta: bool,
	base: f64,
	step: f64,
	scale: u32,
	to: usize,
): void {
	const table = narrowTable(width);
	const swizzle = v128.load(table);
	const multipliers = v128.load(table, 16);
	const shift = <i32>(16 - width);
	const kind = kindOf(scale);
	const factors = f64x2.splat(factorOf(scale));
	const zero = i32x4.splat(0);
	const steps = f64x2.splat(8 * step);
	let line0 = f64x2.add(f64x2.splat(base - EXACT), f64x2.replace_lane(f64x2.splat(0), 1, step));
	let line2 = f64x2.add(line0, f64x2.splat(2 * step));
	let line4 = f64x2.add(line0, f64x2.splat(4 * step));
	let line6 = f64x2.add(line0, f64x2.splat(6 * step));
	let carry = zero;
	const end = to + (groups << 6);
	for (; to < end; to += 64) {
		let x = i16x8.mul(v128.swizzle(v128.load64_zero(from), swizzle), multipliers);
		x = i16x8.shr_u(x, shift);
		from += <usize>width;
		if (isDelta) {
			x = i16x8.add(x, v128.shuffle<i16>(zero, x, 7, 8, 9, 10, 11, 12, 13, 14));
			x = i16x8.add(x, v128.shuffle<i16>(zero, x, 6, 7, 8, 9, 10, 11, 12, 13));
			x = i16x8.add(x, v128.shuffle<i16>(zero, x, 4, 5, 6, 7, 8, 9, 10, 11));
			x = i16x8.add(x, carry);
			carry = v128.shuffle<i16>(x, x, 7, 7, 7, 7, 7, 7, 7, 7);
		}
		const first = i32x4.extend_low_i16x8_u(x);
		const second = i32x4.extend_high_i16x8_u(x);
		storeEight(
			kind,
			factors,
			f64x2.add(lowPair(first), line0),
			f64x2.add(highPair(first), line2),
			f64x2.add(lowPair(second), line4),
			f64x2.add(highPair(second), line6),
			to,
		);
		line0 = f64x2.add(line0, steps);
		line2 = f64x2.add(line2, steps);
		line4 = f64x2.add(line4, steps);
		line6 = f64x2.add(line6, steps);
	}
}

function wordSamples(
	from: usize,
	groups: usize,
	width: u32,
	isDelta: bool,
	base: f64,
	step: f64,
	scale: u32,
	to: usize,
): void {
	const table = wordTable(width);
	const half = secondHalf(width);
	const swizzle = v128.load(table);
	const multipliers = v128.load(table, 16);
	const swizzle2 = v128.load(table, 32);
	const multipliers2 = v128.load(table, 48);
	const shift = <i32>(32 - width);
	const kind = kindOf(scale);
	const factors = f64x2.splat(factorOf(scale));
	const zero = i32x4.splat(0);
	const steps = f64x2.splat(8 * step);
	let line0 = f64x2.add(f64x2.splat(base - EXACT), f64x2.replace_lane(f64x2.splat(0), 1, step));
	let line2 = f64x2.add(line0, f64x2.splat(2 * step));
	let line4 = f64x2.add(line0, f64x2.splat(4 * step));
	let line6 = f64x2.add(line0, f64x2.splat(6 * step));
	let carry = zero;
	const end = to + (groups << 6);
	for (; to < end; to += 64) {
		let x = i32x4.shr_u(i32x4.mul(v128.swizzle(v128.load(from), swizzle), multipliers), shift);
		let y = i32x4.shr_u(i32x4.mul(v128.swizzle(v128.load(from + half), swizzle2), multipliers2), shift);
		from += <usize>width;
		if (isDelta) {
			x = i32x4.add(x, v128.shuffle<i32>(zero, x, 3, 4, 5, 6));
			y = i32x4.add(y, v128.shuffle<i32>(zero, y, 3, 4, 5, 6));
			x = i32x4.add(x, v128.shuffle<i32>(zero, x, 2, 3, 4, 5));
			y = i32x4.add(y, v128.shuffle<i32>(zero, y, 2, 3, 4, 5));
			y = i32x4.add(y, v128.shuffle<i32>(x, x, 3, 3, 3, 3));
			x = i32x4.add(x, carry);
			y = i32x4.add(y, carry);
			carry = v128.shuffle<i32>(y, y, 3, 3, 3, 3);
		}
		storeEight(
			kind,
			factors,
			f64x2.add(lowPair(x), line0),
			f64x2.add(highPair(x), line2),
			f64x2.add(lowPair(y), line4),
			f64x2.add(highPair(y), line6),
			to,
		);
		line0 = f64x2.add(line0, steps);
		line2 = f64x2.add(line2, steps);
		line4 = f64x2.add(line4, steps);
		line6 = f64x2.add(line6, steps);
	}
}

/** Residuals of 32 bits: sums do not fit integers of that size, so they are f64 from the start. */
function wideSamples(
	from: usize,
	groups: usize,
	isDelta: bool,
	base: f64,
	step: f64,
	scale: u32,
	to: usize,
): void {
	const zero = f64x2.splat(0);
	const offset = f64x2.splat(step - EXACT);
	let sum = f64x2.splat(isDelta ? base - step : base);
	const end = to + (groups << 6);
	for (let p = to; p < end; p += 32) {
		const x = v128.load(from);
		from += 16;
		let a = f64x2.add(lowPair(x), offset);
		let b = f64x2.add(highPair(x), offset);
		if (isDelta) {
			a = f64x2.add(a, v128.shuffle<i64>(zero, a, 1, 2));
			b = f64x2.add(b, v128.shuffle<i64>(zero, b, 1, 2));
			a = f64x2.add(a, sum);
			sum = v128.shuffle<i64>(a, a, 1, 1);
			b = f64x2.add(b, sum);
			sum = v128.shuffle<i64>(b, b, 1, 1);
		} else {
			a = f64x2.add(a, sum);
			b = f64x2.add(b, sum);
		}
		v128.store(p, a);
		v128.store(p, b, 16);
	}
	unscale(scale, to, end);
}
