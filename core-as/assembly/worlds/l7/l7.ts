import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { headsInUse } from '../../parsers/requests/request-head';
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

export function l7_tracker_feed(tracker: usize, batch: usize, size: usize): u32 {
	feed(changetype<Tracker>(tracker), batch, size);
	release(batch, size);
	return <u32>changetype<Tracker>(tracker).spans().size;
}

export function l7_tracker_set_spans(
	self: usize,
	sampling: f64,
	perSecond: u32,
	keepQuery: u32,
	seed: u64,
	seed2: u64,
): void {
	const spans = changetype<Tracker>(self).spans();
	spans.start();
	// Outside of 0 to 1 everything is taken, as the parent does; so is what is no number.
	spans.sampling = sampling >= 0 && sampling <= 1 ? sampling : 1;
	spans.keepQuery = keepQuery !== 0;
	spans.limit().start(perSecond);
	spans.random().seed(seed, seed2);
}

export function l7_tracker_set_clock(self: usize, offset: i64): void {
	changetype<Tracker>(self).spans().clock = <u64>offset;
}

/** record activity: eight lists of one element a row (addresses 16, values WIDTH), then the width. */
export function l7_tracker_take(self: usize): usize {
	const pool = changetype<Tracker>(self).rows;
	freeIdleRows(pool);
	const count = <usize>pool.used;
	const pids = allocate(count << 2);
	const cgroups = allocate(count << 3);
	const netns = allocate(count << 2);
	const roles = allocate(count);
	const protocols = allocate(count);
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
		store<u8>(protocols + i, row.protocol);
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
	storeColumn(32, protocols, count);
	storeColumn(40, addresses, count << 4);
	storeColumn(48, ports, count);
	storeColumn(56, values, count * WIDTH);
	store<u32>(RESULT, <u32>WIDTH, 64);
	return RESULT;
}

/** record span-batch: six lists of one element a source (addresses 16), two of one a span, the bytes. */
export function l7_tracker_take_spans(self: usize): usize {
	const spans = changetype<Tracker>(self).spans();
	const count = <usize>spans.sourceCount;
	const pids = allocate(count << 2);
	const cgroups = allocate(count << 3);
	const netns = allocate(count << 2);
	const roles = allocate(count);
	const addresses = allocate(count << 4);
	const ports = allocate(count << 1);
	for (let i: usize = 0; i < count; i++) {
		const source = spans.source(<u32>i);
		store<u32>(pids + (i << 2), source.pid);
		store<u64>(cgroups + (i << 3), source.cgroup);
		store<u32>(netns + (i << 2), source.netns);
		store<u8>(roles + i, source.role);
		store<u64>(addresses + (i << 4), source.addressLow);
		store<u64>(addresses + (i << 4), source.addressHigh, 8);
		store<u16>(ports + (i << 1), source.port);
	}
	storeColumn(0, pids, count);
	storeColumn(8, cgroups, count);
	storeColumn(16, netns, count);
	storeColumn(24, roles, count);
	storeColumn(32, addresses, count << 4);
	storeColumn(40, ports, count);
	const size = <usize>spans.count;
	storeColumn(48, copied(spans.sourceOf, size << 1), size);
	storeColumn(56, copied(spans.ends, size << 2), size);
	storeColumn(64, copied(spans.data, spans.size), spans.size);
	spans.clear();
	return RESULT;
}

function copied(from: usize, bytes: usize): usize {
	const to = allocate(bytes);
	memory.copy(to, from, bytes);
	return to;
}

export function l7_tracker_take_spans_post(_result: usize): void {
	for (let offset: usize = 0; offset < 72; offset += 8) releaseList(offset);
}

/** The host sees no pointer of an empty column, so it ends here. */
function storeColumn(offset: usize, pointer: usize, length: usize): void {
	if (length === 0) heap.free(pointer);
	storeList(offset, pointer, length);
}

export function l7_tracker_take_post(_result: usize): void {
	for (let offset: usize = 0; offset < 64; offset += 8) releaseList(offset);
}

/** record counters: six u64, two u32, then five u64 and a u32. */
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
	const spans = tracker.spans();
	store<u64>(RESULT, spans.made, 56);
	store<u64>(RESULT, spans.unsampled, 64);
	store<u64>(RESULT, spans.limited, 72);
	store<u64>(RESULT, spans.overflow, 80);
	store<u64>(RESULT, spans.unnoted, 88);
	store<u32>(RESULT, headsInUse, 96);
	return RESULT;
}
