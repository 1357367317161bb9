// Records of one size out of pages of 64 KiB that one owner pays for out of one budget. A record that is given back is taken
// again first; pages go back when the pool is closed.

const PAGE: usize = 65_536;
/** At the start of a page: the page before. */
const LINK: usize = 16;

/** Bytes of one owner. */
@unmanaged
export class Budget {
	used: u32;
	most: u32;
}

/** True when `bytes` fit the budget; they are charged then. */
export function charge(budget: Budget, bytes: usize): bool {
	if (bytes > <usize>(budget.most - budget.used)) return false;
	budget.used += <u32>bytes;
	return true;
}

@unmanaged
export class RecordPool {
	budget: Budget;
	/** Bytes of a record: at least 4. */
	width: u32;
	/** First record that was given back; each holds the next. */
	free: usize;
	/** The newest page, and what is left of it. */
	page: usize;
	next: usize;
	end: usize;
}

export function createPool(width: u32, budget: Budget): RecordPool {
	const pool = changetype<RecordPool>(heap.alloc(offsetof<RecordPool>()));
	pool.budget = budget;
	pool.width = width;
	pool.free = 0;
	pool.page = 0;
	pool.next = 0;
	pool.end = 0;
	return pool;
}

/** A record of any contents, or 0 when the budget is spent. */
export function takeRecord(pool: RecordPool): usize {
	const given = pool.free;
	if (given !== 0) {
		pool.free = load<usize>(given);
		return given;
	}
	if (pool.end - pool.next < <usize>pool.width) {
		if (!charge(pool.budget, PAGE)) return 0;
		const page = heap.alloc(PAGE);
		store<usize>(page, pool.page);
		pool.page = page;
		pool.next = page + LINK;
		pool.end = page + PAGE;
	}
	const record = pool.next;
	pool.next += <usize>pool.width;
	return record;
}

export function giveRecord(pool: RecordPool, record: usize): void {
	store<usize>(record, pool.free);
	pool.free = record;
}

export function closePool(pool: RecordPool): void {
	let page = pool.page;
	while (page !== 0) {
		const before = load<usize>(page);
		heap.free(page);
		page = before;
	}
	heap.free(changetype<usize>(pool));
}
