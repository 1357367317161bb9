import { pack, packedWidth } from './bit-packing';
import { gapFlags, storeGaps } from './chunk-gaps';
import { patchedAt, patches, toIntegers } from './chunk-integers';
import { encodeRaw } from './chunk-raw-encode';
import {
	ABSENT,
	DECIMAL_SCALES,
	DELTA,
	DIVIDE,
	deltas,
	EXACT,
	FOR,
	HEADER,
	integers,
	JUMPS,
	LINE,
	LINE_SECONDS,
	low,
	PATCHES,
	SHORT_BITS,
	SHORT_DELTA,
	signedSize,
	storeHeader,
} from './chunk-section';
import { bitsOf, trim, trimmedHigh, trimmedLow } from './chunk-trimming';
import { MAX_INTEGER } from './decimal';

/** Encodes `count` (1 to 256) f64 at `from`; returns the first byte behind. Writes up to 16 bytes more. */
export function encodeSection(from: usize, count: u32, to: usize): usize {
	if (isLine(from, count)) return storeLine(<i64>load<f64>(from), <i64>lineStep, to);
	if (isConstant(from, count)) {
		store<u8>(to, <u8>SHORT_BITS);
		store<u64>(to, load<u64>(from), 1);
		return to + 9;
	}
	const scale = toIntegers(from, count);
	return scale < 0 ? encodeRaw(from, count, to) : encodeIntegers(from, count, <u32>scale, to);
}

let lineStep: f64 = 0;

/** Whole seconds of up to 255 take a byte, other steps one or two. */
function isSeconds(step: f64): bool {
	return step >= 1000 && step <= 255_000 && nearest(step / 1000) * 1000 === step;
}

/** True when the samples are integers with equal steps, bit by bit (-0 is no integer). */
function isLine(from: usize, count: u32): bool {
	const first = load<f64>(from);
	if (!(abs(first) <= MAX_INTEGER)) return false;
	if (reinterpret<u64>(nearest(first) + 0.0) !== reinterpret<u64>(first)) return false;
	lineStep = count === 1 ? 0 : load<f64>(from, 8) - first;
	if (!(abs(lineStep) <= 32767 && nearest(lineStep) === lineStep) && !isSeconds(lineStep)) return false;
	let expected = f64x2.replace_lane(f64x2.splat(first), 1, first + lineStep);
	const steps = f64x2.splat(2 * lineStep);
	const end = from + ((<usize>count) << 3);
	for (; from + 16 <= end; from += 16) {
		if (!i64x2.all_true(i64x2.eq(v128.load(from), expected))) return false;
		expected = f64x2.add(expected, steps);
	}
	return from === end || load<u64>(from) === <u64>i64x2.extract_lane(expected, 0);
}

function storeLine(base: i64, step: i64, to: usize): usize {
	const baseSize = signedSize(base);
	const inSeconds = isSeconds(<f64>step);
	const stepSize = inSeconds ? LINE_SECONDS : signedSize(step);
	store<u8>(to++, <u8>(LINE | (baseSize << 3) | (stepSize << 6)));
	store<i64>(to, base);
	to += <usize>baseSize;
	store<i64>(to, inSeconds ? step / 1000 : step);
	return to + <usize>(inSeconds ? 1 : stepSize);
}

function isConstant(from: usize, count: u32): bool {
	const first = load<u64>(from);
	for (let i: usize = 1; i < <usize>count; i++) {
		if (load<u64>(from + (i << 3)) !== first) return false;
	}
	return true;
}

let smallest: f64 = 0;
let largest: f64 = 0;
let smallestDelta: f64 = 0;
let largestDelta: f64 = 0;

/** Ranges of the integers and of their differences, which it leaves in `deltas` from place 1 on. No NaN here: pmin and pmax will do. */
function measure(count: u32): void {
	smallest = largest = load<f64>(integers);
	smallestDelta = largestDelta = 0;
	if (count === 1) return;
	// The last pair may overlap the one before it: extremes do not mind.
	const last = (<usize>(count - 2)) << 3;
	let low = v128.load(integers);
	let high = low;
	let lowDelta = f64x2.splat(load<f64>(integers, 8) - load<f64>(integers));
	let highDelta = lowDelta;
	for (let at: usize = 0; ; at = min(at + 16, last)) {
		const values = v128.load(integers + at);
		low = f64x2.pmin(low, values);
		high = f64x2.pmax(high, values);
		if (at === last) break;
		const steps = f64x2.sub(v128.load(integers + at, 8), values);
		v128.store(deltas + at, steps, 8);
		lowDelta = f64x2.pmin(lowDelta, steps);
		highDelta = f64x2.pmax(highDelta, steps);
	}
	const lastDelta = load<f64>(integers + last, 8) - load<f64>(integers + last);
	store<f64>(deltas + last, lastDelta, 8);
	smallest = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
	largest = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
	smallestDelta = min(lastDelta, min(f64x2.extract_lane(lowDelta, 0), f64x2.extract_lane(lowDelta, 1)));
	largestDelta = max(lastDelta, max(f64x2.extract_lane(highDelta, 0), f64x2.extract_lane(highDelta, 1)));
}

