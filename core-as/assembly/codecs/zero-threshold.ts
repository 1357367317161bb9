// The zero threshold of a native histogram in 1 or 9 bytes: 0, a power of two as the usual ones are, or 8 bytes of bits.

const ZERO: u32 = 0;
const BITS: u32 = 255;
/** A byte b of 1 to 254 is 2^(b - 243): 2^-242 to 2^11. The default of clients is 2^-128. */
const BIAS: i64 = 243;

/** Returns the first byte behind; writes up to 9. */
export function storeThreshold(bits: u64, to: usize): usize {
	const exponent = <i64>(bits >> 52) - 1023 + BIAS;
	if (bits === 0) store<u8>(to, <u8>ZERO);
	else if ((bits & 0xfffffffffffff) === 0 && exponent >= 1 && exponent <= 254) store<u8>(to, <u8>exponent);
	else {
		store<u8>(to, <u8>BITS);
		store<u64>(to, bits, 1);
		return to + 9;
	}
	return to + 1;
}

/** Bits of the threshold that `loadThreshold` read. */
export let threshold: u64 = 0;

/** Returns the first byte behind, or 0 when it is cut. */
export function loadThreshold(p: usize, end: usize): usize {
	if (p >= end) return 0;
	const tag = <u32>load<u8>(p);
	if (tag === BITS) {
		if (end - p < 9) return 0;
		threshold = load<u64>(p, 1);
		return p + 9;
	}
	threshold = tag === ZERO ? 0 : (<u64>(<i64>tag - BIAS + 1023)) << 52;
	return p + 1;
}
