import { addGap, startGaps } from './chunk-gaps';
import { ABSENT, binaryFactor, DECIMAL_SCALES, integers } from './chunk-section';
import { isExact, MAX_EXPONENT, MAX_INTEGER, power, scaled } from './decimal';

// From f64 to integers with a common scale. Samples that have none (absent ones, and a few that become patches)
// are holes; they get a value between their neighbours, so that they cost no width.

/** Values that no decimal stands for; with more of them a section is RAW. */
const MAX_PATCHES: u32 = 16;
const MAX_BINARY: u64 = 19;

/** Positions of the values that become patches. */
const patched: usize = memory.data(4 * 20, 16);
export let patches: u32 = 0;
/** Positions of all holes, in rising order. */
const holes: usize = memory.data(4 * 256, 16);
let holeCount: u32 = 0;

export function patchedAt(k: u32): u32 {
	return load<u32>(patched + ((<usize>k) << 2));
}

/** Fills `integers`; returns their scale, or -1 when too many values have none. */
export function toIntegers(from: usize, count: u32): i32 {
	const exponent = findExponent(from, count);
	if (exponent < 0) return -1;
	const scale = exponent === 0 ? divideByBinary(count) : <u32>exponent;
	if (holeCount > 0) fillHoles(count);
	return <i32>scale;
}

function startOver(): void {
	patches = 0;
	holeCount = 0;
	startGaps();
}

function addHole(at: u32): void {
	store<u32>(holes + ((<usize>holeCount) << 2), at);
	holeCount++;
	store<f64>(integers + ((<usize>at) << 3), 0);
}

/** Fills `integers` and the holes; returns the smallest exponent that fits all but a few values, or -1. */
function findExponent(from: usize, count: u32): i32 {
	let exponent: u32 = 0;
	let factor: f64 = 1;
	let i: u32 = 0;
	startOver();
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
		if (reinterpret<u64>(value) === ABSENT) {
			addGap(i);
			addHole(i++);
			continue;
		}
		// Any decimal of moderate size is one at the largest exponent too: most floats need no search.
		let larger = isHopeless(value) ? MAX_EXPONENT + 1 : exponent + 1;
		while (larger <= MAX_EXPONENT && !isExact(value, scaled(value, power(larger)), power(larger))) larger++;
		if (larger <= MAX_EXPONENT) {
			// All values take the same exponent: start again.
			exponent = larger;
			factor = power(exponent);
			i = 0;
			startOver();
			continue;
		}
		if (patches === MAX_PATCHES) return -1;
		store<u32>(patched + ((<usize>patches) << 2), i);
		patches++;
		addHole(i++);
	}
	return holeCount === count ? -1 : <i32>exponent;
}

/** True when no exponent can fit: the product is small enough to be exact to half a unit, and yet no integer. */
function isHopeless(value: f64): bool {
	const factor = power(MAX_EXPONENT);
	return abs(value) * factor <= MAX_INTEGER / 2 && !isExact(value, scaled(value, factor), factor);
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

/** Takes a common factor 2^k out of the integers (holes are 0); returns the scale. */
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

function integerAt(at: u32): f64 {
	return load<f64>(integers + ((<usize>at) << 3));
}

/** A run of holes lies on the line between its neighbours; at an end it goes on as its neighbours do. */
function fillHoles(count: u32): void {
	let k: u32 = 0;
	let leading: u32 = 0;
	while (k < holeCount) {
		const first = load<u32>(holes + ((<usize>k) << 2));
		let next = first + 1;
		for (k++; k < holeCount && load<u32>(holes + ((<usize>k) << 2)) === next; k++) next++;
		if (first === 0) leading = next;
		else if (next === count) {
			const slope = first > 1 ? slopeAt(first - 1) : 0;
			for (let at = first; at < next; at++) storeInteger(at, integerAt(at - 1) + slope);
		} else {
			const left = integerAt(first - 1);
			const slope = (integerAt(next) - left) / <f64>(next - first + 1);
			for (let at = first; at < next; at++) storeInteger(at, left + floor(slope * <f64>(at - first + 1)));
		}
	}
	// Last, because the one behind its neighbour may have been a hole too. Not all are holes.
	const slope = leading + 1 < count ? slopeAt(leading + 1) : 0;
	for (; leading > 0; leading--) storeInteger(leading - 1, integerAt(leading) - slope);
}

function storeInteger(at: u32, value: f64): void {
	store<f64>(integers + ((<usize>at) << 3), value);
}

/** The step to sample `at`, or 0 where following it could leave the range of integers. */
function slopeAt(at: u32): f64 {
	const slope = integerAt(at) - integerAt(at - 1);
	return abs(integerAt(at)) + 256 * abs(slope) <= MAX_INTEGER ? slope : 0;
}
