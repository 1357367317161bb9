import { isPackedWidth, planeSize, unpack } from './bit-packing';
import { applyExceptions, applyJumps } from './chunk-exceptions';
import { samplesOf, unscale } from './chunk-kernels';
import {
	CONSTANT,
	DELTA,
	EXACT,
	FOR,
	GAP_BITMAP,
	GAP_LIST,
	HEADER,
	high,
	JUMPS,
	LINE,
	LINE_SECONDS,
	loadSigned,
	low,
	RAW,
	RAW_DELTA,
	ROTATED,
	SHORT_BITS,
	SHORT_DELTA,
} from './chunk-section';

// Every field is checked before it is used, so that corrupt input is refused and never indexes anything.

/**
 * Decodes `count` (1 to 256) f64 from the section at `p` into `to`; returns the first byte behind the section, or
 * 0 when it breaks the layout. May read 16 bytes behind `end`; writes up to a multiple of 8 samples at `to`.
 */
export function decodeSection(p: usize, end: usize, count: u32, to: usize): usize {
	if (p >= end) return 0;
	const groups = <usize>((count + 7) >> 3);
	const mode = <u32>load<u8>(p) & 7;
	if (mode === LINE) {
		p = readLine(p, end);
		if (p !== 0) samplesOf(p, groups, 0, true, lineBase, lineStep, 0, to);
		return p;
	}
	if (mode === SHORT_DELTA) return decodeShortDelta(p, end, count, to);
	if (mode === SHORT_BITS) return decodeShortBits(p, end, count, to);
	if (end - p < HEADER) return 0;
	const header = load<u32>(p);
	p += HEADER;
	const scale = (header >> 3) & 31;
	const width = (header >> 8) & 255;
	const baseSize = (header >> 16) & 15;
	const stepSize = (header >> 20) & 15;
	const flags = header >> 24;
	if (flags > 31 || (flags & (GAP_LIST | GAP_BITMAP)) === (GAP_LIST | GAP_BITMAP)) return 0;
	if (mode === CONSTANT) {
		if (header !== 0 || end - p < 8) return 0;
		return decodeConstant(p, count, to);
	}
	if (mode === RAW || mode === RAW_DELTA) {
		if (scale !== 0 || (flags & ~(GAP_LIST | GAP_BITMAP)) !== 0) return 0;
		if (baseSize !== 8 || stepSize > (mode === RAW ? 1 : 0)) return 0;
		p = decodeRaw(p, end, count, mode === RAW_DELTA, width, stepSize, to);
		return p === 0 || flags === 0 ? p : applyExceptions(p, end, flags, count, to);
	}
	if ((mode !== FOR && mode !== DELTA) || !isPackedWidth(width)) return 0;
	if (baseSize > 7 || stepSize > 7 || (mode === FOR && stepSize !== 0)) return 0;
	const plane = planeSize(count, width);
	if (<usize>(baseSize + stepSize) + plane > end - p) return 0;
	const base = <f64>loadSigned(p, baseSize);
	p += <usize>baseSize;
	const step = <f64>loadSigned(p, stepSize);
	p += <usize>stepSize;
	if (abs(base) + 256 * abs(step) > EXACT) return 0;
	if ((flags & JUMPS) === 0) {
		samplesOf(p, groups, width, mode === DELTA, base, step, scale, to);
		p += plane;
	} else {
		samplesOf(p, groups, width, mode === DELTA, base, step, 0, to);
		p = applyJumps(p + plane, end, count, to);
		if (p === 0) return 0;
		unscale(scale, to, to + (groups << 6));
	}
	return applyExceptions(p, end, flags, count, to);
}

/** What `readLine` found: sample i is lineBase + i * lineStep. */
export let lineBase: f64 = 0;
export let lineStep: f64 = 0;

/** Reads a section of mode LINE; returns the first byte behind, or 0. */
export function readLine(p: usize, end: usize): usize {
	const sizes = <u32>load<u8>(p++) >> 3;
	const baseSize = sizes & 7;
	const inSeconds = sizes >> 3 === LINE_SECONDS;
	const stepSize = inSeconds ? 1 : sizes >> 3;
	if (<usize>(baseSize + stepSize) > end - p) return 0;
	lineBase = <f64>loadSigned(p, baseSize);
	p += <usize>baseSize;
	lineStep = inSeconds ? <f64>(1000 * <u32>load<u8>(p)) : <f64>loadSigned(p, stepSize);
	return abs(lineBase) + 256 * abs(lineStep) > EXACT ? 0 : p + <usize>stepSize;
}

/** The usual counter or gauge: no exceptions, a step of one byte. */
function decodeShortDelta(p: usize, end: usize, count: u32, to: usize): usize {
	if (end - p < 3) return 0;
	const scale = <u32>load<u8>(p) >> 3;
	const width = <u32>load<u8>(p, 1) & 31;
	const baseSize = <u32>load<u8>(p, 1) >> 5;
	p += 2;
	const plane = planeSize(count, width);
	if (!isPackedWidth(width) || <usize>baseSize + 1 + plane > end - p) return 0;
	const base = <f64>loadSigned(p, baseSize);
	const step = <f64>(<i32>load<i8>(p + <usize>baseSize));
	p += <usize>baseSize + 1;
	if (abs(base) + 256 * abs(step) > EXACT) return 0;
	samplesOf(p, <usize>((count + 7) >> 3), width, true, base, step, scale, to);
	return p + plane;
}

