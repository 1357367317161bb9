import { CR, LF } from '../bytes';

// RESP2 and RESP3, https://redis.io/docs/latest/develop/reference/protocol-spec/: where values begin and end.

export const SIMPLE_STRING: u32 = 0x2b;
export const SIMPLE_ERROR: u32 = 0x2d;
export const BULK_STRING: u32 = 0x24;
export const BULK_ERROR: u32 = 0x21;
export const VERBATIM: u32 = 0x3d;
export const ARRAY: u32 = 0x2a;
export const MAP: u32 = 0x25;
export const SET: u32 = 0x7e;
export const PUSH: u32 = 0x3e;
export const ATTRIBUTE: u32 = 0x7c;

/** At the first byte of a value or of an element. */
export const TYPE: u8 = 0;
/** Behind the type, up to the line feed. */
export const LINE: u8 = 1;
/** In the bytes of a string; `remaining` includes the CRLF. */
export const BULK: u8 = 2;
/** Where the next value begins is not known. */
export const LOST: u8 = 3;

const MAX_NUMBER: u64 = 1 << 32;

/** One direction: where in a value the next byte falls. Lies in zeroed memory. */
@unmanaged
export class RespStream {
	state: u8;
	/** Of the element that is being read. */
	type: u8;
	/** Of the whole value. */
	top: u8;
	negative: bool;
	/** Number of the element that is being read, 0 for the first one within the outermost array. */
	index: u32;
	/** Values that are still to come until the outermost one is whole. */
	pending: u64;
	/** The length being read; of a string that is being read, its own. */
	number: u64;
	remaining: u64;
	/** Time of the record that holds the value's first byte. */
	startTime: u64;
	/** Of a command: its name in capitals, cut to 16 bytes. */
	nameLow: u64;
	nameHigh: u64;
	/** The last eight bytes of a short argument. */
	word: u64;
	nameLength: u8;
	blocks: bool;
	/** Keys came: what follows is no option. */
	pastOptions: bool;
	reserved: u8;
	/** Number of the head that a command is noted in. */
	head: u16;
	reserved2: u16;

	name(): usize {
		return changetype<usize>(this) + offsetof<RespStream>('nameLow');
	}

	/** At the first byte of a value. */
	isBetween(): bool {
		return this.state === TYPE && this.pending === 0;
	}

	begin(type: u32, time: u64): void {
		this.top = <u8>type;
		this.pending = 1;
		this.index = 0;
		this.startTime = time;
	}

	beginLine(type: u32): void {
		this.type = <u8>type;
		this.number = 0;
		this.negative = false;
		this.state = LINE;
	}

	restart(): void {
		this.state = TYPE;
		this.pending = 0;
	}

	/**
	 * Reads the line that gives a length, or skips that of a simple value; returns where it stopped. False in `isLine`
	 * when the line goes on, or when it is none: then the stream is lost.
	 */
	readLine(p: usize, end: usize): usize {
		const counts = hasLength(<u32>this.type);
		isLine = false;
		while (p < end) {
			const byte = <u32>load<u8>(p++);
			if (byte === LF) {
				isLine = true;
				return p;
			}
			if (!counts || byte === CR) continue;
			if (byte === 0x2d) this.negative = true;
			else if (byte - 0x30 < 10 && this.number < MAX_NUMBER)
				this.number = this.number * 10 + <u64>(byte - 0x30);
			else {
				// A streamed value, or no RESP at all.
				this.state = LOST;
				return end;
			}
		}
		return p;
	}

	/** Behind a line: true when an element has ended with it. */
	endLine(): bool {
		const type = <u32>this.type;
		this.state = TYPE;
		if (isString(type)) {
			if (this.negative) return this.endElement();
			this.remaining = this.number + 2;
			this.state = BULK;
			return false;
		}
		if (!hasLength(type)) return this.endElement();
		const children = this.negative ? 0 : type === MAP || type === ATTRIBUTE ? this.number * 2 : this.number;
		this.pending += children;
		// Attributes stand before the value that they belong to.
		return type === ATTRIBUTE ? false : this.endElement();
	}

	/** True. */
	endElement(): bool {
		this.pending--;
		return true;
	}

	/** Accounts for bytes that nobody saw. True when the value ended with them. */
	skipUnseen(count: u64): bool {
		if (count === 0 || this.state === LOST) return false;
		if (this.state !== BULK || count > this.remaining) {
			this.state = LOST;
			return false;
		}
		this.remaining -= count;
		if (this.remaining !== 0) return false;
		this.state = TYPE;
		this.index++;
		this.endElement();
		return this.pending === 0;
	}
}

/** Whether `readLine` came to the end of the line. */
export let isLine: bool = false;

function isString(type: u32): bool {
	return type === BULK_STRING || type === BULK_ERROR || type === VERBATIM;
}

function hasLength(type: u32): bool {
	return (
		isString(type) || type === ARRAY || type === MAP || type === SET || type === PUSH || type === ATTRIBUTE
	);
}

/** `+ - : $ * _ # , ( ! = % ~ > |` */
export function isType(byte: u32): bool {
	switch (byte) {
		case SIMPLE_STRING:
		case SIMPLE_ERROR:
		case 0x3a:
		case BULK_STRING:
		case ARRAY:
		case 0x5f:
		case 0x23:
		case 0x2c:
		case 0x28:
		case BULK_ERROR:
		case VERBATIM:
		case MAP:
		case SET:
		case PUSH:
		case ATTRIBUTE:
			return true;
	}
	return false;
}
