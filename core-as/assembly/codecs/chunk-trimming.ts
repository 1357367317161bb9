import { packedWidth } from './bit-packing';

// A few extreme residuals may cost the whole section its width: then they are cheaper as exceptions. Tried are all
// ways to leave out up to six of the smallest and largest together.

const MOST: usize = 6;
const smallest: usize = memory.data(8 * 8, 16);
const largest: usize = memory.data(8 * 8, 16);

/** The best bounds found: everything outside [trimmedLow, trimmedHigh] is an exception. */
export let trimmedLow: f64 = 0;
export let trimmedHigh: f64 = 0;

/** Bits of an integer range; above 32 it does not fit. */
export function bitsOf(range: f64): u32 {
	return range > 4294967295 ? 33 : 64 - <u32>clz(<u64>range);
}

/** Finds bounds for the f64 in [from, end) where an exception costs `each` bytes; returns the bytes of plane and exceptions. */
export function trim(from: usize, end: usize, groups: u32, each: u32): u32 {
	collect(from, end);
	let best: u32 = u32.MAX_VALUE;
	for (let i: usize = 0; i <= MOST; i++) {
		for (let j: usize = 0; i + j <= MOST; j++) {
			const low = load<f64>(smallest + (i << 3));
			const high = load<f64>(largest + (j << 3));
			if (!(high >= low)) continue;
			const bits = bitsOf(high - low);
			if (bits > 32) continue;
			const cost = packedWidth(bits) * groups + each * <u32>(i + j);
			if (cost < best) {
				best = cost;
				trimmedLow = low;
				trimmedHigh = high;
			}
		}
	}
	return best;
}

/** The seven smallest values in rising order and the seven largest in falling order. */
function collect(from: usize, end: usize): void {
	for (let i: usize = 0; i <= MOST; i++) {
		store<f64>(smallest + (i << 3), Infinity);
		store<f64>(largest + (i << 3), -Infinity);
	}
	for (; from < end; from += 8) {
		const value = load<f64>(from);
		if (value < load<f64>(smallest, 48)) {
			let place = smallest + 48;
			for (; place > smallest && load<f64>(place - 8) > value; place -= 8) {
				store<f64>(place, load<f64>(place - 8));
			}
			store<f64>(place, value);
		}
		if (value > load<f64>(largest, 48)) {
			let place = largest + 48;
			for (; place > largest && load<f64>(place - 8) < value; place -= 8) {
				store<f64>(place, load<f64>(place - 8));
			}
			store<f64>(place, value);
		}
	}
}
