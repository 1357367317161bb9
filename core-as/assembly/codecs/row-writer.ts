import { lend } from '../abi/lent';
import { allocate } from '../abi/memory';

// One buffer that grows, and the writing of ClickHouse RowBinary into it, https://clickhouse.com/docs/interfaces/formats/RowBinary.
// State is global: one writer. At its bound the writer starts over at its beginning and says so in `overflowed`.

/** Bytes that one call may write. */
export const MAX_OUTPUT: usize = 128 * 1024 * 1024;
const FIRST_OUTPUT: usize = 64 * 1024;

export let output: usize = 0;
export let overflowed: bool = false;
let at: usize = 0;
let limit: usize = 0;

export function startOutput(inputSize: usize): void {
	startSizedOutput(min(MAX_OUTPUT, FIRST_OUTPUT + inputSize * 2));
}

/** For output whose size is known: at most MAX_OUTPUT. */
export function startSizedOutput(capacity: usize): void {
	output = allocate(capacity);
	at = output;
	limit = output + capacity;
	overflowed = false;
}

export function releaseOutput(): void {
	if (output !== 0) heap.free(output);
	output = 0;
}

/** The host reads it in place until its next call. */
export function lendOutput(): void {
	lend(output, output);
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

/** Room for `size` bytes, to be filled by pointer; give the first byte behind what was filled to `endRoom`. */
export function beginRoom(size: usize): usize {
	reserve(size);
	return at;
}

export function endRoom(end: usize): void {
	at = end;
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
	putVarUint(value);
}

/** As `writeVarUint`, where there is room. */
function putVarUint(value: u32): void {
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
	putBytes(pointer, size);
}

/** As `writeBytes`, where there is room. */
function putBytes(pointer: usize, size: usize): void {
	// Fast path: most texts are short, and a call of the host's memmove costs more than they do. SLOP lies behind both.
	if (size <= 16) {
		v128.store(at, v128.load(pointer));
	} else if (size <= 32) {
		const last = v128.load(pointer + size - 16);
		v128.store(at, v128.load(pointer));
		v128.store(at + size - 16, last);
	} else memory.copy(at, pointer, size);
	at += size;
}

/** Bytes that the output holds already, by their place in it. */
export function writeAgain(place: usize, size: usize): void {
	reserve(size);
	memory.copy(at, output + place, size);
	at += size;
}

/** A String: its length, its bytes. */
export function writeText(pointer: usize, size: usize): void {
	reserve(size + LENGTH_ROOM);
	if (size < 0x80) {
		store<u8>(at, <u8>size);
		at += 1;
	} else putVarUint(<u32>size);
	putBytes(pointer, size);
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
	writeHexDigits(pointer, size);
}

export function writeHexDigits(pointer: usize, size: usize): void {
	reserve(size * 2);
	// 8 bytes become 16 digits; digits behind the end are overwritten or lie in SLOP.
	for (let i: usize = 0; i < size; i += 8) {
		const bytes = v128.load64_zero(pointer + i);
		const nibbles = v128.and(
			v128.shuffle<u8>(
				v128.shr<u16>(bytes, 4),
				bytes,
				0,
				16,
				1,
				17,
				2,
				18,
				3,
				19,
				4,
				20,
				5,
				21,
				6,
				22,
				7,
				23,
			),
			i8x16.splat(15),
		);
		v128.store(at + i * 2, v128.swizzle(HEX_DIGITS, nibbles));
	}
	at += size * 2;
}

const HEX_DIGITS = i8x16(
	0x30,
	0x31,
	0x32,
	0x33,
	0x34,
	0x35,
	0x36,
	0x37,
	0x38,
	0x39,
	0x61,
	0x62,
	0x63,
	0x64,
	0x65,
	0x66,
);

export function hexDigit(value: u32): u8 {
	return <u8>(value < 10 ? 0x30 + value : 0x57 + value);
}