/** True when most residuals lie near one end of a range: only then are a few extremes worth a search. */
function isLopsided(range: f64, mean: f64): bool {
	return range >= 8 && (mean * 8 < range || mean > range * 0.75);
}

const TOO_LARGE: u32 = 0x7fffffff;

function encodeIntegers(from: usize, count: u32, scale: u32, to: usize): usize {
	const first = load<f64>(integers);
	const groups = (count + 7) >> 3;
	const behind = (<usize>count) << 3;
	measure(count);
	let plainLow = smallest;
	let plainHigh = largest;
	let plainCost = planeCost(plainHigh - plainLow, groups);
	let deltaLow = smallestDelta;
	let deltaHigh = largestDelta;
	let deltaCost = planeCost(deltaHigh - deltaLow, groups);
	const deltaRange = deltaHigh - deltaLow;
	const last = load<f64>(integers + behind - 8);
	if (deltaRange <= EXACT && isLopsided(deltaRange, (last - first) / <f64>max(count - 1, 1) - deltaLow)) {
		const cost = trim(deltas + 8, deltas + behind, groups, 1 + jumpSize(deltaRange));
		if (cost < TOO_LARGE && cost + 2 < deltaCost) {
			deltaCost = cost + 2;
			deltaLow = trimmedLow;
			deltaHigh = trimmedHigh;
		}
	}
	const plainRange = plainHigh - plainLow;
	const middle = load<f64>(integers + ((<usize>(count >> 1)) << 3)) - plainLow;
	if (plainCost < deltaCost * 8 && isLopsided(plainRange, middle)) {
		const cost = trim(integers, integers + behind, groups, 9);
		if (cost < TOO_LARGE && cost + 1 < plainCost) {
			plainCost = cost + 1;
			plainLow = trimmedLow;
			plainHigh = trimmedHigh;
		}
	}
	if (abs(first) + 256 * abs(deltaLow) > EXACT) deltaCost = TOO_LARGE;
	if (min(plainCost, deltaCost) > 7 * count + 16) return encodeRaw(from, count, to);
	if (
		plainCost + signedSize(<i64>plainLow) <
		deltaCost + signedSize(<i64>first) + signedSize(<i64>deltaLow)
	) {
		return encodePlain(from, count, scale, plainLow, plainHigh, to);
	}
	return encodeDeltas(from, count, scale, deltaLow, deltaHigh, to);
}

/** Bytes of a plane for such a range. */
function planeCost(range: f64, groups: u32): u32 {
	const bits = bitsOf(range);
	return bits > 32 ? TOO_LARGE : packedWidth(bits) * groups;
}

/** Bytes that every jump of such a range fits. */
function jumpSize(range: f64): u32 {
	return min(signedSize(<i64>range), 7);
}

function flagsOf(count: u32, scale: u32): u32 {
	const divide = scale > 0 && scale <= DECIMAL_SCALES ? DIVIDE : 0;
	return divide | gapFlags(count);
}

/** Frame of reference; values outside the bounds become patches. */
function encodePlain(from: usize, count: u32, scale: u32, least: f64, most: f64, to: usize): usize {
	const width = packedWidth(bitsOf(most - least));
	const baseSize = signedSize(<i64>least);
	const trimmed = least !== smallest || most !== largest;
	residuals(integers, count, least);
	if (trimmed) clearOutside(integers, 0, count, least, most);
	const header = to;
	to += HEADER;
	store<i64>(to, <i64>least);
	to = storeGaps(count, pack(low, count, width, to + <usize>baseSize));
	const end = storePatches(from, count, trimmed ? least : -Infinity, trimmed ? most : Infinity, to);
	storeHeader(header, FOR, scale, width, baseSize, flagsOf(count, scale) | (end > to ? PATCHES : 0));
	return end;
}

