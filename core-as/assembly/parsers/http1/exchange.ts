import { releaseHead } from '../requests/request-head';
import { missed } from '../requests/truncated';
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
export const IN_FLIGHT: u32 = 16;

/** Records without an HTTP start, both directions together, after which a connection is taken for something else. */
export const PATIENCE: u32 = 8;

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
	/** Where the oldest remembered request stands. */
	first: u8;
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

	private head(index: u32): usize {
		return this.time(IN_FLIGHT) + <usize>(index << 1);
	}

	private kind(index: u32): usize {
		return this.head(IN_FLIGHT) + <usize>index;
	}

	/** Requests whose response has not started. */
	outstanding(): u32 {
		return <u32>this.count + this.forgotten;
	}

	/** False when the request is beyond those that are remembered. */
	push(time: u64, kind: u8): bool {
		if (this.forgotten !== 0 || <u32>this.count === IN_FLIGHT) {
			this.forgotten++;
			this.forgottenSpecial = this.forgottenSpecial || kind !== PLAIN;
			missed();
			return false;
		}
		const index = (<u32>this.first + <u32>this.count) & (IN_FLIGHT - 1);
		store<u64>(this.time(index), time);
		store<u16>(this.head(index), 0);
		store<u8>(this.kind(index), kind);
		this.count++;
		return true;
	}

	/** Gives the newest remembered request its head. */
	setHead(number: u32): void {
		store<u16>(this.head((<u32>this.first + <u32>this.count - 1) & (IN_FLIGHT - 1)), <u16>number);
	}

	/** Takes the head of the oldest remembered request; 0 when it has none. The taker releases it. */
	takeHead(): u32 {
		const place = this.head(<u32>this.first);
		const number = load<u16>(place);
		store<u16>(place, 0);
		if (number !== 0) this.stopNoting(number);
		return <u32>number;
	}

	/** A head that goes must not be written any more: a response may come before its request ended. */
	private stopNoting(number: u16): void {
		if (this.stream(SEND).head === number) this.stream(SEND).head = 0;
		if (this.stream(RECEIVE).head === number) this.stream(RECEIVE).head = 0;
	}

	/** Releases all heads: the connection is done with. */
	releaseHeads(): void {
		for (let i: u32 = 0; i < <u32>this.count; i++) {
			const place = this.head((<u32>this.first + i) & (IN_FLIGHT - 1));
			releaseHead(<u32>load<u16>(place));
			store<u16>(place, 0);
		}
		this.stream(SEND).head = 0;
		this.stream(RECEIVE).head = 0;
	}

	/** Takes back the newest request: it turned out to be something else. */
	unpush(): void {
		if (this.forgotten !== 0) this.forgotten--;
		else if (this.count !== 0) {
			this.count--;
			const number = load<u16>(this.head((<u32>this.first + <u32>this.count) & (IN_FLIGHT - 1)));
			if (number !== 0) this.stopNoting(number);
			releaseHead(<u32>number);
		}
	}

	/** The oldest remembered request; only when `count` is above 0. */
	oldestTime(): u64 {
		return load<u64>(this.time(<u32>this.first));
	}

	oldestKind(): u8 {
		return load<u8>(this.kind(<u32>this.first));
	}

	/** Drops the oldest request, remembered or not. */
	pop(): void {
		if (this.count !== 0) {
			releaseHead(this.takeHead());
			this.first = <u8>((<u32>this.first + 1) & (IN_FLIGHT - 1));
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
			missed();
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
		this.releaseHeads();
		this.count = 0;
		this.forgotten = 0;
	}
}

/** Where the streams lie behind the fields; the times of requests follow, then their heads and kinds. */
const STREAMS: usize = (offsetof<Exchange>() + 7) & ~7;

/** Bytes of an exchange with its streams and requests. */
export const EXCHANGE_SIZE: usize = STREAMS + 2 * offsetof<Stream>() + <usize>IN_FLIGHT * 11;
