import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { entryAt, isLive } from './pool';
import { newHandle } from './resource';
import { column, freeIdleRows, Row, restart, WIDTH } from './rows';
import { createTracker, destroyTracker, feed, Tracker } from './tracker';

/** Bounds of one tracker, so that its tables fit the instance's memory. */
const MAX_CONNECTIONS: u32 = 1 << 18;
const MAX_ROWS: u32 = 1 << 17;

export function l7_tracker_new(maxConnections: u32, maxRows: u32): i32 {
	const tracker = createTracker(min(maxConnections, MAX_CONNECTIONS), min(maxRows, MAX_ROWS));
	return newHandle(changetype<usize>(tracker));
}

export function l7_tracker_dtor(tracker: usize): void {
	destroyTracker(changetype<Tracker>(tracker));
}

export function l7_tracker_feed(tracker: usize, batch: usize, size: usize): void {
	feed(changetype<Tracker>(tracker), batch, size);
	release(batch, size);
}

/** record activity: seven lists of one element a row (addresses 16, values WIDTH), then the width. */
export function l7_tracker_take(self: usize): usize {
	const pool = changetype<Tracker>(self).rows;
	freeIdleRows(pool);
	const count = <usize>pool.used;
	const pids = allocate(count << 2);
	const cgroups = allocate(count << 3);
	const netns = allocate(count << 2);
	const roles = allocate(count);
	const addresses = allocate(count << 4);
	const ports = allocate(count << 1);
	const values = allocate((count * WIDTH) << 3);
	let i: usize = 0;
	for (let n: u32 = 0; n < pool.highWater; n++) {
		const entry = entryAt(pool, n);
		if (!isLive(entry)) continue;
		const row = changetype<Row>(entry);
		store<u32>(pids + (i << 2), row.pid);
		store<u64>(cgroups + (i << 3), row.cgroup);
		store<u32>(netns + (i << 2), row.netns);
		store<u8>(roles + i, row.role);
		store<u64>(addresses + (i << 4), row.addressLow);
		store<u64>(addresses + (i << 4), row.addressHigh, 8);
		store<u16>(ports + (i << 1), row.port);
		memory.copy(values + ((i * WIDTH) << 3), column(row, 0), WIDTH * 8);
		restart(row);
		i++;
	}
	storeColumn(0, pids, count);
	storeColumn(8, cgroups, count);
	storeColumn(16, netns, count);
	storeColumn(24, roles, count);
	storeColumn(32, addresses, count << 4);
	storeColumn(40, ports, count);
	storeColumn(48, values, count * WIDTH);
	store<u32>(RESULT, <u32>WIDTH, 56);
	return RESULT;
}

/** The host sees no pointer of an empty column, so it ends here. */
function storeColumn(offset: usize, pointer: usize, length: usize): void {
	if (length === 0) heap.free(pointer);
	storeList(offset, pointer, length);
}

export function l7_tracker_take_post(_result: usize): void {
	for (let offset: usize = 0; offset < 56; offset += 8) releaseList(offset);
}

/** record counters: six u64, then two u32. */
export function l7_tracker_counters(self: usize): usize {
	const tracker = changetype<Tracker>(self);
	store<u64>(RESULT, tracker.records);
	store<u64>(RESULT, tracker.bytes, 8);
	store<u64>(RESULT, tracker.unknownConnections, 16);
	store<u64>(RESULT, tracker.truncated, 24);
	store<u64>(RESULT, tracker.malformed, 32);
	store<u64>(RESULT, tracker.shed, 40);
	store<u32>(RESULT, tracker.connections.used, 48);
	store<u32>(RESULT, tracker.rows.used, 52);
	return RESULT;
}
