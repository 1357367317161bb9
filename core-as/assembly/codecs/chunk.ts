import { maxSectionSize } from './chunk-section';
import { decodeSection } from './chunk-section-decode';
import { encodeSection } from './chunk-section-encode';
import { crc32c } from './crc32c';

// A chunk: [version][count - 1][crc32c, 4 bytes][section of times][section of values]. The checksum covers all but
// itself. Layout in docs/formats.md, "Chunk".

/** High nibble: magic; low nibble: version. */
const VERSION_1: u32 = 0xc1;
export const FRAME: usize = 6;
const MAX_TIME: f64 = 4294967295;

/** Bytes that a chunk of `count` samples can never exceed. */
export function maxChunkSize(count: u32): usize {
	return FRAME + 2 * maxSectionSize(count);
}

/** True when the times rise and are integers that a chunk can hold. */
export function areTimes(times: usize, count: u32): bool {
	const last = times + ((<usize>(count - 1)) << 3);
	// NaN fails every comparison.
	if (!(load<f64>(times) >= 0 && load<f64>(last) <= MAX_TIME)) return false;
	if (nearest(load<f64>(last)) !== load<f64>(last)) return false;
	let fine = i64x2.splat(-1);
	let p = times;
	for (; p + 16 <= last; p += 16) {
		const pair = v128.load(p);
		fine = v128.and(fine, f64x2.gt(v128.load(p, 8), pair));
		fine = v128.and(fine, f64x2.eq(f64x2.nearest(pair), pair));
	}
	if (p < last && !(load<f64>(p) < load<f64>(last) && nearest(load<f64>(p)) === load<f64>(p))) return false;
	return i64x2.all_true(fine);
}

/** Encodes `count` (1 to 256) samples; returns the first byte behind the chunk. */
export function encodeChunk(times: usize, values: usize, count: u32, to: usize): usize {
	store<u8>(to, <u8>VERSION_1);
	store<u8>(to, <u8>(count - 1), 1);
	const end = encodeSection(values, count, encodeSection(times, count, to + FRAME));
	store<u32>(to, checksum(to, end), 2);
	return end;
}

/** How many samples a chunk says it holds; 0 when it is no chunk of this version. */
export function chunkCount(p: usize, end: usize): u32 {
	if (end - p <= FRAME || <u32>load<u8>(p) !== VERSION_1) return 0;
	return <u32>load<u8>(p, 1) + 1;
}

/** True when the checksum of a chunk that `chunkCount` took is that of its bytes. */
export function isSound(p: usize, end: usize): bool {
	return load<u32>(p, 2) === checksum(p, end);
}

/** Decodes a chunk that `chunkCount` took; false when its checksum or any field is wrong. */
export function decodeChunk(p: usize, end: usize, count: u32, times: usize, values: usize): bool {
	if (!isSound(p, end)) return false;
	const middle = decodeSection(p + FRAME, end, count, times);
	if (middle === 0 || decodeSection(middle, end, count, values) !== end) return false;
	return areTimes(times, count);
}

function checksum(p: usize, end: usize): u32 {
	return crc32c(crc32c(0, p, 2), p + FRAME, end - p - FRAME);
}
