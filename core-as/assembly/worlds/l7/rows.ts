import { mix } from '../../codecs/mix';
import {
	addEntry,
	createPool,
	entryAt,
	entryHash,
	entryIn,
	firstSlot,
	isLive,
	nextSlot,
	Pool,
	removeEntry,
} from './pool';

/** Columns of a row, docs/formats.md "Activity row". From REQUESTS on they are the statistics block of the parser. */
export const CONNECTS: usize = 0;
export const CONNECT_SECONDS: usize = 1;
export const FAILED_CONNECTS: usize = 2;
export const ACTIVE: usize = 3;
export const BYTES_SENT: usize = 4;
export const BYTES_RECEIVED: usize = 5;
export const RETRANSMITS: usize = 6;
export const REQUESTS: usize = 7;
export const WIDTH: usize = 26;

/** What happened between one process and one address; the columns lie behind the fields. */
@unmanaged
export class Row {
	hash: u64;
	cgroup: u64;
	addressLow: u64;
	addressHigh: u64;
	pid: u32;
	netns: u32;
	port: u16;
	role: u8;
	/** What is spoken, see protocols.ts: rows of one address with different protocols are different rows. */
	protocol: u8;
	/** Something happened since the last take. */
	changed: bool;
	/** Its number among the sources of spans, from 1; may be out of date. */
	source: u32;
}

export function createRows(capacity: u32): Pool {
	return createPool(capacity, offsetof<Row>() + WIDTH * 8);
}

/** The address of a column. */
export function column(row: Row, index: usize): usize {
	return changetype<usize>(row) + offsetof<Row>() + (index << 3);
}

export function increase(row: Row, index: usize, by: f64): void {
	const p = column(row, index);
	store<f64>(p, load<f64>(p) + by);
	row.changed = true;
}

/** The row of a key, added when missing; 0 when the table is full. */
export function rowOf(pool: Pool, pid: u32, role: u8, protocol: u8, low: u64, high: u64, port: u16): usize {
	const kind = ((<u64>protocol) << 2) | <u64>role;
	const hash = entryHash(mix(mix(mix(((<u64>pid) << 32) | ((<u64>port) << 16) | kind) + low) + high));
	let slot = firstSlot(pool, hash);
	let entry = entryIn(pool, slot);
	while (entry !== 0) {
		const row = changetype<Row>(entry);
		if (
			row.hash === hash &&
			row.pid === pid &&
			row.port === port &&
			row.role === role &&
			row.protocol === protocol &&
			row.addressLow === low &&
			row.addressHigh === high
		) {
			return entry;
		}
		slot = nextSlot(pool, slot);
		entry = entryIn(pool, slot);
	}
	entry = addEntry(pool, hash);
	if (entry === 0) return 0;
	const row = changetype<Row>(entry);
	row.pid = pid;
	row.port = port;
	row.role = role;
	row.protocol = protocol;
	row.addressLow = low;
	row.addressHigh = high;
	return entry;
}

/** Frees the rows that have nothing to say: no activity since the last take, no open connection. */
export function freeIdleRows(pool: Pool): void {
	for (let i: u32 = 0; i < pool.highWater; i++) {
		const entry = entryAt(pool, i);
		if (!isLive(entry)) continue;
		const row = changetype<Row>(entry);
		if (!row.changed && load<f64>(column(row, ACTIVE)) === 0) removeEntry(pool, entry);
	}
}

/** After a take: everything but the gauge starts again. */
export function restart(row: Row): void {
	const active = load<f64>(column(row, ACTIVE));
	memory.fill(column(row, 0), 0, WIDTH * 8);
	store<f64>(column(row, ACTIVE), active);
	row.changed = false;
}
