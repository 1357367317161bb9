import { createList, extend, pushU32, u32At } from '../../abi/list';
import { hashBytes } from '../../codecs/mix';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

// Interned strings; number 0 is the empty one.

export const FULL: u32 = 0xffffffff;
const MAX_STRINGS: u32 = 1 << 20;
const MAX_BYTES: u32 = 64 * 1024 * 1024;

const bytes = createList(1);
const ends = createList(4);
const hashes = createList(8);
const table = createTable();

export function clearStrings(): void {
	bytes.used = 0;
	ends.used = 0;
	hashes.used = 0;
	emptyTable(table);
	intern(0, 0);
}

export function stringCount(): u32 {
	return ends.used;
}

export function stringAt(number: u32): usize {
	return bytes.at + (number === 0 ? 0 : <usize>u32At(ends, number - 1));
}

export function stringSize(number: u32): usize {
	return <usize>u32At(ends, number) - (number === 0 ? 0 : <usize>u32At(ends, number - 1));
}

/** The number of a string, or FULL. */
export function intern(pointer: usize, size: usize): u32 {
	const hash = size === 0 ? 0 : hashBytes(pointer, size);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		const number = entry - 1;
		if (
			load<u64>(hashes.at + ((<usize>number) << 3)) === hash &&
			stringSize(number) === size &&
			memory.compare(stringAt(number), pointer, size) === 0
		)
			return number;
		slot = nextSlot(table, slot);
	}
	if (ends.used >= MAX_STRINGS || size > <usize>(MAX_BYTES - bytes.used)) return FULL;
	const number = ends.used;
	if (size > 0) memory.copy(extend(bytes, <u32>size), pointer, size);
	pushU32(ends, bytes.used);
	store<u64>(extend(hashes, 1), hash);
	if (widened(table)) {
		for (let i: u32 = 0; i < number; i++) place(table, load<u64>(hashes.at + ((<usize>i) << 3)), i);
	}
	place(table, hash, number);
	return number;
}
