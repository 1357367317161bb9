// One section: up to 256 f64 of any bit pattern. Layout in docs/formats.md, "Section".

/** Bits 0 to 2 of byte 0. */
export const CONSTANT: u32 = 0;
export const FOR: u32 = 1;
export const DELTA: u32 = 2;
export const RAW: u32 = 3;
export const RAW_DELTA: u32 = 4;
export const LINE: u32 = 5;
export const SHORT_DELTA: u32 = 6;
export const SHORT_BITS: u32 = 7;

/** Byte 3. */
export const PATCHES: u32 = 1;
export const JUMPS: u32 = 2;
export const GAP_LIST: u32 = 4;
export const GAP_BITMAP: u32 = 8;
export const DIVIDE: u32 = 16;

/** Size of a line's step that says: one unsigned byte, in thousands. */
export const LINE_SECONDS: u32 = 3;
export const HEADER: usize = 4;
export const MAX_SAMPLES: u32 = 256;
/** Scales above this are powers of two: 12 + k stands for a factor of 2^k. */
export const DECIMAL_SCALES: u32 = 12;
/** In the byte of trailing zeros: the bits were rotated left by one. */
export const ROTATED: u32 = 64;

/** Sums of the decoder stay exact below this. */
export const EXACT: f64 = 4503599627370496; // 2^52

/** The NaN that stands for "no sample here": its payload spells "absent". Any other NaN is a value. */
export const ABSENT: u64 = 0x7ff8616273656e74;

/** Bytes that one section of `count` samples can never exceed. */
export function maxSectionSize(count: u32): usize {
	return <usize>((count + 7) & ~7) * 8 + 512;
}

/** Work areas of encoder and decoder, 256 samples each. */
export const integers: usize = memory.data(8 * 272, 16);
export const deltas: usize = memory.data(8 * 272, 16);
export const low: usize = memory.data(4 * 280, 16);
export const high: usize = memory.data(4 * 280, 16);

/** The factor of a scale above DECIMAL_SCALES. */
export function binaryFactor(scale: u32): f64 {
	return <f64>(1 << (scale - DECIMAL_SCALES));
}

/** `size` bytes (0 to 7), little-endian two's complement. May read 8 bytes. */
export function loadSigned(p: usize, size: u32): i64 {
	if (size === 0) return 0;
	const shift = <i64>(64 - 8 * size);
	return (load<i64>(p) << shift) >> shift;
}

/** Bytes of a signed integer, 0 for 0. */
export function signedSize(value: i64): u32 {
	if (value === 0) return 0;
	return (72 - <u32>clz(value ^ (value >> 63))) >> 3;
}

export function storeHeader(to: usize, mode: u32, scale: u32, width: u32, sizes: u32, flags: u32): void {
	store<u32>(to, mode | (scale << 3) | (width << 8) | (sizes << 16) | (flags << 24));
}
