import { mix } from '../../codecs/mix';
import { childOf, nodeAt, nodeCount } from './call-tree';
import { FULL } from './strings';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

// Whole stacks by the nodes at which they end: profiles of one program have mostly the same stacks, and those need no
// search from the root down.

const table = createTable();

export function clearStacks(): void {
	emptyTable(table);
}

/** Above 0. */
function hashOf(frames: usize, count: u32): u64 {
	let hash = <u64>count;
	for (let i: u32 = 0; i < count; i++) {
		hash = rotl(hash ^ <u64>load<u32>(frames + ((<usize>i) << 2)), 23) * 0x9e3779b97f4a7c15;
	}
	return mix(hash) | (1 << 63);
}

/** True when the stack from a node to the root is this one. */
function isStackOf(leaf: u32, frames: usize, count: u32): bool {
	let number = leaf;
	for (let i: u32 = 0; i < count; i++) {
		const node = nodeAt(number);
		// The root has a frame that no stack has.
		if (node.frame !== load<u32>(frames + ((<usize>i) << 2))) return false;
		number = node.parent;
	}
	return number === 0;
}

/** The node of a stack, frames leaf first as numbers of frames; made where it is new, FULL where that does not fit. */
export function nodeOfStack(frames: usize, count: u32): u32 {
	if (count === 0) return 0;
	const hash = hashOf(frames, count);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		if (nodeAt(entry - 1).stackHash === hash && isStackOf(entry - 1, frames, count)) return entry - 1;
		slot = nextSlot(table, slot);
	}
	let number: u32 = 0;
	for (let i = count; i > 0; i--) {
		number = childOf(number, load<u32>(frames + ((<usize>(i - 1)) << 2)));
		if (number === FULL) return FULL;
	}
	if (widened(table)) {
		for (let i: u32 = 1; i < nodeCount(); i++) {
			if (nodeAt(i).stackHash !== 0) place(table, nodeAt(i).stackHash, i);
		}
	}
	nodeAt(number).stackHash = hash;
	place(table, hash, number);
	return number;
}