/** Deltas; those outside the bounds become jumps. */
function encodeDeltas(from: usize, count: u32, scale: u32, least: f64, most: f64, to: usize): usize {
	const base = <i64>load<f64>(integers);
	const width = packedWidth(bitsOf(most - least));
	const baseSize = signedSize(base);
	const stepSize = signedSize(<i64>least);
	const jumps = least !== smallestDelta || most !== largestDelta;
	const flags = flagsOf(count, scale) | (jumps ? JUMPS : 0) | (patches > 0 ? PATCHES : 0);
	store<f64>(deltas, least);
	residuals(deltas, count, least);
	if ((flags & ~DIVIDE) === 0 && width < 32 && stepSize <= 1) {
		store<u8>(to, <u8>(SHORT_DELTA | (scale << 3)));
		store<u8>(to, <u8>(width | (baseSize << 5)), 1);
		to += 2;
		store<i64>(to, base);
		to += <usize>baseSize;
		store<u8>(to, <u8>(<i32>least));
		return pack(low, count, width, to + 1);
	}
	if (jumps) clearOutside(deltas, 1, count, least, most);
	storeHeader(to, DELTA, scale, width, baseSize | (stepSize << 4), flags);
	to += HEADER;
	store<i64>(to, base);
	to += <usize>baseSize;
	store<i64>(to, <i64>least);
	to = pack(low, count, width, to + <usize>stepSize);
	if (jumps) to = storeJumps(count, least, most, to);
	return storePatches(from, count, -Infinity, Infinity, storeGaps(count, to));
}

/** The f64 at `from` less `least` into `low`, as u32, rounded up to a multiple of 8 places with zeros. */
function residuals(from: usize, count: u32, least: f64): void {
	const end = from + ((<usize>((count + 7) & ~7)) << 3);
	for (let p = from + ((<usize>count) << 3); p < end; p += 8) store<f64>(p, least);
	const bases = f64x2.splat(least);
	let to = low;
	for (; from < end; from += 32) {
		const a = i32x4.trunc_sat_f64x2_u_zero(f64x2.sub(v128.load(from), bases));
		const b = i32x4.trunc_sat_f64x2_u_zero(f64x2.sub(v128.load(from, 16), bases));
		v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
		to += 16;
	}
}

function isOutside(value: f64, least: f64, most: f64): bool {
	return value < least || value > most;
}

function clearOutside(from: usize, first: u32, count: u32, least: f64, most: f64): void {
	for (let i = first; i < count; i++) {
		if (isOutside(load<f64>(from + ((<usize>i) << 3)), least, most)) store<u32>(low + ((<usize>i) << 2), 0);
	}
}

function storeJumps(count: u32, least: f64, most: f64, to: usize): usize {
	let jumps: u32 = 0;
	let size: u32 = 1;
	for (let i: u32 = 1; i < count; i++) {
		const delta = load<f64>(deltas + ((<usize>i) << 3));
		if (isOutside(delta, least, most)) size = max(size, signedSize(<i64>(delta - least)));
	}
	const start = to;
	to += 2;
	for (let i: u32 = 1; i < count; i++) {
		const delta = load<f64>(deltas + ((<usize>i) << 3));
		if (!isOutside(delta, least, most)) continue;
		store<u8>(to, <u8>i);
		store<i64>(to, <i64>(delta - least), 1);
		to += 1 + <usize>size;
		jumps++;
	}
	store<u8>(start, <u8>jumps);
	store<u8>(start, <u8>size, 1);
	return to;
}

/**
 * Patches: the values without a decimal, and those whose integers lie outside the bounds. Absent ones are gaps.
 * Returns `to` when there are none.
 */
function storePatches(from: usize, count: u32, least: f64, most: f64, to: usize): usize {
	const all = least !== -Infinity;
	if (!all && patches === 0) return to;
	const start = to++;
	let stored: u32 = 0;
	let k: u32 = 0;
	for (let i: u32 = 0; i < count; i++) {
		let isPatch: bool = k < patches && patchedAt(k) === i;
		if (isPatch) k++;
		else if (all) isPatch = isOutside(load<f64>(integers + ((<usize>i) << 3)), least, most);
		const bits = load<u64>(from + ((<usize>i) << 3));
		if (!isPatch || bits === ABSENT) continue;
		store<u8>(to, <u8>i);
		store<u64>(to, bits, 1);
		to += 9;
		stored++;
	}
	store<u8>(start, <u8>stored);
	return stored === 0 ? start : to;
}
