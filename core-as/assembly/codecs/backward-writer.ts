import { allocate, SLOP } from '../abi/memory';

// Writing protobuf from its end to its start: the length of a message is known once it is written, so nothing has to be
// measured first. The writer must be given room enough for everything. State is global: one writer.

let buffer: usize = 0;
/** The first byte that is written. */
export let start: usize = 0;
let behind: usize = 0;

/** Starts a message of at most `capacity` bytes. */
export function startWriting(capacity: usize): void {
	// Texts are copied in blocks, which may begin before the text.
	buffer = allocate(capacity + SLOP);
	behind = buffer + SLOP + capacity;
	start = behind;
}

export function releaseWritten(): void {
	heap.free(buffer);
}

export function writtenBytes(): usize {
	return behind - start;
}

export function putVarint(value: u64): void {
	if (value < 0x80) {
		start -= 1;
		store<u8>(start, <u8>value);
		return;
	}
	// 7 bits a byte: the number of bits over 7, rounded up.
	const size = <usize>((70 - clz(value)) / 7);
	start -= size;
	let rest = value;
	let p = start;
	while (rest >= 0x80) {
		store<u8>(p, <u8>(rest | 0x80));
		rest >>= 7;
		p += 1;
	}
	store<u8>(p, <u8>rest);
}

export function putZigzag(value: i64): void {
	putVarint(<u64>((value << 1) ^ (value >> 63)));
}

/** A number and its tag. */
export function putNumber(tag: u32, value: u64): void {
	putVarint(value);
	putVarint(tag);
}

/** 64 bits as they are, without a tag: an entry of a packed list. */
export function putBits(bits: u64): void {
	start -= 8;
	store<u64>(start, bits);
}

/** A float and its tag. */
export function putFloat(tag: u32, bits: u64): void {
	putBits(bits);
	putVarint(tag);
}

/** A text and its tag. */
export function putText(tag: u32, text: usize, size: usize): void {
	const end = start;
	let to = end;
	let from = text + size;
	// From the end on, so that what lies behind stays.
	for (let left = <isize>size; left > 0; left -= 16) {
		to -= 16;
		from -= 16;
		v128.store(to, v128.load(from));
	}
	start = end - size;
	putVarint(<u64>size);
	putVarint(tag);
}

/** Length and tag of a message or packed list that was written; it ended at `end`, the `start` from before it. */
export function putHead(tag: u32, end: usize): void {
	putVarint(<u64>(end - start));
	putVarint(tag);
}
