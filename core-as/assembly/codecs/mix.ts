/** Mixes 64 bits well enough for open addressing (the finaliser of MurmurHash3). */
export function mix(value: u64): u64 {
	let h = value;
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
	return h ^ (h >> 33);
}

/** A hash of bytes, eight at a time. May read 7 bytes behind them. */
export function hashBytes(pointer: usize, size: usize): u64 {
	let hash: u64 = mix(<u64>size + 0x9e3779b97f4a7c15);
	let left = size;
	let p = pointer;
	while (left >= 8) {
		hash = mix(hash ^ load<u64>(p));
		p += 8;
		left -= 8;
	}
	if (left === 0) return hash;
	return mix(hash ^ (load<u64>(p) & (((<u64>1) << ((<u64>left) << 3)) - 1)));
}
