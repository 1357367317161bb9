import { allocate, RESULT, storeList } from '../../abi/memory';
import { linkAt, nodeCount } from './call-tree';
import { baseFactor, changeOf, isComparable } from './comparison';
import { frameAt } from './frames';
import { functionAt, functionCount } from './functions';
import { heaviest, heaviestAt, heaviestCount, lighterCount, selectHeaviest } from './heaviest';
import { baseOwnOf, ownOf } from './node-values';
import { hang, nodeAt, sumUp } from './tree-layout';
import { endUse, startUse, storeUsed, useString } from './used-strings';

/** Lists of a top list, in their order in wit/. */
export const TOP_LISTS: usize = 9;
const MAX_ROWS: u32 = 1 << 18;

/** By function. */
@unmanaged
class Sums {
	flat: f64;
	baseFlat: f64;
	cumulative: f64;
	baseCumulative: f64;
	/** How often it is on the way from the root to the node. */
	onPath: u32;
}

let sums: usize = 0;

function sumsOf(number: u32): Sums {
	return changetype<Sums>(sums + <usize>number * offsetof<Sums>());
}

function ownerOf(node: u32): u32 {
	return frameAt(linkAt(node).frame).owner;
}

function enter(number: u32, kind: u32): void {
	const node = nodeAt(number);
	const sum = sumsOf(ownerOf(number));
	sum.flat += ownOf(number, kind);
	sum.baseFlat += baseOwnOf(number, kind);
	if (sum.onPath === 0) {
		sum.cumulative += node.total;
		sum.baseCumulative += node.baseTotal;
	}
	sum.onPath++;
}

/** Walks the tree in pre-order. */
function sumFunctions(kind: u32): void {
	let number = nodeAt(0).first;
	while (number !== 0) {
		enter(number, kind);
		if (nodeAt(number).first !== 0) {
			number = nodeAt(number).first;
			continue;
		}
		while (number !== 0 && nodeAt(number).next === 0) {
			sumsOf(ownerOf(number)).onPath--;
			number = linkAt(number).parent;
		}
		if (number === 0) return;
		sumsOf(ownerOf(number)).onPath--;
		number = nodeAt(number).next;
	}
}

function select(most: u32, byCumulative: bool): void {
	const factor = baseFactor();
	const weights = allocate((<usize>functionCount()) << 3);
	for (let i: u32 = 0; i < functionCount(); i++) {
		const sum = sumsOf(i);
		const weight = byCumulative
			? sum.cumulative + sum.baseCumulative * factor
			: sum.flat + sum.baseFlat * factor;
		store<f64>(weights + ((<usize>i) << 3), weight);
	}
	selectHeaviest(weights, functionCount(), most);
	heap.free(weights);
}

/** Lowers the record `top-list` at RESULT + 8. */
export function makeTop(kind: u32, maxRows: u32, byCumulative: bool): void {
	sumUp(kind);
	for (let i = nodeCount() - 1; i > 0; i--) hang(i);
	const sumsSize = <usize>functionCount() * offsetof<Sums>();
	sums = allocate(sumsSize);
	memory.fill(sums, 0, sumsSize);
	sumFunctions(kind);
	select(min(maxRows, MAX_ROWS), byCumulative);
	writeRows();
	heap.free(heaviest);
	heap.free(sums);
	store<f64>(RESULT, nodeAt(0).total, 80);
	store<f64>(RESULT, nodeAt(0).baseTotal, 88);
	store<u32>(RESULT, lighterCount, 96);
}

function writeRows(): void {
	const length = <usize>heaviestCount;
	const compares = isComparable() && length > 0;
	const size = length << 3;
	const names = allocate(size >> 1);
	const files = allocate(size >> 1);
	const flats = allocate(size);
	const cumulatives = allocate(size);
	const baseFlats = allocate(size);
	const baseCumulatives = allocate(size);
	const changes = compares ? allocate(size) : 0;
	startUse();
	for (let i: u32 = 0; i < heaviestCount; i++) {
		const number = heaviestAt(heaviestCount - 1 - i);
		const sum = sumsOf(number);
		const at = (<usize>i) << 3;
		store<u32>(names + (at >> 1), useString(functionAt(number).name));
		store<u32>(files + (at >> 1), useString(functionAt(number).file));
		store<f64>(flats + at, sum.flat);
		store<f64>(cumulatives + at, sum.cumulative);
		store<f64>(baseFlats + at, sum.baseFlat);
		store<f64>(baseCumulatives + at, sum.baseCumulative);
		if (compares) store<f64>(changes + at, changeOf(sum.cumulative, sum.baseCumulative));
	}
	storeUsed(8);
	endUse();
	keep(24, names, length);
	keep(32, files, length);
	keep(40, flats, length);
	keep(48, cumulatives, length);
	keep(56, baseFlats, length);
	keep(64, baseCumulatives, length);
	storeList(72, changes, compares ? length : 0);
}

/** A list without elements is nobody's to free later. */
function keep(offset: usize, list: usize, length: usize): void {
	if (length === 0) heap.free(list);
	storeList(offset, list, length);
}