/** The usual float: one value throughout, or bits whose low half is as it is, against a base without one. */
function decodeShortBits(p: usize, end: usize, count: u32, to: usize): usize {
	const highWidth = <u32>load<u8>(p++) >> 3;
	if (highWidth === 0) return end - p < 8 ? 0 : decodeConstant(p, count, to);
	const lowSize = planeSize(count, 32);
	const highSize = planeSize(count, highWidth);
	if (!isPackedWidth(highWidth) || lowSize + highSize + 4 > end - p) return 0;
	const base = (<u64>load<u32>(p)) << 32;
	p += 4;
	unpack(p + lowSize, count, highWidth, high);
	rawValues(p, high, base, 0, false, to, to + ((<usize>((count + 7) & ~7)) << 3));
	return p + lowSize + highSize;
}

function decodeConstant(p: usize, count: u32, to: usize): usize {
	const pair = v128.load64_splat(p);
	for (const last = to + ((<usize>((count + 7) & ~7)) << 3); to < last; to += 16) v128.store(to, pair);
	return p + 8;
}

function decodeRaw(
	p: usize,
	end: usize,
	count: u32,
	isDelta: bool,
	width: u32,
	marked: u32,
	to: usize,
): usize {
	const lowWidth = min(width, 32);
	const highWidth = width - lowWidth;
	if (highWidth > 32 || !isPackedWidth(lowWidth) || !isPackedWidth(highWidth)) return 0;
	const lowSize = planeSize(count, lowWidth);
	const highSize = planeSize(count, highWidth);
	const fields: usize = isDelta ? 17 : 8 + <usize>marked;
	if (fields + lowSize + highSize > end - p) return 0;
	const base = load<u64>(p);
	const step = isDelta ? load<u64>(p, 8) : 0;
	const marks = isDelta || marked !== 0 ? <u32>load<u8>(p + fields - 1) : 0;
	if (marks > 127 || (isDelta && marks >= ROTATED)) return 0;
	const zeros = <i32>(marks & 63);
	p += fields;
	let from = p;
	if (lowWidth < 32) {
		unpack(p, count, lowWidth, low);
		from = low;
	}
	p += lowSize;
	let highFrom = p;
	if (highWidth < 32) {
		unpack(p, count, highWidth, high);
		highFrom = high;
	}
	p += highSize;
	const last = to + ((<usize>((count + 7) & ~7)) << 3);
	if (isDelta) rawDeltas(from, highFrom, base, step, zeros, to, last);
	else rawValues(from, highFrom, base, zeros, marks >= ROTATED, to, last);
	return p;
}

function rawValues(
	low: usize,
	high: usize,
	base: u64,
	zeros: i32,
	isRotated: bool,
	to: usize,
	end: usize,
): void {
	const bases = i64x2.splat(base);
	for (; to < end; to += 32) {
		const lows = v128.load(low);
		const highs = v128.load(high);
		low += 16;
		high += 16;
		let a = i64x2.shl(i64x2.add(v128.shuffle<i32>(lows, highs, 0, 4, 1, 5), bases), zeros);
		let b = i64x2.shl(i64x2.add(v128.shuffle<i32>(lows, highs, 2, 6, 3, 7), bases), zeros);
		if (isRotated) {
			a = v128.or(i64x2.shr_u(a, 1), i64x2.shl(a, 63));
			b = v128.or(i64x2.shr_u(b, 1), i64x2.shl(b, 63));
		}
		v128.store(to, a);
		v128.store(to, b, 16);
	}
}

function rawDeltas(low: usize, high: usize, base: u64, step: u64, zeros: i32, to: usize, end: usize): void {
	const steps = i64x2.splat(step);
	const zero = i64x2.splat(0);
	let sum = i64x2.splat(base - step);
	for (; to < end; to += 32) {
		const lows = v128.load(low);
		const highs = v128.load(high);
		low += 16;
		high += 16;
		let a = i64x2.add(v128.shuffle<i32>(lows, highs, 0, 4, 1, 5), steps);
		let b = i64x2.add(v128.shuffle<i32>(lows, highs, 2, 6, 3, 7), steps);
		a = i64x2.add(a, v128.shuffle<i64>(zero, a, 1, 2));
		b = i64x2.add(b, v128.shuffle<i64>(zero, b, 1, 2));
		a = i64x2.add(a, sum);
		b = i64x2.add(b, v128.shuffle<i64>(a, a, 1, 1));
		sum = v128.shuffle<i64>(b, b, 1, 1);
		v128.store(to, i64x2.shl(a, zeros));
		v128.store(to, i64x2.shl(b, zeros), 16);
	}
}
