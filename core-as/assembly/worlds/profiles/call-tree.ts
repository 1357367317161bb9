import { createList, extend } from '../../abi/list';
import { mix } from '../../codecs/mix';
import {
	addNodeValues,
	baseOf,
	clearValues,
	isWithoutBase,
	kinds,
	MAX_VALUES,
	moveValues,
	valueOf,
} from './node-values';
import { FULL } from './strings';
import { createTable, emptyTable, entryIn, firstSlot, nextSlot, place, widened } from './table';

// The call tree: a node for each stack and each of its callers. A node stands behind its parent, so going from the
// last to the first sees children before parents.

const MAX_NODES: u32 = 1 << 20;

@unmanaged
export class Node {
	/** Of the stack that ends here; 0 for none. */
	stackHash: u64;
	total: f64;
	baseTotal: f64;
	parent: u32;
	frame: u32;
	depth: u32;
	/** While an answer is laid out: its first child and next sibling, 0 for none. */
	first: u32;
	next: u32;
	/** Its number in the flame graph. */
	place: u32;
}

const nodes = createList(offsetof<Node>());
const table = createTable();

export function clearTree(kindCount: u32): void {
	nodes.used = 0;
	emptyTable(table);
	clearValues(kindCount);
	addNode(0, FULL, 0);
}

export function nodeCount(): u32 {
	return nodes.used;
}

export function nodeAt(number: u32): Node {
	return changetype<Node>(nodes.at + <usize>number * offsetof<Node>());
}

function addNode(parent: u32, frame: u32, depth: u32): void {
	const node = extend(nodes, 1);
	memory.fill(node, 0, offsetof<Node>());
	changetype<Node>(node).parent = parent;
	changetype<Node>(node).frame = frame;
	changetype<Node>(node).depth = depth;
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
		const found = nodeAt(entry - 1);
		if (found.parent === parent && found.frame === frame) return entry - 1;
		slot = nextSlot(table, slot);
	}
	const number = nodes.used;
	if (number >= MAX_NODES || (number + 1) * kinds > MAX_VALUES) return FULL;
	addNode(parent, frame, nodeAt(parent).depth + 1);
	if (widened(table)) {
		for (let i: u32 = 1; i < number; i++) place(table, hashOf(nodeAt(i).parent, nodeAt(i).frame), i);
	}
	place(table, hash, number);
	return number;
}

/** Fills the totals of all nodes for one kind of values. */
export function sumUp(kind: u32): void {
	const hasBase = !isWithoutBase();
	for (let i: u32 = 0; i < nodes.used; i++) {
		const node = nodeAt(i);
		node.total = valueOf(i, kind);
		node.baseTotal = hasBase ? baseOf(i, kind) : 0;
	}
	for (let i = nodes.used - 1; i > 0; i--) {
		const node = nodeAt(i);
		const parent = nodeAt(node.parent);
		parent.total += node.total;
		parent.baseTotal += node.baseTotal;
	}
}

/** Gives the values of what has less than the share to the callers. */
export function pruneTree(kind: u32, minShare: f64): void {
	sumUp(kind);
	const least = minShare * nodeAt(0).total;
	for (let i = nodes.used - 1; i > 0; i--) {
		const node = nodeAt(i);
		// Roots of stacks name processes.
		if (node.parent !== 0 && node.total < least) moveValues(i, node.parent);
	}
}
