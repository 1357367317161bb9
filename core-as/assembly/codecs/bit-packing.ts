// Plain LSB-first packing at an exact width: 8 samples take `width` bytes, without padding. Widths that later code
// unpacks in 32-bit lanes end at 26 and 28; wider ones are stored as raw u32.

/** The smallest width that the layout knows for `bits` significant bits (0 to 32). */
export function packedWidth(bits: u32): u32 {
	return bits <= 26 ? bits : bits <= 28 ? 28 : 32;
}

export function isPackedWidth(width: u32): bool {
	return width <= 26 || width === 28 || width === 32;
}

/** Bytes of a plane of `count` samples. */
export function planeSize(count: u32, width: u32): usize {
	return <usize>((count + 7) >> 3) * <usize>width;
}

/** Packs `count` u32 at `from`, rounded up to a multiple of 8; returns the first byte behind. */
export function pack(from: usize, count: u32, width: u32, to: usize): usize {
	if (width === 0) return to;
	const bits = <u64>width;
	let pending: u64 = 0;
	let held: u64 = 0;
	for (const end = from + ((<usize>((count + 7) & ~7)) << 2); from < end; from += 4) {
		pending |= (<u64>load<u32>(from)) << held;
		held += bits;
		if (held >= 32) {
			store<u32>(to, <u32>pending);
			to += 4;
			pending >>= 32;
			held -= 32;
		}
	}
	for (; held > 0; held -= 8) {
		store<u8>(to++, <u8>pending);
		pending >>= 8;
	}
	return to;
}

/** Unpacks `count` samples, rounded up to a multiple of 8, into u32 at `to`. May read 7 bytes behind the plane. */
export function unpack(from: usize, count: u32, width: u32, to: usize): void {
	const end = to + ((<usize>((count + 7) & ~7)) << 2);
	if (width === 0) {
		memory.fill(to, 0, end - to);
		return;
	}
	if (width === 32) {
		memory.copy(to, from, end - to);
		return;
	}
	const mask = <u32>(((<u64>1) << (<u64>width)) - 1);
	const w = <usize>width;
	for (; to < end; to += 32) {
		let bit: usize = 0;
		for (let k: usize = 0; k < 32; k += 4) {
			store<u32>(to + k, <u32>(load<u64>(from + (bit >> 3)) >> (<u64>bit & 7)) & mask);
			bit += w;
		}
		from += w;
	}
}
