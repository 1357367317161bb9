import { pack, packedWidth, planeSize } from './bit-packing';
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
	integers,
	low,
	PATCHES,
	RAW,
	RAW_DELTA,
	ROTATED,
} from './chunk-section';
import { isExact, MAX_EXPONENT, MAX_INTEGER, power, scaled } from './decimal';

/** Values that no decimal stands for; with more of them a section is RAW. */
const MAX_PATCHES: u32 = 16;
const MAX_BINARY: u64 = 19;

/** Positions of the values that become patches. */
const patched: usize = memory.data(4 * 20, 16);
let patches: u32 = 0;

/** Encodes `count` (1 to 256) f64 at `from`; returns the first byte behind. Writes up to 8 bytes more. */
export function encodeSection(from: usize, count: u32, to: usize): usize {
	if (isConstant(from, count)) {
		store<u32>(to, CONSTANT);
		store<u64>(to, load<u64>(from), HEADER);
		return to + HEADER + 8;
	}
	const exponent = toIntegers(from, count);
	if (exponent < 0) return encodeRaw(from, count, to);
	fillPatched(count);
	const scale = exponent === 0 ? divideByBinary(count) : <u32>exponent;
	return encodeIntegers(from, count, scale, to);
}

function isConstant(from: usize, count: u32): bool {
	const first = load<u64>(from);
	for (let i: usize = 1; i < <usize>count; i++) {
		if (load<u64>(from + (i << 3)) !== first) return false;
	}
	return true;
}

/** Fills `integers` and `patched`; returns the smallest exponent that fits all but a few values, or -1. */
function toIntegers(from: usize, count: u32): i32 {
	let exponent: u32 = 0;
	let factor: f64 = 1;
	let i: u32 = 0;
	patches = 0;
	while (i < count) {
		// Fast path: pairs that the present exponent fits.
		i = integersOfPairs(from, i, count, factor);
		if (i === count) break;
		const value = load<f64>(from + ((<usize>i) << 3));
		const integer = scaled(value, factor);
		if (isExact(value, integer, factor)) {
			store<f64>(integers + ((<usize>i) << 3), integer);
			i++;
			continue;
		}
		let larger = exponent + 1;
		while (larger <= MAX_EXPONENT && !isExact(value, scaled(value, power(larger)), power(larger))) larger++;
		if (larger <= MAX_EXPONENT) {
			// All values take the same exponent: start again.
			exponent = larger;
			factor = power(exponent);
			patches = 0;
			i = 0;
			continue;
		}
		if (patches === MAX_PATCHES) return -1;
		store<u32>(patched + ((<usize>patches) << 2), i);
		patches++;
		i++;
	}
	return patches === count ? -1 : <i32>exponent;
}

/** Stores integers for pairs from `i` on; returns the first sample that it could not take. */
function integersOfPairs(from: usize, i: u32, count: u32, factor: f64): u32 {
	const factors = f64x2.splat(factor);
	const limit = f64x2.splat(MAX_INTEGER);
	const zero = f64x2.splat(0);
	for (; i + 2 <= count; i += 2) {
		const values = v128.load(from + ((<usize>i) << 3));
		const found = f64x2.add(f64x2.nearest(f64x2.mul(values, factors)), zero);
		const back = factor === 1 ? found : f64x2.div(found, factors);
		const exact = v128.and(i64x2.eq(back, values), f64x2.le(f64x2.abs(found), limit));
		if (!i64x2.all_true(exact)) break;
		v128.store(integers + ((<usize>i) << 3), found);
	}
	return i;
}

/** Gives patched samples the value of their neighbours, so that they cost no width. */
function fillPatched(count: u32): void {
	for (let k: u32 = 0; k < patches; k++) {
		const at = load<u32>(patched + ((<usize>k) << 2));
		let next = at + 1;
		let m = k + 1;
		while (m < patches && load<u32>(patched + ((<usize>m) << 2)) === next) {
			next++;
			m++;
		}
		const hasNext = next < count;
		const right = hasNext ? load<f64>(integers + ((<usize>next) << 3)) : 0;
		const left = at > 0 ? load<f64>(integers + ((<usize>(at - 1)) << 3)) : right;
		const step = hasNext ? floor((right - left) / <f64>(next - at + 1)) : 0;
		store<f64>(integers + ((<usize>at) << 3), left + step);
	}
}

