import { crc32c } from './crc32c';

// What every chunk begins with: [kind and version][count - 1][crc32c, 4 bytes]. The checksum covers all but itself.
// Layout in docs/formats.md, "Chunk".

/** High nibble: kind; low nibble: version. */
export const SAMPLES_1: u32 = 0xc1;
export const HISTOGRAMS_1: u32 = 0xd1;
export const FRAME: usize = 6;

/** Writes the frame of a chunk whose body ends at `end`. */
export function storeFrame(p: usize, kind: u32, count: u32, end: usize): void {
	store<u8>(p, <u8>kind);
	store<u8>(p, <u8>(count - 1), 1);
	store<u32>(p, checksum(p, end), 2);
}

/** How many samples or histograms a chunk says it holds; 0 when it is no chunk of this kind and version. */
export function chunkCount(p: usize, end: usize, kind: u32): u32 {
	if (end - p <= FRAME || <u32>load<u8>(p) !== kind) return 0;
	return <u32>load<u8>(p, 1) + 1;
}

/** True when the checksum of a chunk that `chunkCount` took is that of its bytes. */
export function isSound(p: usize, end: usize): bool {
	return load<u32>(p, 2) === checksum(p, end);
}

function checksum(p: usize, end: usize): u32 {
	return crc32c(crc32c(0, p, 2), p + FRAME, end - p - FRAME);
}
