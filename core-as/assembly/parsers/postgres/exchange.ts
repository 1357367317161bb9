import { IN_FLIGHT_SIZE, InFlight } from '../requests/in-flight';

/** What is in flight: a simple query, an execution, a preparation alone. */
export const SIMPLE: u8 = 1;
export const EXECUTE: u8 = 2;
/** Counted only when it fails. */
export const PREPARE: u8 = 3;
/** What follows was not seen: each completion that comes is an execution. */
export const UNSEEN: u8 = 4;
/** Counted; it waits for ReadyForQuery. */
export const DONE: u8 = 5;

/** Flags: a Sync follows; the server began to answer; it sent rows. */
export const SYNC: u8 = 1;
export const ANSWERED: u8 = 2;
export const ROWS: u8 = 4;

/** At the type of a message. */
export const START: u8 = 0;
export const BODY: u8 = 1;
export const LOST: u8 = 2;
/** Before the first message with a type. */
export const STARTUP: u8 = 3;

/** One direction: where in a message the next byte falls. Lies in zeroed memory. */
@unmanaged
export class PgStream {
	state: u8;
	/** Bytes of a header that is not whole, in `carry`. */
	carried: u8;
	type: u8;
	reserved: u8;
	/** Bytes left of the message. */
	remaining: u32;
	carry: u64;

	/** Appends to the header that is to have `wanted` bytes; returns how many it took. */
	append(p: usize, end: usize, wanted: usize): usize {
		const size = min(end - p, wanted - <usize>this.carried);
		memory.copy(changetype<usize>(this) + offsetof<PgStream>('carry') + <usize>this.carried, p, size);
		this.carried += <u8>size;
		return size;
	}

	header(): usize {
		return changetype<usize>(this) + offsetof<PgStream>('carry');
	}

	restart(): void {
		this.state = START;
		this.carried = 0;
		this.remaining = 0;
	}

	/** Takes bytes of the body, seen or not; returns how many it wanted. */
	skip(size: u64): u64 {
		const step = min(size, <u64>this.remaining);
		this.remaining -= <u32>step;
		if (this.remaining === 0) this.state = START;
		return step;
	}
}

/** The Postgres side of one connection. Lies in zeroed memory. */
@unmanaged
export class PgExchange {
	/** Direction of the frontend's messages. */
	requests: u8;
	stopped: bool;
	/** The backend answered. */
	confirmed: bool;
	/** Statements are noted for spans. */
	notes: bool;
	/** The frontend asked for encryption; one byte answers. */
	awaitsByte: bool;
	/** Something that is answered came since the last Sync. */
	inBatch: bool;
	/** An error came; everything up to the next ReadyForQuery is skipped. */
	failed: bool;
	misses: u8;
	/** Numbers of statements: the last one prepared, the unnamed one, the one that is bound. */
	parsed: u16;
	unnamed: u16;
	bound: u16;
	reserved: u16;
	cookie: u64;
	/** When the answer to the oldest request began; 0: not yet. */
	answerTime: u64;

	frontend(): PgStream {
		return changetype<PgStream>(changetype<usize>(this) + offsetof<PgExchange>());
	}

	backend(): PgStream {
		return changetype<PgStream>(changetype<usize>(this) + offsetof<PgExchange>() + offsetof<PgStream>());
	}

	inFlight(): InFlight {
		return changetype<InFlight>(changetype<usize>(this) + offsetof<PgExchange>() + 2 * offsetof<PgStream>());
	}

	stop(): void {
		this.stopped = true;
		this.releaseHeads();
	}

	releaseHeads(): void {
		this.inFlight().clear();
	}
}

export const POSTGRES_SIZE: usize = offsetof<PgExchange>() + 2 * offsetof<PgStream>() + IN_FLIGHT_SIZE;
