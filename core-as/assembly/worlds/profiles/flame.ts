import { allocate, RESULT, storeList } from '../../abi/memory';
import { Node, nodeAt, nodeCount, sumUp } from './call-tree';
import { frameAt } from './frames';
import { copyUsed, endUse, startUse, usedBytes, usedStrings, useString } from './used-strings';

/** Lists of a flame graph, in their order in wit/. */
export const FLAME_LISTS: usize = 10;

let count: u32 = 0;
let names: usize = 0;
let files: usize = 0;
let parents: usize = 0;
let depths: usize = 0;
let totals: usize = 0;
let selfs: usize = 0;
let baseTotals: usize = 0;
let baseSelfs: usize = 0;

function weight(node: Node): f64 {
	return node.total + node.baseTotal;
}

/** Nodes as heavy as `bits`, which are those of a number above 0; these rise with the numbers. */
function nodesFrom(bits: u64): u32 {
	let found: u32 = 0;
	for (let i: u32 = 1; i < nodeCount(); i++) {
		if (reinterpret<u64>(weight(nodeAt(i))) >= bits) found++;
	}
	return found;
}

/** The least weight of which there are at most `most` nodes; callees weigh no more than callers, so those hang together. */
function leastWeight(most: u32): u64 {
	let low: u64 = 1;
	let high: u64 = 0x7ff0000000000000;
	if (nodesFrom(low) <= most) return low;
	while (low + 1 < high) {
		const middle = low + (high - low) / 2;
		if (nodesFrom(middle) <= most) high = middle;
		else low = middle;
	}
	return high;
}

/** Puts the numbers at `heavy` in order, lightest first (heap sort; equal ones as they were made). */
function sortByWeight(heavy: usize, size: u32): void {
	for (let i = size >> 1; i-- > 0; ) siftDown(heavy, i, size);
	for (let end = size; end-- > 1; ) {
		const last = load<u32>(heavy + ((<usize>end) << 2));
		store<u32>(heavy + ((<usize>end) << 2), load<u32>(heavy));
		store<u32>(heavy, last);
		siftDown(heavy, 0, end);
	}
}

function siftDown(heavy: usize, from: u32, size: u32): void {
	const moved = load<u32>(heavy + ((<usize>from) << 2));
	let at = from;
	for (;;) {
		let child = at * 2 + 1;
		if (child >= size) break;
		if (child + 1 < size && lighter(numberAt(heavy, child), numberAt(heavy, child + 1))) child++;
		if (!lighter(moved, numberAt(heavy, child))) break;
		store<u32>(heavy + ((<usize>at) << 2), numberAt(heavy, child));
		at = child;
	}
	store<u32>(heavy + ((<usize>at) << 2), moved);
}

function numberAt(numbers: usize, index: u32): u32 {
	return load<u32>(numbers + ((<usize>index) << 2));
}

function lighter(a: u32, b: u32): bool {
	const left = weight(nodeAt(a));
	const right = weight(nodeAt(b));
	return left < right || (left === right && a > b);
}

/** Hangs the kept nodes below their parents, heaviest first. */
function hang(kept: u32, least: u64): void {
	const heavy = allocate((<usize>kept) << 2);
	let n: usize = 0;
	for (let i: u32 = 0; i < nodeCount(); i++) {
		const node = nodeAt(i);
		node.first = 0;
		if (i === 0 || reinterpret<u64>(weight(node)) < least) continue;
		store<u32>(heavy + (n++ << 2), i);
	}
	sortByWeight(heavy, kept);
	for (let i: u32 = 0; i < kept; i++) {
		const number = numberAt(heavy, i);
		const node = nodeAt(number);
		const parent = nodeAt(node.parent);
		node.next = parent.first;
		parent.first = number;
	}
	heap.free(heavy);
}

function write(number: u32): void {
	const node = nodeAt(number);
	const at = (<usize>count) << 2;
	const name = number === 0 ? 0 : frameAt(node.frame).name;
	const file = number === 0 ? 0 : frameAt(node.frame).file;
	store<u32>(names + at, useString(name));
	store<u32>(files + at, useString(file));
	store<u32>(parents + at, nodeAt(node.parent).place);
	store<u32>(depths + at, node.depth);
	store<f64>(totals + (at << 1), node.total);
	store<f64>(selfs + (at << 1), node.self);
	store<f64>(baseTotals + (at << 1), node.baseTotal);
	store<f64>(baseSelfs + (at << 1), node.baseSelf);
	node.place = count++;
}

/** Lowers the record `flame-graph` at RESULT. */
export function makeFlame(maxNodes: u32): void {
	sumUp();
	const all = nodesFrom(1);
	const least = leastWeight(max(maxNodes, 1) - 1);
	const kept = nodesFrom(least);
	hang(kept, least);
	const size = (<usize>kept + 1) << 2;
	names = allocate(size);
	files = allocate(size);
	parents = allocate(size);
	depths = allocate(size);
	totals = allocate(size << 1);
	selfs = allocate(size << 1);
	baseTotals = allocate(size << 1);
	baseSelfs = allocate(size << 1);
	count = 0;
	startUse();
	nodeAt(0).place = 0;
	let number: u32 = 0;
	for (;;) {
		write(number);
		let node = nodeAt(number);
		if (node.first !== 0) {
			number = node.first;
			continue;
		}
		while (number !== 0 && nodeAt(number).next === 0) number = nodeAt(number).parent;
		if (number === 0) break;
		node = nodeAt(number);
		number = node.next;
	}
	const bytes = allocate(usedBytes);
	const ends = allocate((<usize>usedStrings) << 2);
	copyUsed(bytes, ends);
	if (usedBytes === 0) heap.free(bytes);
	storeList(0, bytes, usedBytes);
	storeList(8, ends, <usize>usedStrings);
	endUse();
	const length = <usize>count;
	storeList(16, names, length);
	storeList(24, files, length);
	storeList(32, parents, length);
	storeList(40, depths, length);
	storeList(48, totals, length);
	storeList(56, selfs, length);
	storeList(64, baseTotals, length);
	storeList(72, baseSelfs, length);
	store<u32>(RESULT, all - kept, 80);
}
