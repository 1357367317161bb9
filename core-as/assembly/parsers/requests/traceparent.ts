import { RequestHead } from './request-head';

// W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header:
// version "-" trace id "-" parent id "-" flags, lower-case hexadecimal.

export const TRACEPARENT_SIZE: u32 = 55;
const DASH: u8 = 0x2d;
const INVALID: u32 = 0x100;

/** Reads the collected text into the ids and flags; false when it is not valid. A higher version may be longer. */
export function readTraceparent(head: RequestHead): bool {
	const text = head.trace();
	let length = <u32>head.traceLength;
	// The value ends where its blanks begin.
	while (length > 0 && <u32>load<u8>(text + <usize>(length - 1)) <= 0x20) length--;
	if (length < TRACEPARENT_SIZE) return false;
	const version = byteAt(text);
	if (version >= 0xff) return false;
	if (length > TRACEPARENT_SIZE && (version === 0 || load<u8>(text, 55) !== DASH)) return false;
	if (load<u8>(text, 2) !== DASH || load<u8>(text, 35) !== DASH || load<u8>(text, 52) !== DASH) return false;
	const flags = byteAt(text + 53);
	if (flags === INVALID) return false;
	const head_ = changetype<usize>(head);
	if (!readId(text + 3, head_ + offsetof<RequestHead>('traceLow'), 16)) return false;
	if (!readId(text + 36, head_ + offsetof<RequestHead>('parent'), 8)) return false;
	head.flags = <u8>flags;
	return (head.traceLow | head.traceHigh) !== 0 && head.parent !== 0;
}

function readId(from: usize, to: usize, bytes: usize): bool {
	for (let i: usize = 0; i < bytes; i++) {
		const byte = byteAt(from + (i << 1));
		if (byte === INVALID) return false;
		store<u8>(to + i, <u8>byte);
	}
	return true;
}

function byteAt(p: usize): u32 {
	const high = digit(<u32>load<u8>(p));
	const low = digit(<u32>load<u8>(p, 1));
	return (high | low) > 15 ? INVALID : (high << 4) | low;
}

function digit(byte: u32): u32 {
	if (byte - 0x30 < 10) return byte - 0x30;
	return byte - 0x61 < 6 ? byte - 0x61 + 10 : 16;
}
