import { readTraceparent, TRACEPARENT_SIZE } from './traceparent';

// What a span needs of a request, noted while its head goes by and kept until its response starts.

/** Requests noted at once, all connections together; those beyond are answered without a head. 736 bytes each once used. */
const MAX_HEADS: u32 = 8192;
/** Method and target; a longer target is cut. */
export const MAX_LINE: u32 = 512;
export const MAX_HOST: u32 = 128;

/** `traced`: no traceparent, a valid one, or something that is none. */
export const UNTRACED: u8 = 0;
export const TRACED: u8 = 1;
export const BAD_TRACE: u8 = 2;

@unmanaged
export class RequestHead {
	lineLength: u16;
	hostLength: u16;
	/** Bytes of the method; the target follows it in the line. */
	methodLength: u8;
	traced: u8;
	/** Of the traceparent. */
	flags: u8;
	/** Bytes of the traceparent so far, one more than TRACEPARENT_SIZE where it is longer. */
	traceLength: u8;
	/** Ids as they go over the wire. */
	traceLow: u64;
	traceHigh: u64;
	parent: u64;

	trace(): usize {
		return changetype<usize>(this) + offsetof<RequestHead>();
	}

	host(): usize {
		return this.trace() + 64;
	}

	line(): usize {
		return this.host() + MAX_HOST;
	}

	appendLine(from: usize, size: usize): void {
		const count = min(size, <usize>(MAX_LINE - <u32>this.lineLength));
		memory.copy(this.line() + <usize>this.lineLength, from, count);
		this.lineLength += <u16>count;
	}

	appendHost(from: usize, size: usize): void {
		const count = min(size, <usize>(MAX_HOST - <u32>this.hostLength));
		memory.copy(this.host() + <usize>this.hostLength, from, count);
		this.hostLength += <u16>count;
	}

	appendTrace(from: usize, size: usize): void {
		const room = TRACEPARENT_SIZE + 1 - <u32>this.traceLength;
		const count = min(size, <usize>room);
		memory.copy(this.trace() + <usize>this.traceLength, from, count);
		this.traceLength += <u8>count;
	}

	/** The header line of the traceparent ended. A second one makes both void (W3C Trace Context, section 3.2). */
	endTrace(): void {
		const first = this.traced === UNTRACED;
		this.traced = first && readTraceparent(this) ? TRACED : BAD_TRACE;
		this.traceLength = 0;
	}
}

const HEAD_SIZE: usize = offsetof<RequestHead>() + 64 + <usize>MAX_HOST + <usize>MAX_LINE;

/** Requests are noted; the caller of the parser says so for its connections. */
export let noting: bool = false;

let heads: usize = 0;
let highWater: u32 = 0;
/** Number of the first freed head; each holds the next in its first 2 bytes. */
let firstFree: u32 = 0;
/** Heads that belong to a request now. */
export let headsInUse: u32 = 0;

export function note(on: bool): void {
	noting = on;
	if (on && heads === 0) heads = heap.alloc(<usize>MAX_HEADS * HEAD_SIZE);
}

/** A head by its number, which is never 0. */
export function headOf(number: u32): RequestHead {
	return changetype<RequestHead>(heads + <usize>(number - 1) * HEAD_SIZE);
}

/** The number of an empty head; 0 when requests are not noted, or too many are. */
export function acquireHead(): u32 {
	if (!noting) return 0;
	let number = firstFree;
	if (number !== 0) firstFree = <u32>load<u16>(changetype<usize>(headOf(number)));
	else if (highWater < MAX_HEADS) number = ++highWater;
	else return 0;
	headsInUse++;
	memory.fill(changetype<usize>(headOf(number)), 0, offsetof<RequestHead>());
	return number;
}

export function releaseHead(number: u32): void {
	if (number === 0) return;
	store<u16>(changetype<usize>(headOf(number)), <u16>firstFree);
	firstFree = number;
	headsInUse--;
}
