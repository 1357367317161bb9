// How to unpack 8 samples of a width at once: a swizzle brings the bytes of each sample into its lane, a
// multiplication shifts it to the top of the lane, one common shift brings it down again.

/** Widths up to this fit 16-bit lanes: 7 bits of offset and 8 of value are 15. */
export const MAX_NARROW: u32 = 8;
/** Widths up to this fit 32-bit lanes at any offset; 28 does because its offsets are 0 and 4. */
const MAX_WORD: u32 = 26;

const narrow: usize = memory.data(32 * 9, 16);
const words: usize = memory.data(64 * 29, 16);
let ready: bool = false;

/** 32 bytes for a width of 1 to 8: swizzle, factors. */
export function narrowTable(width: u32): usize {
	if (!ready) prepare();
	return narrow + ((<usize>width) << 5);
}

/** 64 bytes for a width of 1 to 28: swizzle and factors of samples 0 to 3, then those of 4 to 7, which begin at `secondHalf`. */
export function wordTable(width: u32): usize {
	if (!ready) prepare();
	return words + ((<usize>width) << 6);
}

/** The byte in which sample 4 begins. */
export function secondHalf(width: u32): usize {
	return <usize>(width >> 1);
}

function prepare(): void {
	for (let width: u32 = 1; width <= MAX_NARROW; width++) {
		const table = narrow + ((<usize>width) << 5);
		for (let k: u32 = 0; k < 8; k++) {
			const bit = k * width;
			const lane = table + ((<usize>k) << 1);
			store<u8>(lane, <u8>(bit >> 3));
			store<u8>(lane, <u8>((bit >> 3) + 1), 1);
			store<u16>(lane, <u16>((<u32>1) << (16 - width - (bit & 7))), 16);
		}
	}
	for (let width: u32 = 1; width <= 28; width++) {
		if (width > MAX_WORD && width !== 28) continue;
		for (let half: u32 = 0; half < 2; half++) {
			const table = words + ((<usize>width) << 6) + ((<usize>half) << 5);
			for (let k: u32 = 0; k < 4; k++) {
				const bit = k * width + (half === 0 ? 0 : (4 * width) & 7);
				const lane = table + ((<usize>k) << 2);
				for (let byte: u32 = 0; byte < 4; byte++) store<u8>(lane + byte, <u8>((bit >> 3) + byte));
				store<u32>(lane, (<u32>1) << (32 - width - (bit & 7)), 16);
			}
		}
	}
	ready = true;
}
