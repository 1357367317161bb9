import { mix } from '../../codecs/mix';
import {
	createList,
	createTable,
	emptyTable,
	entryIn,
	extend,
	firstSlot,
	nextSlot,
	place,
	widened,
} from './list';
import { FULL } from './strings';

// The call tree: a node for each stack and each of its callers. A node stands behind its parent, so going from the
// last to the first sees children before parents.

const MAX_NODES: u32 = 1 << 20;

@unmanaged
export class Node {
	self: f64;
	baseSelf: f64;
	total: f64;
	baseTotal: f64;
	parent: u32;
	frame: u32;
	depth: u32;
	/** While a flame graph is laid out: its first child and next sibling, 0 for none. */
	first: u32;
	next: u32;
	/** Its number in the flame graph. */
	place: u32;
}

const nodes = createList(offsetof<Node>());
const table = createTable();

export function clearTree(): void {
	nodes.used = 0;
	emptyTable(table);
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
	if (nodes.used >= MAX_NODES) return FULL;
	const number = nodes.used;
	addNode(parent, frame, nodeAt(parent).depth + 1);
	if (widened(table)) {
		for (let i: u32 = 1; i < number; i++) place(table, hashOf(nodeAt(i).parent, nodeAt(i).frame), i);
	}
	place(table, hash, number);
	return number;
}

/** Fills the totals of all nodes. */
export function sumUp(): void {
	for (let i: u32 = 0; i < nodes.used; i++) {
		const node = nodeAt(i);
		node.total = node.self;
		node.baseTotal = node.baseSelf;
	}
	for (let i = nodes.used - 1; i > 0; i--) {
		const node = nodeAt(i);
		const parent = nodeAt(node.parent);
		parent.total += node.total;
		parent.baseTotal += node.baseTotal;
	}
}

/** Gives the values of what has less than the share to the callers. */
export function pruneTree(minShare: f64): void {
	sumUp();
	const least = minShare * nodeAt(0).total;
	for (let i = nodes.used - 1; i > 0; i--) {
		const node = nodeAt(i);
		// Roots of stacks name processes.
		if (node.parent === 0 || !(node.total < least)) continue;
		const parent = nodeAt(node.parent);
		parent.self += node.self;
		parent.baseSelf += node.baseSelf;
		node.self = 0;
		node.baseSelf = 0;
	}
}
