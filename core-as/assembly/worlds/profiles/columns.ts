import { release } from '../../abi/memory';
import { kinds } from './node-values';

// The columns of a call: eight lists, as they lie at its pointer, then the scale and the side.

export const STRING_BYTES: usize = 0;
export const STRING_ENDS: usize = 8;
export const FRAME_NAMES: usize = 16;
export const FRAME_FILES: usize = 24;
export const FRAME_LINES: usize = 32;
export const STACK_ENDS: usize = 40;
export const STACK_FRAMES: usize = 48;
export const VALUES: usize = 56;
const SCALE: usize = 64;
const BASE: usize = 72;
const CALL_SIZE: usize = 80;

let columns: usize = 0;

export function useColumns(call: usize): void {
	columns = call;
}

export function releaseColumns(): void {
	for (let offset: usize = 0; offset < SCALE; offset += 8) release(listAt(offset), <usize>sizeOf(offset));
	release(columns, CALL_SIZE);
}

export function scale(): f64 {
	return load<f64>(columns + SCALE);
}

export function isBase(): bool {
	return load<u8>(columns + BASE) !== 0;
}

export function listAt(offset: usize): usize {
	return load<usize>(columns + offset);
}

/** Elements of a list. */
export function sizeOf(offset: usize): u32 {
	return load<u32>(columns + offset, 4);
}

export function elementOf(offset: usize, index: u32): u32 {
	return load<u32>(listAt(offset) + ((<usize>index) << 2));
}

/** True when all numbers of a list are below `limit`. */
function isBelow(offset: usize, limit: u32): bool {
	const end = listAt(offset) + ((<usize>sizeOf(offset)) << 2);
	let p = listAt(offset);
	let four = i32x4.splat(0);
	// Fast path: four at a time.
	for (; end - p >= 16; p += 16) four = i32x4.max_u(four, v128.load(p));
	let largest = max(
		max(<u32>i32x4.extract_lane(four, 0), <u32>i32x4.extract_lane(four, 1)),
		max(<u32>i32x4.extract_lane(four, 2), <u32>i32x4.extract_lane(four, 3)),
	);
	for (; p < end; p += 4) largest = max(largest, load<u32>(p));
	return sizeOf(offset) === 0 || largest < limit;
}

/** True when ends rise and none is behind `limit`. */
export function rises(ends: usize, count: u32, limit: u32): bool {
	let last: u32 = 0;
	for (let i: u32 = 0; i < count; i++) {
		const end = load<u32>(ends + ((<usize>i) << 2));
		if (end < last || end > limit) return false;
		last = end;
	}
	return true;
}

/** True when the columns fit each other. */
export function areSound(): bool {
	const strings = sizeOf(STRING_ENDS);
	const frames = sizeOf(FRAME_NAMES);
	return (
		sizeOf(FRAME_FILES) === frames &&
		sizeOf(FRAME_LINES) === frames &&
		<u64>sizeOf(VALUES) === <u64>sizeOf(STACK_ENDS) * <u64>kinds &&
		rises(listAt(STRING_ENDS), strings, sizeOf(STRING_BYTES)) &&
		rises(listAt(STACK_ENDS), sizeOf(STACK_ENDS), sizeOf(STACK_FRAMES)) &&
		isBelow(FRAME_NAMES, strings) &&
		isBelow(FRAME_FILES, strings) &&
		isBelow(STACK_FRAMES, frames)
	);
}
