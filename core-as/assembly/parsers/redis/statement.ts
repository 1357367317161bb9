import { RequestHead } from '../requests/request-head';

// A command as it leaves the node: its name and its key without what stands in place of a value, `GET user:?:cart`.

/** Bytes of a key that are shown. */
const MAX_KEY: usize = 64;
/** A word of hexadecimal digits that is as long as this, or longer, is an id. */
const MIN_HEX: usize = 8;
const VALUE: u32 = 0x3f;
const DOTS = '...';

/** Replaces the key that stands in the head's line from `at` on. `more`: the command has further arguments. */
export function redactKey(head: RequestHead, at: usize, more: bool): void {
	const line = head.line();
	const from = line + at;
	const end = from + min(<usize>head.lineLength - at, MAX_KEY);
	const cut = <usize>head.lineLength - at > MAX_KEY;
	let to = from;
	let isText = true;
	for (let p = from; p < end && isText; ) {
		const byte = <u32>load<u8>(p);
		let word = p;
		while (word < end && isWordByte(<u32>load<u8>(word))) word++;
		if (word === p) {
			// Keys may hold any bytes; what is no text says nothing.
			isText = byte > 0x20 && byte < 0x7f;
			if (isText) {
				store<u8>(to, <u8>byte);
				to++;
			}
			p++;
		} else {
			to = writeWord(to, p, word);
			p = word;
		}
	}
	if (cut || !isText) to = writeDots(to);
	if (more) {
		store<u8>(to, 0x20);
		to = writeDots(to + 1);
	}
	head.lineLength = <u16>(to - line);
}

/** Letters are kept; numbers, and words that are ids, become a question mark. Never longer than the word. */
function writeWord(to: usize, from: usize, end: usize): usize {
	let hex = end - from >= MIN_HEX;
	let digits = false;
	for (let p = from; p < end; p++) {
		const byte = <u32>load<u8>(p);
		if (byte - 0x30 < 10) digits = true;
		else if ((byte | 0x20) - 0x61 >= 6 && byte !== 0x2d) hex = false;
	}
	if (hex && digits) {
		store<u8>(to, <u8>VALUE);
		return to + 1;
	}
	for (let p = from; p < end; ) {
		const byte = <u32>load<u8>(p++);
		if (byte - 0x30 >= 10) store<u8>(to, <u8>byte);
		else {
			store<u8>(to, <u8>VALUE);
			while (p < end && <u32>load<u8>(p) - 0x30 < 10) p++;
		}
		to++;
	}
	return to;
}

/** Letters, digits and the dash of a UUID. */
function isWordByte(byte: u32): bool {
	return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26 || byte === 0x2d;
}

function writeDots(to: usize): usize {
	for (let i = 0; i < DOTS.length; i++) store<u8>(to + <usize>i, <u8>DOTS.charCodeAt(i));
	return to + 3;
}
