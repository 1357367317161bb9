import { allocate } from '../abi/memory';

// What messages of a profile refer to by id: entries of equal size, in the order of the body. Ids are mostly 1, 2, 3 ...,
// then an entry's number is its id less 1; others are found by a sorted list, so that no choice of ids is slow.
// An entry begins with where its message starts, an address.

/** Entries of one kind. */
export const MAX_ENTRIES: u32 = 1 << 20;

@unmanaged
export class IdTable {
	/** By entry: its id, then `width` bytes. */
	at: usize;
	used: u32;
	capacity: u32;
	width: u32;
	isDense: bool;
	/** Numbers of entries, by their ids; only where these are not dense. */
	sorted: usize;
}

export function createIdTable(width: u32): IdTable {
	const table = changetype<IdTable>(heap.alloc(offsetof<IdTable>()));
	memory.fill(changetype<usize>(table), 0, offsetof<IdTable>());
	table.width = width + 8;
	return table;
}

export function startIds(table: IdTable, capacity: u32): void {
	table.at = allocate(<usize>capacity * table.width);
	table.capacity = capacity;
	table.used = 0;
	table.isDense = true;
	table.sorted = 0;
}

export function endIds(table: IdTable): void {
	if (table.at !== 0) heap.free(table.at);
	if (table.sorted !== 0) heap.free(table.sorted);
	table.at = 0;
	table.sorted = 0;
}

/** Adds an entry and returns where what it holds goes; the caller counted them before. */
export function addId(table: IdTable, id: u64): usize {
	const entry = table.at + <usize>table.used * table.width;
	store<u64>(entry, id);
	table.used++;
	if (id !== <u64>table.used) table.isDense = false;
	return entry + 8;
}

function idAt(table: IdTable, number: u32): u64 {
	return load<u64>(table.at + <usize>number * table.width);
}

/** Where what the entry of a number holds stands. */
export function entryAt(table: IdTable, number: u32): usize {
	return table.at + <usize>number * table.width + 8;
}

function sortedAt(table: IdTable, index: u32): u32 {
	return load<u32>(table.sorted + ((<usize>index) << 2));
}

/** After the last entry; where the message of one starts whose id is 0, or was there before; 0 where all are fine. */
export function finishIds(table: IdTable): usize {
	if (table.isDense) return 0;
	const size = table.used;
	table.sorted = allocate((<usize>size) << 2);
	for (let i: u32 = 0; i < size; i++) store<u32>(table.sorted + ((<usize>i) << 2), i);
	for (let i = size >> 1; i-- > 0; ) siftDown(table, i, size);
	for (let end = size; end-- > 1; ) {
		const last = sortedAt(table, end);
		store<u32>(table.sorted + ((<usize>end) << 2), sortedAt(table, 0));
		store<u32>(table.sorted, last);
		siftDown(table, 0, end);
	}
	let before: u64 = 0;
	let startBefore: usize = 0;
	for (let i: u32 = 0; i < size; i++) {
		const number = sortedAt(table, i);
		const id = idAt(table, number);
		const start = load<usize>(entryAt(table, number));
		// Equal ids lie in any order.
		if (id === before) return max(start, startBefore);
		before = id;
		startBefore = start;
	}
	return 0;
}

function siftDown(table: IdTable, from: u32, size: u32): void {
	const moved = sortedAt(table, from);
	const id = idAt(table, moved);
	let at = from;
	for (;;) {
		let child = at * 2 + 1;
		if (child >= size) break;
		if (child + 1 < size && idAt(table, sortedAt(table, child)) < idAt(table, sortedAt(table, child + 1)))
			child++;
		if (idAt(table, sortedAt(table, child)) <= id) break;
		store<u32>(table.sorted + ((<usize>at) << 2), sortedAt(table, child));
		at = child;
	}
	store<u32>(table.sorted + ((<usize>at) << 2), moved);
}

/** Where what an id's entry holds stands, or 0. */
export function findId(table: IdTable, id: u64): usize {
	if (table.isDense) {
		if (id === 0 || id > <u64>table.used) return 0;
		return entryAt(table, <u32>id - 1);
	}
	let low: u32 = 0;
	let high = table.used;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (idAt(table, sortedAt(table, middle)) < id) low = middle + 1;
		else high = middle;
	}
	if (low === table.used || idAt(table, sortedAt(table, low)) !== id) return 0;
	return entryAt(table, sortedAt(table, low));
}
