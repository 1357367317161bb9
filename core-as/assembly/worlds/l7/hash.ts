/** Mixes 64 bits well enough for open addressing (the finaliser of MurmurHash3). */
export function mix(value: u64): u64 {
	let h = value;
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
	return h ^ (h >> 33);
}

/** Slots for `count` entries: a power of two that stays at most half full. */
export function slotCount(count: u32): u32 {
	let slots: u32 = 16;
	while (slots < count * 2) slots <<= 1;
	return slots;
}
