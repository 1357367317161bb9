/** What `classify` found. */
export const HAS_CONTROL: u32 = 1;
export const HAS_HIGH: u32 = 2;

/**
 * Whether bytes hold an ASCII control character (HAS_CONTROL) or anything beyond ASCII (HAS_HIGH).
 * May read 15 bytes behind the text.
 */
export function classify(p: usize, size: usize): u32 {
	let control: u32 = 0;
	let beyond: u32 = 0;
	const end = p + size;
	for (; p < end; p += 16) {
		const block = v128.load(p);
		const odd = v128.or(i8x16.lt_u(block, i8x16.splat(0x20)), i8x16.eq(block, i8x16.splat(0x7f)));
		const left = end - p;
		const mask: u32 = left >= 16 ? 0xffff : ((<u32>1) << (<u32>left)) - 1;
		control |= <u32>i8x16.bitmask(odd) & mask;
		beyond |= <u32>i8x16.bitmask(block) & mask;
	}
	return (control !== 0 ? HAS_CONTROL : 0) | (beyond !== 0 ? HAS_HIGH : 0);
}

/** Orders two texts by their bytes: below, equal to or above 0. May read 7 bytes behind each. */
export function compareText(left: usize, leftSize: usize, right: usize, rightSize: usize): i32 {
	const common = min(leftSize, rightSize);
	let at: usize = 0;
	while (at < common) {
		const difference = load<u64>(left + at) ^ load<u64>(right + at);
		if (difference !== 0) {
			const first = at + <usize>(ctz(difference) >> 3);
			if (first >= common) break;
			return <i32>load<u8>(left + first) - <i32>load<u8>(right + first);
		}
		at += 8;
	}
	return leftSize < rightSize ? -1 : leftSize > rightSize ? 1 : 0;
}
