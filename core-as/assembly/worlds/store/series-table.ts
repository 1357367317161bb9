import { Budget, charge, closePool, createPool, giveRecord, RecordPool, takeRecord } from './record-pool';

// Series by their number: open addressing with linear probing over records, at most half full.

@unmanaged
export class Series {
	number: u32;
	/** Its hours with samples, oldest first (sample-blocks); never empty. */
	oldest: usize;
	newest: usize;
}

@unmanaged
export class SeriesTable {
	budget: Budget;
	pool: RecordPool;
	slots: usize;
	/** A power of two. */
	capacity: u32;
	count: u32;
}

const FIRST_CAPACITY: u32 = 1024;

export function createSeriesTable(budget: Budget): SeriesTable {
	const table = changetype<SeriesTable>(heap.alloc(offsetof<SeriesTable>()));
	table.budget = budget;
	table.pool = createPool(<u32>offsetof<Series>(), budget);
	table.capacity = FIRST_CAPACITY;
	table.count = 0;
	const bytes = (<usize>FIRST_CAPACITY) << 2;
	// The smallest budget has room for this.
	charge(budget, bytes);
	table.slots = heap.alloc(bytes);
	memory.fill(table.slots, 0, bytes);
	return table;
}

export function closeSeriesTable(table: SeriesTable): void {
	heap.free(table.slots);
	closePool(table.pool);
	heap.free(changetype<usize>(table));
}

function home(table: SeriesTable, number: u32): u32 {
	// Numbers are given out in turn; a multiplication by the golden ratio scatters any pattern in them.
	return (number * 0x9e3779b1) >> (32 - ctz(table.capacity));
}

function slotAt(table: SeriesTable, slot: u32): usize {
	return table.slots + ((<usize>slot) << 2);
}

export function seriesIn(table: SeriesTable, slot: u32): usize {
	return load<usize>(slotAt(table, slot));
}

/** The slot of a series, or the free one where it would be. */
function find(table: SeriesTable, number: u32): u32 {
	let slot = home(table, number);
	for (;;) {
		const series = seriesIn(table, slot);
		if (series === 0 || changetype<Series>(series).number === number) break;
		slot = (slot + 1) & (table.capacity - 1);
	}
	return slot;
}

/** The series, or 0. */
export function seriesOf(table: SeriesTable, number: u32): usize {
	return seriesIn(table, find(table, number));
}

/** A new series without hours, which must not be there yet; 0 when the budget is spent. */
export function addSeries(table: SeriesTable, number: u32): usize {
	if (table.count * 2 >= table.capacity && !widen(table)) return 0;
	const record = takeRecord(table.pool);
	if (record === 0) return 0;
	const series = changetype<Series>(record);
	series.number = number;
	series.oldest = 0;
	series.newest = 0;
	store<usize>(slotAt(table, find(table, number)), record);
	table.count++;
	return record;
}

function widen(table: SeriesTable): bool {
	const bytes = (<usize>table.capacity) << 3;
	if (!charge(table.budget, bytes)) return false;
	const old = table.slots;
	const oldCapacity = table.capacity;
	table.slots = heap.alloc(bytes);
	memory.fill(table.slots, 0, bytes);
	table.capacity = oldCapacity * 2;
	for (let slot: usize = 0; slot < <usize>oldCapacity; slot++) {
		const record = load<usize>(old + (slot << 2));
		if (record === 0) continue;
		store<usize>(slotAt(table, find(table, changetype<Series>(record).number)), record);
	}
	heap.free(old);
	table.budget.used -= oldCapacity << 2;
	return true;
}

/** Removes a series; those behind it that it kept from their place move up. */
export function removeSeries(table: SeriesTable, number: u32): void {
	const mask = table.capacity - 1;
	let hole = find(table, number);
	giveRecord(table.pool, seriesIn(table, hole));
	table.count--;
	let slot = hole;
	for (;;) {
		slot = (slot + 1) & mask;
		const record = seriesIn(table, slot);
		if (record === 0) break;
		const wanted = home(table, changetype<Series>(record).number);
		// It may stay when its home lies behind the hole, in the circle.
		if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
		store<usize>(slotAt(table, hole), record);
		hole = slot;
	}
	store<usize>(slotAt(table, hole), 0);
}