/** Takes a common factor 2^k out of the integers; returns the scale. */
function divideByBinary(count: u32): u32 {
	let all: u64 = 0;
	for (let i: usize = 0; i < <usize>count; i++) {
		all |= <u64>(<i64>load<f64>(integers + (i << 3)));
		if ((all & 1) !== 0) return 0;
	}
	if (all === 0) return 0;
	const scale = DECIMAL_SCALES + <u32>min(ctz(all), MAX_BINARY);
	const factor = 1.0 / binaryFactor(scale);
	for (let i: usize = 0; i < <usize>count; i++) {
		const p = integers + (i << 3);
		store<f64>(p, load<f64>(p) * factor);
	}
	return scale;
}

/** Bits of an integer range; above 32 it does not fit. */
function bitsOf(range: f64): u32 {
	return range > 4294967295 ? 33 : 64 - <u32>clz(<u64>range);
}

/** Bytes of a signed integer, 0 for 0. */
function signedSize(value: i64): u32 {
	if (value === 0) return 0;
	return (72 - <u32>clz(value ^ (value >> 63))) >> 3;
}

let smallest: f64 = 0;
let largest: f64 = 0;
let smallestDelta: f64 = 0;
let largestDelta: f64 = 0;

/** Ranges of the integers and of their differences. No NaN here: pmin and pmax will do. */
function measure(count: u32): void {
	if (count === 1) {
		smallest = largest = load<f64>(integers);
		smallestDelta = largestDelta = 0;
		return;
	}
	// The last pair may overlap the one before it: extremes do not mind.
	const last = integers + ((<usize>(count - 2)) << 3);
	let low = v128.load(integers);
	let high = low;
	let lowDelta = f64x2.splat(load<f64>(integers, 8) - load<f64>(integers));
	let highDelta = lowDelta;
	for (let p = integers; ; p = min(p + 16, last)) {
		const values = v128.load(p);
		low = f64x2.pmin(low, values);
		high = f64x2.pmax(high, values);
		if (p === last) break;
		const deltas = f64x2.sub(v128.load(p, 8), values);
		lowDelta = f64x2.pmin(lowDelta, deltas);
		highDelta = f64x2.pmax(highDelta, deltas);
	}
	const lastDelta = load<f64>(last, 8) - load<f64>(last);
	smallest = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
	largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
	smallestDelta = min(lastDelta, min(f64x2.extract_lane(lowDelta, 0), f64x2.extract_lane(lowDelta, 1)));
	largestDelta = max(lastDelta, max(f64x2.extract_lane(highDelta, 0), f64x2.extract_lane(highDelta, 1)));
}

function encodeIntegers(from: usize, count: u32, scale: u32, to: usize): usize {
	const first = load<f64>(integers);
	measure(count);
	const plainBits = bitsOf(largest - smallest);
	let deltaBits = bitsOf(largestDelta - smallestDelta);
	if (abs(first) + 256 * abs(smallestDelta) > EXACT) deltaBits = 33;
	if (plainBits > 32 && deltaBits > 32) return encodeRaw(from, count, to);
	const plain = packedWidth(min(plainBits, 32));
	const delta = packedWidth(min(deltaBits, 32));
	const plainSize = plainBits > 32 ? usize.MAX_VALUE : planeSize(count, plain) + signedSize(<i64>smallest);
	const deltaSize =
		deltaBits > 32
			? usize.MAX_VALUE
			: planeSize(count, delta) + signedSize(<i64>first) + signedSize(<i64>smallestDelta);
	const asDelta = deltaSize <= plainSize;
	const width = asDelta ? delta : plain;
	const base = <i64>(asDelta ? first : smallest);
	const step = asDelta ? <i64>smallestDelta : 0;

	let before = first - smallestDelta;
	for (let i: usize = 0; i < <usize>count; i++) {
		const value = load<f64>(integers + (i << 3));
		if (asDelta) {
			store<u32>(low + (i << 2), <u32>(value - before - smallestDelta));
			before = value;
		} else store<u32>(low + (i << 2), <u32>(value - smallest));
	}
	memory.fill(low + ((<usize>count) << 2), 0, 32);

	const baseSize = signedSize(base);
	const stepSize = signedSize(step);
	let flags: u32 = patches > 0 ? PATCHES : 0;
	if (scale > 0 && scale <= DECIMAL_SCALES) flags |= DIVIDE;
	storeHeader(to, asDelta ? DELTA : FOR, scale, width, baseSize | (stepSize << 4), flags);
	to += HEADER;
	store<i64>(to, base);
	to += <usize>baseSize;
	store<i64>(to, step);
	to += <usize>stepSize;
	to = pack(low, count, width, to);
	if (patches > 0) {
		store<u8>(to++, <u8>patches);
		for (let k: u32 = 0; k < patches; k++) {
			const at = load<u32>(patched + ((<usize>k) << 2));
			store<u8>(to, <u8>at);
			store<u64>(to, load<u64>(from + ((<usize>at) << 3)), 1);
			to += 9;
		}
	}
	return to;
}

