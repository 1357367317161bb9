import { mix } from '../../codecs/mix';
import { childOf, linkAt } from './call-tree';
import { FULL } from './strings';

// Whole stacks by the nodes at which they end: profiles of one program have mostly the same stacks, and those need no
// search from the root down. Open addressing; a slot holds the number of a node and 1, and above it 32 bits of the
// stack's hash, which also say where the slot is. As many stacks as nodes at most, in twice to four times as many slots.

const FIRST_SLOTS: u32 = 256;

let slots: usize = heap.alloc((<usize>FIRST_SLOTS) << 3);
let slotCount: u32 = FIRST_SLOTS;
let used: u32 = 0;

export function clearStacks(): void {
	memory.fill(slots, 0, (<usize>slotCount) << 3);
	used = 0;
}

function slotAt(index: u32): usize {
	return slots + ((<usize>index) << 3);
}

/** Of the stack that `renumber` read last. */
let stackHash: u32 = 0;

/** Replaces numbers of frames by those that the map has for them, and fills in the hash. */
function renumber(from: usize, end: usize, map: usize): void {
	let hash = <u64>(end - from);
	let p = from;
	// Fast path: two frames at a time.
	for (; end - p >= 8; p += 8) {
		const pair = load<u64>(p);
		const first = <u64>load<u32>(map + ((<usize>pair & 0xffffffff) << 2));
		const second = <u64>load<u32>(map + ((<usize>(pair >> 32)) << 2));
		const numbers = first | (second << 32);
		store<u64>(p, numbers);
		hash = rotl(hash ^ numbers, 29) * 0x9e3779b97f4a7c15;
	}
	if (p < end) {
		const number = load<u32>(map + ((<usize>load<u32>(p)) << 2));
		store<u32>(p, number);
		hash = rotl(hash ^ <u64>number, 29) * 0x9e3779b97f4a7c15;
	}
	stackHash = <u32>mix(hash);
}

/** True when the stack from a node to the root is this one, of one frame or more. */
function isStackOf(leaf: u32, from: usize, end: usize): bool {
	let p = from;
	let number = leaf;
	// The root has a frame that no stack has.
	while (linkAt(number).frame === load<u32>(p)) {
		p += 4;
		if (p === end) return linkAt(number).parent === 0;
		// Fast path: nodes that one stack made lie side by side, and the next one need not wait for this one's parent.
		number--;
		if (linkAt(number + 1).parent !== number) number = linkAt(number + 1).parent;
	}
	return false;
}

/**
 * The node of a stack; made where it is new, FULL where that does not fit. From `from` to `end` lie numbers, leaf first,
 * of frames of the caller's; `map` has the frames here by these numbers, and they are replaced.
 */
export function nodeOfStack(from: usize, end: usize, map: usize): u32 {
	if (from === end) return 0;
	renumber(from, end, map);
	const hash = stackHash;
	let index = hash & (slotCount - 1);
	let slot = load<u64>(slotAt(index));
	while (slot !== 0) {
		const number = <u32>slot - 1;
		if (<u32>(slot >> 32) === hash && isStackOf(number, from, end)) return number;
		index = (index + 1) & (slotCount - 1);
		slot = load<u64>(slotAt(index));
	}
	let number: u32 = 0;
	for (let p = end; p > from; p -= 4) {
		number = childOf(number, load<u32>(p - 4));
		if (number === FULL) return FULL;
	}
	if (used * 2 >= slotCount) widen();
	place(((<u64>hash) << 32) | <u64>(number + 1));
	used++;
	return number;
}

function place(slot: u64): void {
	let index = <u32>(slot >> 32) & (slotCount - 1);
	while (load<u64>(slotAt(index)) !== 0) index = (index + 1) & (slotCount - 1);
	store<u64>(slotAt(index), slot);
}

function widen(): void {
	const before = slots;
	const count = slotCount;
	slotCount = count * 2;
	slots = heap.alloc((<usize>slotCount) << 3);
	memory.fill(slots, 0, (<usize>slotCount) << 3);
	for (let i: u32 = 0; i < count; i++) {
		const slot = load<u64>(before + ((<usize>i) << 3));
		if (slot !== 0) place(slot);
	}
	heap.free(before);
}
