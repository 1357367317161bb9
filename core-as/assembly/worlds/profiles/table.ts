/** Open addressing over the numbers of entries; owners know keys and hashes. */
@unmanaged
export class Table {
	slots: usize;
	count: u32;
	used: u32;
}

const FIRST_SLOTS: u32 = 256;

export function createTable(): Table {
	const table = changetype<Table>(heap.alloc(offsetof<Table>()));
	table.slots = heap.alloc((<usize>FIRST_SLOTS) << 2);
	table.count = FIRST_SLOTS;
	emptyTable(table);
	return table;
}

export function emptyTable(table: Table): void {
	memory.fill(table.slots, 0, (<usize>table.count) << 2);
	table.used = 0;
}

export function firstSlot(table: Table, hash: u64): u32 {
	return <u32>hash & (table.count - 1);
}

export function nextSlot(table: Table, slot: u32): u32 {
	return (slot + 1) & (table.count - 1);
}

/** The number of the entry in a slot, plus 1; 0 for none. */
export function entryIn(table: Table, slot: u32): u32 {
	return load<u32>(table.slots + ((<usize>slot) << 2));
}

export function place(table: Table, hash: u64, entry: u32): void {
	let slot = firstSlot(table, hash);
	while (entryIn(table, slot) !== 0) slot = nextSlot(table, slot);
	store<u32>(table.slots + ((<usize>slot) << 2), entry + 1);
	table.used++;
}

/** True when there was no room and the table is twice as large now, and empty: its owner places all again. */
export function widened(table: Table): bool {
	if (table.used * 2 < table.count) return false;
	heap.free(table.slots);
	table.count *= 2;
	table.slots = heap.alloc((<usize>table.count) << 2);
	emptyTable(table);
	return true;
}
