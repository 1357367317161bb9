// One section: up to 256 f64 of any bit pattern. Layout in docs/formats.md, "Chunk".

/** Bits 0 to 2 of byte 0. */
export const CONSTANT: u32 = 0;
export const FOR: u32 = 1;
export const DELTA: u32 = 2;
export const RAW: u32 = 3;
export const RAW_DELTA: u32 = 4;

/** Byte 3. */
export const PATCHES: u32 = 1;
export const DIVIDE: u32 = 16;

export const HEADER: usize = 4;
export const MAX_SAMPLES: u32 = 256;
/** Scales above this are powers of two: 12 + k stands for a factor of 2^k. */
export const DECIMAL_SCALES: u32 = 12;
/** In the byte of trailing zeros: the bits were rotated left by one. */
export const ROTATED: u32 = 64;

/** Sums of the decoder stay exact below this. */
export const EXACT: f64 = 4503599627370496; // 2^52

/** Bytes that one section of `count` samples can never exceed. */
export function maxSectionSize(count: u32): usize {
	return <usize>((count + 7) & ~7) * 8 + 192;
}

/** Work areas of encoder and decoder, 256 samples each. */
export const integers: usize = memory.data(8 * 264, 16);
export const low: usize = memory.data(4 * 272, 16);
export const high: usize = memory.data(4 * 272, 16);

/** The factor of a scale above DECIMAL_SCALES. */
export function binaryFactor(scale: u32): f64 {
	return <f64>(1 << (scale - DECIMAL_SCALES));
}
