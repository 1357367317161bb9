import { slotCount } from './slot-count';

/**
 * A bounded hash table: entries of equal size in one block, found through slots that hold entry number + 1,
 * probed linearly. An entry begins with its u64 hash. Entries keep their place while they live; memory that was
 * never used is never touched.
 */
@unmanaged
export class Pool {
	slots: usize;
	mask: u32;
	entries: usize;
	entrySize: usize;
	/** Entries that fit. */
	capacity: u32;
	/** Entries that live. */
	used: u32;
	/** Entries below this number were used at some time. */
	highWater: u32;
	/** Number + 1 of the first freed entry; each holds the next in its first 4 bytes, with FREE above. */
	firstFree: u32;
}

/** A live entry's hash never has this value in its upper half: see `entryHash`. */
const FREE: u32 = 0xffffffff;

/** `hash` such that it cannot be taken for a freed entry. */
export function entryHash(hash: u64): u64 {
	return hash & 0x7fffffffffffffff;
}

export function createPool(capacity: u32, entrySize: usize): Pool {
	const pool = changetype<Pool>(heap.alloc(offsetof<Pool>()));
	const slots = slotCount(capacity);
	pool.slots = heap.alloc((<usize>slots) << 2);
	memory.fill(pool.slots, 0, (<usize>slots) << 2);
	pool.mask = slots - 1;
	pool.entrySize = (entrySize + 7) & ~7;
	pool.entries = heap.alloc(<usize>capacity * pool.entrySize);
	pool.capacity = capacity;
	pool.used = 0;
	pool.highWater = 0;
	pool.firstFree = 0;
	return pool;
}

export function destroyPool(pool: Pool): void {
	heap.free(pool.entries);
	heap.free(pool.slots);
	heap.free(changetype<usize>(pool));
}

export function entryAt(pool: Pool, index: u32): usize {
	return pool.entries + <usize>index * pool.entrySize;
}

export function isLive(entry: usize): bool {
	return load<u32>(entry, 4) !== FREE;
}

export function firstSlot(pool: Pool, hash: u64): u32 {
	return <u32>hash & pool.mask;
}

export function nextSlot(pool: Pool, slot: u32): u32 {
	return (slot + 1) & pool.mask;
}

/** The entry in a slot, or 0. */
export function entryIn(pool: Pool, slot: u32): usize {
	const number = load<u32>(pool.slots + ((<usize>slot) << 2));
	return number === 0 ? 0 : entryAt(pool, number - 1);
}

/** Adds a zeroed entry with a hash; 0 when the pool is full. */
export function addEntry(pool: Pool, hash: u64): usize {
	let number: u32;
	if (pool.firstFree !== 0) {
		number = pool.firstFree;
		pool.firstFree = load<u32>(entryAt(pool, number - 1));
	} else if (pool.highWater < pool.capacity) number = ++pool.highWater;
	else return 0;
	let slot = firstSlot(pool, hash);
	while (load<u32>(pool.slots + ((<usize>slot) << 2)) !== 0) slot = nextSlot(pool, slot);
	store<u32>(pool.slots + ((<usize>slot) << 2), number);
	pool.used++;
	const entry = entryAt(pool, number - 1);
	memory.fill(entry, 0, pool.entrySize);
	store<u64>(entry, hash);
	return entry;
}

/** Removes a live entry; later entries of the same run move up, so that no tombstones pile up. */
export function removeEntry(pool: Pool, entry: usize): void {
	const number = <u32>((entry - pool.entries) / pool.entrySize) + 1;
	let hole = firstSlot(pool, load<u64>(entry));
	while (load<u32>(pool.slots + ((<usize>hole) << 2)) !== number) hole = nextSlot(pool, hole);
	let slot = hole;
	while (true) {
		slot = nextSlot(pool, slot);
		const other = entryIn(pool, slot);
		if (other === 0) break;
		const home = firstSlot(pool, load<u64>(other));
		// The entry may fill the hole unless its home lies behind the hole.
		if (((slot - home) & pool.mask) >= ((slot - hole) & pool.mask)) {
			store<u32>(pool.slots + ((<usize>hole) << 2), load<u32>(pool.slots + ((<usize>slot) << 2)));
			hole = slot;
		}
	}
	store<u32>(pool.slots + ((<usize>hole) << 2), 0);
	store<u32>(entry, pool.firstFree);
	store<u32>(entry, FREE, 4);
	pool.firstFree = number;
	pool.used--;
}
