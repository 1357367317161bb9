import { createList, extend } from '../../abi/list';
import { mix } from '../../codecs/mix';
import { addNodeValues, clearValues, kinds, MAX_VALUES } from './node-values';
import { FULL } from './strings';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

// The call tree: a node for each stack and each of its callers. A node stands behind its parent, so going from the
// last to the first sees children before parents.

const MAX_NODES: u32 = 1 << 20;

/** What a node is: small, so that the nodes of a stack lie in few lines of the cache. */
@unmanaged
export class Link {
	parent: u32;
	frame: u32;
}

const links = createList(offsetof<Link>());
const table = createTable();

export function clearTree(kindCount: u32): void {
	links.used = 0;
	emptyTable(table);
	clearValues(kindCount);
	addNode(0, FULL);
}

export function nodeCount(): u32 {
	return links.used;
}

export function linkAt(number: u32): Link {
	return changetype<Link>(links.at + <usize>number * offsetof<Link>());
}

function addNode(parent: u32, frame: u32): void {
	const link = changetype<Link>(extend(links, 1));
	link.parent = parent;
	link.frame = frame;
	addNodeValues();
}

function hashOf(parent: u32, frame: u32): u64 {
	return mix(((<u64>parent) << 32) | <u64>frame);
}

/** The child of a node for a frame, or FULL. */
export function childOf(parent: u32, frame: u32): u32 {
	const hash = hashOf(parent, frame);
	let slot = firstSlot(table, hash);
	for (let entry = entryIn(table, slot); entry !== 0; entry = entryIn(table, slot)) {
		const found = linkAt(entry - 1);
		if (found.parent === parent && found.frame === frame) return entry - 1;
		slot = nextSlot(table, slot);
	}
	const number = links.used;
	if (number >= MAX_NODES || (number + 1) * kinds > MAX_VALUES) return FULL;
	addNode(parent, frame);
	if (widened(table)) {
		for (let i: u32 = 1; i < number; i++) place(table, hashOf(linkAt(i).parent, linkAt(i).frame), i);
	}
	place(table, hash, number);
	return number;
}
