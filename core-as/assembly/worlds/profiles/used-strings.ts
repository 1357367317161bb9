import { allocate, storeList } from '../../abi/memory';
import { stringAt, stringCount, stringSize } from './strings';

// The strings that an output uses, numbered anew: what was pruned or left out must not fill answers.

/** By number of an interned string: its number in the output plus 1; 0 where it is not used. */
let numbers: usize = 0;
export let usedStrings: u32 = 0;
let usedBytes: usize = 0;
/** By number in the output: the interned one. */
let order: usize = 0;

export function startUse(): void {
	const size = (<usize>stringCount()) << 2;
	numbers = allocate(size);
	order = allocate(size);
	memory.fill(numbers, 0, size);
	usedStrings = 0;
	usedBytes = 0;
	useString(0);
}

export function endUse(): void {
	heap.free(numbers);
	heap.free(order);
}

export function useString(number: u32): u32 {
	const at = numbers + ((<usize>number) << 2);
	const known = load<u32>(at);
	if (known !== 0) return known - 1;
	store<u32>(order + ((<usize>usedStrings) << 2), number);
	usedBytes += stringSize(number);
	store<u32>(at, ++usedStrings);
	return usedStrings - 1;
}

/** The interned string behind a number of the output. */
export function internedOf(used: u32): u32 {
	return load<u32>(order + ((<usize>used) << 2));
}

/** Lowers all as a list of bytes and one of ends at RESULT + offset. */
export function storeUsed(offset: usize): void {
	const bytes = allocate(usedBytes);
	const ends = allocate((<usize>usedStrings) << 2);
	let at: usize = 0;
	for (let i: u32 = 0; i < usedStrings; i++) {
		const number = internedOf(i);
		const size = stringSize(number);
		memory.copy(bytes + at, stringAt(number), size);
		at += size;
		store<u32>(ends + ((<usize>i) << 2), <u32>at);
	}
	if (at === 0) heap.free(bytes);
	storeList(offset, bytes, at);
	storeList(offset + 8, ends, <usize>usedStrings);
}
