import { createList, extend, List } from '../../abi/list';

// Messages of protobuf in lists of bytes, https://protobuf.dev/programming-guides/encoding/.

const MAX_VARINT: u32 = 10;

export function createMessage(): List {
	return createList(1);
}

export function writeVarint(to: List, value: u64): void {
	let p = extend(to, MAX_VARINT);
	const start = p;
	let rest = value;
	while (rest >= 0x80) {
		store<u8>(p, <u8>(rest | 0x80));
		p++;
		rest >>= 7;
	}
	store<u8>(p, <u8>rest);
	to.used -= MAX_VARINT - 1 - <u32>(p - start);
}

/** A number; 0 is what a field has that is not there. */
export function writeNumber(to: List, field: u32, value: u64): void {
	if (value === 0) return;
	writeVarint(to, <u64>(field << 3));
	writeVarint(to, value);
}

export function writeBytes(to: List, field: u32, pointer: usize, size: usize): void {
	writeVarint(to, <u64>((field << 3) | 2));
	writeVarint(to, <u64>size);
	if (size > 0) memory.copy(extend(to, <u32>size), pointer, size);
}

/** A message inside of another; it is empty afterwards. */
export function writeMessage(to: List, field: u32, message: List): void {
	writeBytes(to, field, message.at, <usize>message.used);
	message.used = 0;
}
