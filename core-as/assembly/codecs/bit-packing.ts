import { secondHalf, wordTable } from './lane-tables';

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

/**
 * Packs `count` u32 at `from`, rounded up to a multiple of 8; returns the first byte behind. All must fit `width`.
 * Writes up to 8 bytes more.
 */
export function pack(from: usize, count: u32, width: u32, to: usize): usize {
	if (width === 0) return to;
	const end = from + ((<usize>((count + 7) & ~7)) << 2);
	if (width <= 16) {
		// Two words of four samples; the second begins within a byte when 4 * width is no multiple of 8.
		const half = <u64>width * 4;
		const offset = <usize>(half >> 3);
		for (; from < end; from += 32) {
			const first = fourOf(from, <u64>width);
			const second = fourOf(from + 16, <u64>width);
			store<u64>(to, first);
			store<u64>(to + offset, (second << (half & 7)) | (width === 16 ? 0 : first >> (half & ~7)));
			to += <usize>width;
		}
		return to;
	}
	let pending: u64 = 0;
	let held: u64 = 0;
	for (; from < end; from += 4) {
		pending |= (<u64>load<u32>(from)) << held;
		held += <u64>width;
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

function fourOf(from: usize, width: u64): u64 {
	return (
		<u64>load<u32>(from) |
		((<u64>load<u32>(from, 4)) << width) |
		((<u64>load<u32>(from, 8)) << (2 * width)) |
		((<u64>load<u32>(from, 12)) << (3 * width))
	);
}

/** Unpacks `count` samples, rounded up to a multiple of 8, into u32 at `to`. May read 16 bytes behind the plane. */
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
	const table = wordTable(width);
	const half = secondHalf(width);
	const swizzle = v128.load(table);
	const factors = v128.load(table, 16);
	const swizzle2 = v128.load(table, 32);
	const factors2 = v128.load(table, 48);
	const shift = <i32>(32 - width);
	for (; to < end; to += 32) {
		const first = i32x4.mul(v128.swizzle(v128.load(from), swizzle), factors);
		const second = i32x4.mul(v128.swizzle(v128.load(from + half), swizzle2), factors2);
		v128.store(to, i32x4.shr_u(first, shift));
		v128.store(to, i32x4.shr_u(second, shift), 16);
		from += <usize>width;
	}
}
