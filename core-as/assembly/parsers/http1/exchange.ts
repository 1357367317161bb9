import { LOST, Stream } from './stream';

/** Direction of bytes; the values are those of `data_direction` in bpf/include/records.h. */
export const RECEIVE: u32 = 0;
export const SEND: u32 = 1;
export const UNKNOWN: u32 = 2;

/** What a response needs to know of its request. */
export const PLAIN: u8 = 0;
export const TO_HEAD: u8 = 1;
export const TO_CONNECT: u8 = 2;
/** The request was not remembered: whether its response has a body is not known. */
export const FORGOTTEN: u8 = 3;

/** Requests in flight that one connection remembers; those beyond are counted as truncated. */
const IN_FLIGHT: u32 = 16;

/** Records without an HTTP start, both directions together, after which a connection is taken for something else. */
export const PATIENCE: u32 = 8;

/** Message starts that were missed since the caller last set it to 0. */
export let truncated: u32 = 0;

export function resetTruncated(): void {
	truncated = 0;
}

/** A message came into sight whose counterpart was not seen. */
export function missed(): void {
	truncated++;
}

/** The HTTP side of one connection: two streams and the requests that have no response yet. Lies in zeroed memory. */
@unmanaged
export class Exchange {
	/** Direction of requests, or UNKNOWN. */
	requests: u8;
	/** `requests` follows from who opened the connection. */
	fixed: bool;
	/** A whole request line or a status line was seen. */
	confirmed: bool;
	stopped: bool;
	/** Records so far without an HTTP start. */
	misses: u8;
	head: u8;
	count: u8;
	/** A forgotten request was HEAD or CONNECT. */
	forgottenSpecial: bool;
	/** Requests behind the remembered ones. */
	forgotten: u32;

	/** The stream of a direction. */
	stream(direction: u32): Stream {
		return changetype<Stream>(changetype<usize>(this) + STREAMS + <usize>direction * offsetof<Stream>());
	}

	private time(index: u32): usize {
		return changetype<usize>(this) + STREAMS + 2 * offsetof<Stream>() + <usize>(index << 3);
	}

	private kind(index: u32): usize {
		return this.time(IN_FLIGHT) + <usize>index;
	}

	/** Requests whose response has not started. */
	outstanding(): u32 {
		return <u32>this.count + this.forgotten;
	}

	push(time: u64, kind: u8): void {
		if (this.forgotten !== 0 || <u32>this.count === IN_FLIGHT) {
			this.forgotten++;
			this.forgottenSpecial = this.forgottenSpecial || kind !== PLAIN;
			truncated++;
			return;
		}
		const index = (<u32>this.head + <u32>this.count) & (IN_FLIGHT - 1);
		store<u64>(this.time(index), time);
		store<u8>(this.kind(index), kind);
		this.count++;
	}

	/** Takes back the newest request: it turned out to be something else. */
	unpush(): void {
		if (this.forgotten !== 0) this.forgotten--;
		else if (this.count !== 0) this.count--;
	}

	/** The oldest remembered request; only when `count` is above 0. */
	oldestTime(): u64 {
		return load<u64>(this.time(<u32>this.head));
	}

	oldestKind(): u8 {
		return load<u8>(this.kind(<u32>this.head));
	}

	/** Drops the oldest request, remembered or not. */
	pop(): void {
		if (this.count !== 0) {
			this.head = <u8>((<u32>this.head + 1) & (IN_FLIGHT - 1));
			this.count--;
		} else if (this.forgotten !== 0) {
			this.forgotten--;
			if (this.forgotten === 0) this.forgottenSpecial = false;
		}
	}

	/** After framing was lost, only the newest request can still be told from those whose response was missed. */
	keepNewest(): void {
		const keep: u32 = this.forgotten === 0 ? 1 : 0;
		while (<u32>this.count > keep) {
			this.pop();
			truncated++;
		}
		if (this.forgotten > 1) this.forgotten = 1;
	}

	/** At the connection's end: requests whose response a gap may have hidden. */
	hiddenAtEnd(): u32 {
		if (this.requests >= <u8>UNKNOWN) return 0;
		return this.stream(<u32>this.requests ^ 1).state === LOST ? <u32>this.count : 0;
	}

	/** Nothing here is HTTP/1 any more. */
	stop(): void {
		this.stopped = true;
		this.count = 0;
		this.forgotten = 0;
	}
}

/** Where the streams lie behind the fields; the times of requests follow, then their kinds. */
const STREAMS: usize = (offsetof<Exchange>() + 7) & ~7;

/** Bytes of an exchange with its streams and requests. */
export const EXCHANGE_SIZE: usize = STREAMS + 2 * offsetof<Stream>() + <usize>IN_FLIGHT * 9;
