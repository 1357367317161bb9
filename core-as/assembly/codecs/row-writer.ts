import { allocate } from '../abi/memory';

// Writing ClickHouse RowBinary, https://clickhouse.com/docs/interfaces/formats/RowBinary, into one buffer that grows.
// State is global: one writer. At its bound the writer starts over at its beginning and says so in `overflowed`.

/** Bytes of rows that one request may become. */
const MAX_OUTPUT: usize = 128 * 1024 * 1024;
const FIRST_OUTPUT: usize = 64 * 1024;

export let output: usize = 0;
export let overflowed: bool = false;
let at: usize = 0;
let limit: usize = 0;

export function startOutput(inputSize: usize): void {
	const capacity = min(MAX_OUTPUT, FIRST_OUTPUT + inputSize * 2);
	output = allocate(capacity);
	at = output;
	limit = output + capacity;
	overflowed = false;
}

export function releaseOutput(): void {
	if (output !== 0) heap.free(output);
	output = 0;
}

export function written(): usize {
	return at - output;
}

/** Forgets what was written after the first `size` bytes. */
export function rewind(size: usize): void {
	at = output + size;
}

/** Makes room for `size` bytes. */
function reserve(size: usize): void {
	if (limit - at >= size) return;
	let used = at - output;
	if (used + size > MAX_OUTPUT) {
		overflowed = true;
		used = 0;
		at = output;
		if (limit - at >= size) return;
	}
	const capacity = max(min((limit - output) * 2, MAX_OUTPUT), used + size);
	const grown = allocate(capacity);
	memory.copy(grown, output, used);
	heap.free(output);
	output = grown;
	at = grown + used;
	limit = grown + capacity;
}

export function writeU8(value: u32): void {
	reserve(1);
	store<u8>(at, <u8>value);
	at += 1;
}

export function writeU32(value: u32): void {
	reserve(4);
	store<u32>(at, value);
	at += 4;
}

export function writeU64(value: u64): void {
	reserve(8);
	store<u64>(at, value);
	at += 8;
}

/** LEB128, as lengths of strings, arrays and maps are written. */
export function writeVarUint(value: u32): void {
	reserve(5);
	while (value >= 0x80) {
		store<u8>(at, <u8>(value | 0x80));
		at += 1;
		value >>= 7;
	}
	store<u8>(at, <u8>value);
	at += 1;
}

/** Bytes that a number takes in LEB128. */
export function varUintSize(value: usize): usize {
	let size: usize = 1;
	for (; value >= 0x80; value >>= 7) size++;
	return size;
}

export function writeBytes(pointer: usize, size: usize): void {
	reserve(size);
	memory.copy(at, pointer, size);
	at += size;
}

/** A String: its length, its bytes. */
export function writeText(pointer: usize, size: usize): void {
	writeVarUint(<u32>size);
	writeBytes(pointer, size);
}

/** Room for the length of a String that is written piece by piece. */
const LENGTH_ROOM: usize = 5;

/** Begins a String whose length is not known; give what it returns to `endText`. */
export function beginText(): usize {
	reserve(LENGTH_ROOM);
	at += LENGTH_ROOM;
	return at - output;
}

export function endText(begin: usize): void {
	if (overflowed) return;
	const size = at - output - begin;
	at = output + begin - LENGTH_ROOM;
	writeVarUint(<u32>size);
	memory.copy(at, output + begin, size);
	at += size;
}

/** A String of lower-case hexadecimal digits. */
export function writeHexText(pointer: usize, size: usize): void {
	writeVarUint(<u32>(size * 2));
	reserve(size * 2);
	for (let i: usize = 0; i < size; i++) {
		const byte = <u32>load<u8>(pointer + i);
		store<u8>(at, hexDigit(byte >> 4));
		store<u8>(at, hexDigit(byte & 15), 1);
		at += 2;
	}
}

export function hexDigit(value: u32): u8 {
	return <u8>(value < 10 ? 0x30 + value : 0x57 + value);
}
