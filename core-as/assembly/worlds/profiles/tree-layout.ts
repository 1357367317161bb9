import { createList, extend } from '../../abi/list';
import { linkAt, nodeCount } from './call-tree';
import { baseOwnOf, isWithoutBase, moveValues, ownOf } from './node-values';

// What an answer needs to know of each node: totals of one kind of values, and children. Made anew for each answer.

@unmanaged
export class Node {
	total: f64;
	baseTotal: f64;
	depth: u32;
	/** Its first child and next sibling, 0 for none. */
	first: u32;
	next: u32;
	/** Its number in the flame graph. */
	place: u32;
}

/** As many as nodes. */
const nodes = createList(offsetof<Node>());

export function nodeAt(number: u32): Node {
	return changetype<Node>(nodes.at + <usize>number * offsetof<Node>());
}

/** Fills in totals and depths of all nodes, for one kind of values; none has children. */
export function sumUp(kind: u32): void {
	const count = nodeCount();
	nodes.used = 0;
	memory.fill(extend(nodes, count), 0, <usize>count * offsetof<Node>());
	const hasBase = !isWithoutBase();
	for (let i: u32 = 0; i < count; i++) {
		const node = nodeAt(i);
		node.total = ownOf(i, kind);
		if (hasBase) node.baseTotal = baseOwnOf(i, kind);
		if (i > 0) node.depth = nodeAt(linkAt(i).parent).depth + 1;
	}
	for (let i = count - 1; i > 0; i--) {
		const node = nodeAt(i);
		const parent = nodeAt(linkAt(i).parent);
		parent.total += node.total;
		parent.baseTotal += node.baseTotal;
	}
}

/** Hangs a node below its parent, before what hangs there. */
export function hang(number: u32): void {
	const parent = nodeAt(linkAt(number).parent);
	nodeAt(number).next = parent.first;
	parent.first = number;
}

/** Gives the values of what has less than the share to the callers. */
export function pruneTree(kind: u32, minShare: f64): void {
	sumUp(kind);
	const least = minShare * nodeAt(0).total;
	for (let i = nodeCount() - 1; i > 0; i--) {
		const parent = linkAt(i).parent;
		// Roots of stacks name processes.
		if (parent !== 0 && nodeAt(i).total < least) moveValues(i, parent);
	}
}
