import { isPackedWidth, planeSize, unpack } from './bit-packing';
import {
	binaryFactor,
	CONSTANT,
	DECIMAL_SCALES,
	DELTA,
	DIVIDE,
	EXACT,
	FOR,
	HEADER,
	high,
	low,
	PATCHES,
	RAW,
	RAW_DELTA,
	ROTATED,
} from './chunk-section';
import { power } from './decimal';

// Every field is checked before it is used, so that corrupt input is refused and never indexes anything.

/**
 * Decodes `count` (1 to 256) f64 from the section at `p` into `to`; returns the first byte behind the section, or
 * 0 when it breaks the layout. May read 8 bytes behind `end`; `to` needs exactly `count` places.
 */
export function decodeSection(p: usize, end: usize, count: u32, to: usize): usize {
	if (end - p < HEADER) return 0;
	const header = load<u32>(p);
	p += HEADER;
	const mode = header & 7;
	const scale = (header >> 3) & 31;
	const width = (header >> 8) & 255;
	const baseSize = (header >> 16) & 15;
	const stepSize = (header >> 20) & 15;
	const flags = header >> 24;
	if (mode === CONSTANT) {
		if (header !== 0 || end - p < 8) return 0;
		const value = load<u64>(p);
		for (let i: usize = 0; i < <usize>count; i++) store<u64>(to + (i << 3), value);
		return p + 8;
	}
	if (mode === RAW || mode === RAW_DELTA) {
		if (scale !== 0 || flags !== 0 || baseSize !== 8 || stepSize > (mode === RAW ? 1 : 0)) return 0;
		return decodeRaw(p, end, count, mode === RAW_DELTA, width, stepSize, to);
	}
	if (mode !== FOR && mode !== DELTA) return 0;
	if ((flags & ~(PATCHES | DIVIDE)) !== 0 || !isPackedWidth(width)) return 0;
	if (baseSize > 7 || stepSize > 7 || (mode === FOR && stepSize !== 0)) return 0;
	const plane = planeSize(count, width);
	if (<usize>(baseSize + stepSize) + plane > end - p) return 0;
	const base = loadSigned(p, baseSize);
	p += <usize>baseSize;
	const step = loadSigned(p, stepSize);
	p += <usize>stepSize;
	if (abs(<f64>base) + 256 * abs(<f64>step) > EXACT) return 0;
	unpack(p, count, width, low);
	p += plane;
	integersTo(mode === DELTA, base, step, count, to);
	unscale(scale, count, to);
	return (flags & PATCHES) === 0 ? p : applyPatches(p, end, count, to);
}

/** `size` bytes, little-endian two's complement. */
function loadSigned(p: usize, size: u32): i64 {
	if (size === 0) return 0;
	const shift = <i64>(64 - 8 * size);
	return (load<i64>(p) << shift) >> shift;
}

/** From residuals in `low` to integers. They stay below 2^53, so the conversion is exact. */
function integersTo(isDelta: bool, base: i64, step: i64, count: u32, to: usize): void {
	const end = to + ((<usize>count) << 3);
	let from = low;
	if (!isDelta) {
		for (; to < end; to += 8) {
			store<f64>(to, <f64>(base + <i64>load<u32>(from)));
			from += 4;
		}
		return;
	}
	let value = base - step;
	for (; to < end; to += 8) {
		value += step + <i64>load<u32>(from);
		store<f64>(to, <f64>value);
		from += 4;
	}
}

function unscale(scale: u32, count: u32, to: usize): void {
	if (scale === 0) return;
	const end = to + ((<usize>count) << 3);
	const pairs = to + ((<usize>(count & ~1)) << 3);
	if (scale <= DECIMAL_SCALES) {
		const factor = power(scale);
		const factors = f64x2.splat(factor);
		for (; to < pairs; to += 16) v128.store(to, f64x2.div(v128.load(to), factors));
		if (to < end) store<f64>(to, load<f64>(to) / factor);
	} else {
		const factor = binaryFactor(scale);
		const factors = f64x2.splat(factor);
		for (; to < pairs; to += 16) v128.store(to, f64x2.mul(v128.load(to), factors));
		if (to < end) store<f64>(to, load<f64>(to) * factor);
	}
}

/** Samples in rising order that are replaced by their own bits. */
function applyPatches(p: usize, end: usize, count: u32, to: usize): usize {
	if (p >= end) return 0;
	const patches = <usize>load<u8>(p++);
	if (patches === 0 || end - p < patches * 9) return 0;
	let next: u32 = 0;
	for (let k: usize = 0; k < patches; k++) {
		const at = <u32>load<u8>(p);
		if (at < next || at >= count) return 0;
		store<u64>(to + ((<usize>at) << 3), load<u64>(p, 1));
		next = at + 1;
		p += 9;
	}
	return p;
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
	const zeros = <u64>marks & 63;
	p += fields;
	unpack(p, count, lowWidth, low);
	p += lowSize;
	unpack(p, count, highWidth, high);
	p += highSize;
	const rotate = <u64>(marks >> 6);
	let before = base - step;
	for (let i: usize = 0; i < <usize>count; i++) {
		const residual = <u64>load<u32>(low + (i << 2)) | ((<u64>load<u32>(high + (i << 2))) << 32);
		before = isDelta ? before + step + residual : base + residual;
		store<u64>(to + (i << 3), rotr(before << zeros, rotate));
	}
	return p;
}
