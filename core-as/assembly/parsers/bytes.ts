export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const SPACE: u32 = 0x20;
export const TAB: u32 = 0x09;

/** The first LF in [from, end), or `end`. May read up to 15 bytes behind `end`. */
export function findLineFeed(from: usize, end: usize): usize {
	const wanted = i8x16.splat(<i8>LF);
	while (from < end) {
		const hits = i8x16.bitmask(i8x16.eq(v128.load(from), wanted));
		if (hits !== 0) return min(from + <usize>ctz(hits), end);
		from += 16;
	}
	return end;
}

/** ASCII letters in lower case, everything else as it is. */
export function lower(byte: u32): u32 {
	return byte - 0x41 < 26 ? byte | 0x20 : byte;
}
