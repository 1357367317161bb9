import { allocate } from '../abi/memory';
import { textOf } from './column-source';
import { MAX_SYMBOLS } from './metric-bounds';
import { hashBytes } from './mix';

// The symbol table of remote write 2.0 as an encoder builds it: every text once, in the order of first use, and the empty
// text in front. At MAX_SYMBOLS it takes no more and says so.

@unmanaged
class SymbolEntry {
	text: usize;
	size: usize;
	hash: u64;
}

const FIRST_SLOTS: u32 = 1 << 12;
/** A slot is a symbol's number; 0, the empty text, is never looked for, so it marks a free one. */
let slots: usize = 0;
let slotCount: u32 = 0;
/** Room for as many symbols as half the slots. */
let entries: usize = 0;
export let symbolCount: u32 = 0;
/** Whether a text found no place. */
export let isTableFull: bool = false;
/** Bytes of all texts. */
export let symbolText: u64 = 0;

export function startBuilding(): void {
	slotCount = FIRST_SLOTS;
	slots = freeSlots(slotCount);
	entries = allocate((<usize>slotCount >> 1) * offsetof<SymbolEntry>());
	memory.fill(entries, 0, offsetof<SymbolEntry>());
	symbolCount = 1;
	isTableFull = false;
	symbolText = 0;
}

export function releaseBuilt(): void {
	heap.free(slots);
	heap.free(entries);
}

export function symbolAt(number: u32): usize {
	return symbol(number).text;
}

export function symbolSize(number: u32): usize {
	return symbol(number).size;
}

/** The number of the text of a reference. */
export function symbolOf(ref: usize): u32 {
	const size = <usize>load<u32>(ref, 4);
	if (size === 0) return 0;
	const text = textOf(ref);
	const hash = hashBytes(text, size);
	let slot = <u32>hash & (slotCount - 1);
	while (true) {
		const number = load<u32>(slots + ((<usize>slot) << 2));
		if (number === 0) break;
		const known = symbol(number);
		if (known.hash === hash && known.size === size && memory.compare(known.text, text, size) === 0)
			return number;
		slot = (slot + 1) & (slotCount - 1);
	}
	if (symbolCount === MAX_SYMBOLS) {
		isTableFull = true;
		return 0;
	}
	store<u32>(slots + ((<usize>slot) << 2), symbolCount);
	const added = symbol(symbolCount);
	added.text = text;
	added.size = size;
	added.hash = hash;
	symbolText += <u64>size;
	symbolCount++;
	if (symbolCount === slotCount >> 1 && symbolCount !== MAX_SYMBOLS) grow();
	return symbolCount - 1;
}

function symbol(number: u32): SymbolEntry {
	return changetype<SymbolEntry>(entries + <usize>number * offsetof<SymbolEntry>());
}

function freeSlots(count: u32): usize {
	const made = allocate((<usize>count) << 2);
	memory.fill(made, 0, (<usize>count) << 2);
	return made;
}

function grow(): void {
	heap.free(slots);
	slotCount <<= 1;
	slots = freeSlots(slotCount);
	const grown = allocate((<usize>slotCount >> 1) * offsetof<SymbolEntry>());
	memory.copy(grown, entries, <usize>symbolCount * offsetof<SymbolEntry>());
	heap.free(entries);
	entries = grown;
	for (let number: u32 = 1; number < symbolCount; number++) {
		let slot = <u32>symbol(number).hash & (slotCount - 1);
		while (load<u32>(slots + ((<usize>slot) << 2)) !== 0) slot = (slot + 1) & (slotCount - 1);
		store<u32>(slots + ((<usize>slot) << 2), number);
	}
}
