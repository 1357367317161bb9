import { mix } from '../../codecs/mix';
import { Exchange } from '../../parsers/http1/exchange';
import { addEntry, createPool, entryHash, entryIn, firstSlot, nextSlot, Pool } from './pool';
import { STATE_SIZE } from './protocols';

/** An open connection; the state of its protocol lies behind the fields, that of HTTP until another one is known. */
@unmanaged
export class Connection {
	hash: u64;
	cookie: u64;
	/** Both ends, because a connection that was found open may change its role. */
	localLow: u64;
	localHigh: u64;
	remoteLow: u64;
	remoteHigh: u64;
	cgroup: u64;
	pid: u32;
	netns: u32;
	localPort: u16;
	remotePort: u16;
	role: u8;
	/** The role is a guess until HTTP tells. */
	guessed: bool;
	/** What it speaks, see protocols.ts. */
	protocol: u8;
	reserved: u8;
	/** The row that its activity goes to. */
	row: usize;
	reserved2: u32;

	exchange(): Exchange {
		return changetype<Exchange>(changetype<usize>(this) + offsetof<Connection>());
	}
}

export function createConnections(capacity: u32): Pool {
	return createPool(capacity, offsetof<Connection>() + STATE_SIZE);
}

/** The connection of a socket cookie, or 0. */
export function findConnection(pool: Pool, cookie: u64): usize {
	let slot = firstSlot(pool, entryHash(mix(cookie)));
	let entry = entryIn(pool, slot);
	while (entry !== 0 && changetype<Connection>(entry).cookie !== cookie) {
		slot = nextSlot(pool, slot);
		entry = entryIn(pool, slot);
	}
	return entry;
}

/** Adds a connection that is not in the pool; 0 when the pool is full. */
export function addConnection(pool: Pool, cookie: u64): usize {
	const entry = addEntry(pool, entryHash(mix(cookie)));
	if (entry !== 0) changetype<Connection>(entry).cookie = cookie;
	return entry;
}
