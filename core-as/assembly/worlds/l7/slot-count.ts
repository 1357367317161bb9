/** Slots for `count` entries: a power of two that stays at most half full. */
export function slotCount(count: u32): u32 {
	let slots: u32 = 16;
	while (slots < count * 2) slots <<= 1;
	return slots;
}