function storeHeader(to: usize, mode: u32, scale: u32, width: u32, sizes: u32, flags: u32): void {
	store<u32>(to, mode | (scale << 3) | (width << 8) | (sizes << 16) | (flags << 24));
}

/** The width of a range of 64-bit patterns: each plane of 32 bits on its own. */
function rawWidth(range: u64): u32 {
	const bits = 64 - <u32>clz(range);
	return bits > 32 ? 32 + packedWidth(bits - 32) : packedWidth(bits);
}

/** The bits themselves: common trailing zeros removed, then against their minimum, or as deltas. */
function encodeRaw(from: usize, count: u32, to: usize): usize {
	let any: u64 = 0;
	let smallest: u64 = u64.MAX_VALUE;
	let largest: u64 = 0;
	for (let i: usize = 0; i < <usize>count; i++) {
		const bits = load<u64>(from + (i << 3));
		any |= bits;
		smallest = min(smallest, bits);
		largest = max(largest, bits);
	}
	// Mixed signs: as the lowest bit the sign costs one bit, as the highest it costs all.
	const rotated = (smallest ^ largest) >> 63 !== 0;
	if (rotated) {
		any = rotl(any, 1);
		smallest = u64.MAX_VALUE;
		largest = 0;
		for (let i: usize = 0; i < <usize>count; i++) {
			const bits = rotl(load<u64>(from + (i << 3)), 1);
			smallest = min(smallest, bits);
			largest = max(largest, bits);
		}
	}
	const zeros = any === 0 ? 0 : ctz(any);
	smallest >>= zeros;
	largest >>= zeros;
	let width = rawWidth(largest - smallest);
	let mode = RAW;
	let base = smallest;
	let step: i64 = 0;
	if (!rotated) {
		let smallestDelta = i64.MAX_VALUE;
		let largestDelta = i64.MIN_VALUE;
		let before = load<u64>(from) >> zeros;
		for (let i: usize = 1; i < <usize>count; i++) {
			const bits = load<u64>(from + (i << 3)) >> zeros;
			const delta = <i64>(bits - before);
			before = bits;
			smallestDelta = min(smallestDelta, delta);
			largestDelta = max(largestDelta, delta);
		}
		const range = largestDelta - smallestDelta;
		if (count > 1 && range >= 0) {
			const deltaWidth = rawWidth(<u64>range);
			if (planeSize(count, deltaWidth) + 8 < planeSize(count, width)) {
				mode = RAW_DELTA;
				width = deltaWidth;
				base = load<u64>(from) >> zeros;
				step = smallestDelta;
			}
		}
	}

	const marks = <u32>zeros | (rotated ? ROTATED : 0);
	const isDelta = mode === RAW_DELTA;
	storeHeader(to, mode, 0, width, isDelta || marks === 0 ? 8 : 0x18, 0);
	to += HEADER;
	store<u64>(to, base);
	to += 8;
	if (isDelta) {
		store<i64>(to, step);
		to += 8;
	}
	if (isDelta || marks !== 0) store<u8>(to++, <u8>marks);

	let before = base - <u64>step;
	for (let i: usize = 0; i < <usize>count; i++) {
		let bits = load<u64>(from + (i << 3));
		if (rotated) bits = rotl(bits, 1);
		bits >>= zeros;
		const residual = isDelta ? bits - before - <u64>step : bits - base;
		before = bits;
		store<u32>(low + (i << 2), <u32>residual);
		store<u32>(high + (i << 2), <u32>(residual >> 32));
	}
	memory.fill(low + ((<usize>count) << 2), 0, 32);
	memory.fill(high + ((<usize>count) << 2), 0, 32);
	to = pack(low, count, min(width, 32), to);
	return width > 32 ? pack(high, count, width - 32, to) : to;
}
