import { START_SIZE } from './start-line';

/** At a message boundary, or within the first bytes of a message. */
export const START: u8 = 0;
/** Behind the method or the status, up to the line feed. */
export const LINE: u8 = 1;
export const HEADER_START: u8 = 2;
/** Behind a carriage return at the start of a header line. */
export const HEADER_CR: u8 = 3;
export const HEADER_SKIP: u8 = 4;
export const NAME_LENGTH: u8 = 5;
export const NAME_ENCODING: u8 = 6;
export const VALUE_LENGTH: u8 = 7;
export const VALUE_ENCODING: u8 = 8;
/** Of requests that are noted. */
export const NAME_HOST: u8 = 9;
export const VALUE_HOST: u8 = 10;
export const NAME_TRACE: u8 = 11;
export const VALUE_TRACE: u8 = 12;
/** From here on a message start may be recognised at the start of a record. */
export const BODY: u8 = 13;
export const BODY_UNTIL_CLOSE: u8 = 14;
export const CHUNK_SIZE: u8 = 15;
export const CHUNK_EXTENSION: u8 = 16;
/** `remaining` includes the CRLF behind the data. */
export const CHUNK_DATA: u8 = 17;
/** Framing is lost: wait for a record that begins with a message. */
export const LOST: u8 = 18;

/** One direction of a connection: where in a message the next byte falls. Lies in zeroed memory. */
@unmanaged
export class Stream {
	state: u8;
	/** Bytes of a start that is not decided yet, in `carry`. */
	carried: u8;
	/** Bytes of a header name that matched, or of the coding `chunked`. */
	matched: u8;
	/** The other direction had a record since this one's last. */
	otherSpoke: bool;
	isResponse: bool;
	/** A response that has no body whatever its headers say. */
	noBody: bool;
	hasLength: bool;
	hasEncoding: bool;
	chunked: bool;
	/** Within VALUE_LENGTH or CHUNK_SIZE: a digit was seen. */
	digits: bool;
	/** Header lines are trailers of a chunked body. */
	trailers: bool;
	/** Number of the request head that is being noted, or 0. */
	head: u16;
	/** The value of Content-Length, while it is read and after. */
	length: u64;
	/** The number being read. */
	number: u64;
	/** Bytes left of the body or chunk. */
	remaining: u64;
	/** Time of the record that holds the message's first byte. */
	startTime: u64;
	/** The last bytes of a request line, newest in the highest byte. */
	tail: u64;
	carryLow: u64;
	carryHigh: u64;

	carry(): usize {
		return changetype<usize>(this) + offsetof<Stream>('carryLow');
	}

	/** Appends at most START_SIZE bytes in all; returns how many bytes the carry holds then. */
	append(from: usize, available: usize): usize {
		const count = min(available, START_SIZE - <usize>this.carried);
		memory.copy(this.carry() + <usize>this.carried, from, count);
		return <usize>this.carried + count;
	}

	/** A new message was recognised. */
	begin(isResponse: bool): void {
		this.isResponse = isResponse;
		this.state = LINE;
		this.carried = 0;
		this.tail = 0;
		this.noBody = false;
		this.hasLength = false;
		this.hasEncoding = false;
		this.chunked = false;
		this.trailers = false;
		this.head = 0;
		this.length = 0;
	}

	toBoundary(): void {
		this.state = START;
		this.carried = 0;
	}

	lose(): void {
		this.state = LOST;
		this.carried = 0;
	}

	/** Accounts for bytes that nobody saw. */
	skipUnseen(count: u64): void {
		if (count === 0 || this.state === BODY_UNTIL_CLOSE) return;
		if ((this.state === BODY || this.state === CHUNK_DATA) && count <= this.remaining) {
			this.remaining -= count;
			if (this.remaining === 0) this.bodyEnd();
			return;
		}
		this.lose();
	}

	bodyEnd(): void {
		if (this.state === CHUNK_DATA) this.toChunkSize();
		else this.toBoundary();
	}

	toChunkSize(): void {
		this.state = CHUNK_SIZE;
		this.number = 0;
		this.digits = false;
	}
}
