import { GAP_BITMAP, GAP_LIST } from './chunk-section';

// Absent samples of the section that is being encoded: a list of their positions while that is the shorter way,
// else one bit a sample.

const positions: usize = memory.data(256, 16);
export let gaps: u32 = 0;

export function startGaps(): void {
	gaps = 0;
}

/** Positions must rise. */
export function addGap(at: u32): void {
	store<u8>(positions + <usize>gaps, <u8>at);
	gaps++;
}

function isList(count: u32): bool {
	return gaps < (count + 7) >> 3;
}

export function gapFlags(count: u32): u32 {
	return gaps === 0 ? 0 : isList(count) ? GAP_LIST : GAP_BITMAP;
}

/** Returns the first byte behind. */
export function storeGaps(count: u32, to: usize): usize {
	if (gaps === 0) return to;
	if (isList(count)) {
		store<u8>(to, <u8>gaps);
		memory.copy(to + 1, positions, gaps);
		return to + 1 + <usize>gaps;
	}
	const size = <usize>((count + 7) >> 3);
	memory.fill(to, 0, size);
	for (let k: u32 = 0; k < gaps; k++) {
		const at = <u32>load<u8>(positions + <usize>k);
		const byte = to + <usize>(at >> 3);
		store<u8>(byte, <u8>(<u32>load<u8>(byte) | (1 << (at & 7))));
	}
	return to + size;
}
