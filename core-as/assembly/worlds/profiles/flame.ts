import { allocate, RESULT, storeList } from '../../abi/memory';
import { linkAt, nodeCount } from './call-tree';
import { baseFactor, changeOf, isComparable } from './comparison';
import { frameAt } from './frames';
import { functionAt } from './functions';
import { heaviest, heaviestAt, heaviestCount, lighterCount, selectHeaviest } from './heaviest';
import { baseOwnOf, ownOf } from './node-values';
import { hang, nodeAt, sumUp } from './tree-layout';
import { endUse, startUse, storeUsed, useString } from './used-strings';

/** Lists of a flame graph, in their order in wit/. */
export const FLAME_LISTS: usize = 11;
/** Nodes of a flame graph. */
const MAX_NODES: u32 = 1 << 18;

let count: u32 = 0;
let ofKind: u32 = 0;
let compares: bool = false;
let names: usize = 0;
let files: usize = 0;
let parents: usize = 0;
let depths: usize = 0;
let totals: usize = 0;
let selfs: usize = 0;
let baseTotals: usize = 0;
let baseSelfs: usize = 0;
let changes: usize = 0;

/** Callees weigh no more than callers, so the heaviest hang together. Equal ones below the root are in or out together. */
function select(most: u32): void {
	const factor = baseFactor();
	const weights = allocate((<usize>nodeCount()) << 3);
	for (let i: u32 = 0; i < nodeCount(); i++) {
		const node = nodeAt(i);
		store<f64>(weights + ((<usize>i) << 3), i === 0 ? 0 : node.total + node.baseTotal * factor);
	}
	selectHeaviest(weights, nodeCount(), most);
	heap.free(weights);
}

function write(number: u32): void {
	const node = nodeAt(number);
	const at = (<usize>count) << 2;
	let name: u32 = 0;
	let file: u32 = 0;
	if (number !== 0) {
		const owner = functionAt(frameAt(linkAt(number).frame).owner);
		name = owner.name;
		file = owner.file;
	}
	store<u32>(names + at, useString(name));
	store<u32>(files + at, useString(file));
	store<u32>(parents + at, nodeAt(linkAt(number).parent).place);
	store<u32>(depths + at, node.depth);
	store<f64>(totals + (at << 1), node.total);
	store<f64>(selfs + (at << 1), ownOf(number, ofKind));
	store<f64>(baseTotals + (at << 1), node.baseTotal);
	store<f64>(baseSelfs + (at << 1), baseOwnOf(number, ofKind));
	if (compares) store<f64>(changes + (at << 1), changeOf(node.total, node.baseTotal));
	node.place = count++;
}

/** Writes the kept nodes in pre-order. */
function writeNodes(): void {
	count = 0;
	let number: u32 = 0;
	while (true) {
		write(number);
		if (nodeAt(number).first !== 0) {
			number = nodeAt(number).first;
			continue;
		}
		while (number !== 0 && nodeAt(number).next === 0) number = linkAt(number).parent;
		if (number === 0) return;
		number = nodeAt(number).next;
	}
}

/** Lowers the record `flame-graph` at RESULT + 4. */
export function makeFlame(kind: u32, maxNodes: u32): void {
	ofKind = kind;
	sumUp(kind);
	compares = isComparable();
	select(min(max(maxNodes, 1), MAX_NODES) - 1);
	for (let i: u32 = 0; i < heaviestCount; i++) hang(heaviestAt(i));
	heap.free(heaviest);
	const size = (<usize>heaviestCount + 1) << 2;
	names = allocate(size);
	files = allocate(size);
	parents = allocate(size);
	depths = allocate(size);
	totals = allocate(size << 1);
	selfs = allocate(size << 1);
	baseTotals = allocate(size << 1);
	baseSelfs = allocate(size << 1);
	changes = compares ? allocate(size << 1) : 0;
	startUse();
	writeNodes();
	storeUsed(4);
	endUse();
	const length = <usize>count;
	storeList(20, names, length);
	storeList(28, files, length);
	storeList(36, parents, length);
	storeList(44, depths, length);
	storeList(52, totals, length);
	storeList(60, selfs, length);
	storeList(68, baseTotals, length);
	storeList(76, baseSelfs, length);
	storeList(84, changes, compares ? length : 0);
	store<u32>(RESULT, lighterCount, 92);
}
