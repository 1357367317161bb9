import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { childOf, clearTree, nodeAt, pruneTree } from './call-tree';
import { FLAME_LISTS, makeFlame } from './flame';
import { clearFrames, internFrame } from './frames';
import { pprofBytes, pprofSize, writePprof } from './pprof-writer';
import { clearStrings, FULL, intern } from './strings';

const BAD_SHAPE: u8 = 0;
const NO_ROOM: u8 = 1;

clear();

function clear(): void {
	clearStrings();
	clearFrames();
	clearTree();
}

export function stack_fold_clear(): void {
	clear();
}

/** The columns of a call: eight lists, as they lie at its pointer, then the scale and the side. */
let columns: usize = 0;

const STRING_BYTES: usize = 0;
const STRING_ENDS: usize = 8;
const FRAME_NAMES: usize = 16;
const FRAME_FILES: usize = 24;
const FRAME_LINES: usize = 32;
const STACK_ENDS: usize = 40;
const STACK_FRAMES: usize = 48;
const VALUES: usize = 56;
const SCALE: usize = 64;
const BASE: usize = 72;
const CALL_SIZE: usize = 80;

function listAt(offset: usize): usize {
	return load<usize>(columns + offset);
}

function sizeOf(offset: usize): u32 {
	return load<u32>(columns + offset, 4);
}

function elementOf(offset: usize, index: u32): u32 {
	return load<u32>(listAt(offset) + ((<usize>index) << 2));
}

function rises(offset: usize, limit: u32): bool {
	let last: u32 = 0;
	for (let i: u32 = 0; i < sizeOf(offset); i++) {
		const end = elementOf(offset, i);
		if (end < last || end > limit) return false;
		last = end;
	}
	return true;
}

function isBelow(offset: usize, limit: u32): bool {
	for (let i: u32 = 0; i < sizeOf(offset); i++) {
		if (elementOf(offset, i) >= limit) return false;
	}
	return true;
}

function isSound(): bool {
	const strings = sizeOf(STRING_ENDS);
	const frames = sizeOf(FRAME_NAMES);
	return (
		sizeOf(FRAME_FILES) === frames &&
		sizeOf(FRAME_LINES) === frames &&
		sizeOf(VALUES) === sizeOf(STACK_ENDS) &&
		rises(STRING_ENDS, sizeOf(STRING_BYTES)) &&
		rises(STACK_ENDS, sizeOf(STACK_FRAMES)) &&
		isBelow(FRAME_NAMES, strings) &&
		isBelow(FRAME_FILES, strings) &&
		isBelow(STACK_FRAMES, frames)
	);
}

/** Interns the call's strings; their numbers go to `numbers`. */
function addStrings(numbers: usize): bool {
	let from: u32 = 0;
	for (let i: u32 = 0; i < sizeOf(STRING_ENDS); i++) {
		const end = elementOf(STRING_ENDS, i);
		const number = intern(listAt(STRING_BYTES) + <usize>from, <usize>(end - from));
		if (number === FULL) return false;
		store<u32>(numbers + ((<usize>i) << 2), number);
		from = end;
	}
	return true;
}

function addFrames(strings: usize, numbers: usize): bool {
	for (let i: u32 = 0; i < sizeOf(FRAME_NAMES); i++) {
		const name = load<u32>(strings + ((<usize>elementOf(FRAME_NAMES, i)) << 2));
		const file = load<u32>(strings + ((<usize>elementOf(FRAME_FILES, i)) << 2));
		const number = internFrame(name, file, elementOf(FRAME_LINES, i));
		if (number === FULL) return false;
		store<u32>(numbers + ((<usize>i) << 2), number);
	}
	return true;
}

function addStacks(frames: usize): bool {
	const scale = load<f64>(columns + SCALE);
	const isBase = load<u8>(columns + BASE) !== 0;
	let from: u32 = 0;
	for (let i: u32 = 0; i < sizeOf(STACK_ENDS); i++) {
		const end = elementOf(STACK_ENDS, i);
		const value = load<f64>(listAt(VALUES) + ((<usize>i) << 3)) * scale;
		if (value > 0 && value < Infinity) {
			let node: u32 = 0;
			for (let at = end; at > from; at--) {
				const frame = load<u32>(frames + ((<usize>elementOf(STACK_FRAMES, at - 1)) << 2));
				node = childOf(node, frame);
				if (node === FULL) return false;
			}
			if (isBase) nodeAt(node).baseSelf += value;
			else nodeAt(node).self += value;
		}
		from = end;
	}
	return true;
}

/** result<_, refusal>: discriminant at 0, the refusal at 1. */
export function stack_fold_add(call: usize): usize {
	columns = call;
	store<u8>(RESULT, 0);
	if (!isSound()) refuse(BAD_SHAPE);
	else {
		const strings = allocate((<usize>sizeOf(STRING_ENDS)) << 2);
		const frames = allocate((<usize>sizeOf(FRAME_NAMES)) << 2);
		if (!addStrings(strings) || !addFrames(strings, frames) || !addStacks(frames)) refuse(NO_ROOM);
		heap.free(strings);
		heap.free(frames);
	}
	for (let offset: usize = 0; offset < SCALE; offset += 8) release(listAt(offset), <usize>sizeOf(offset));
	release(call, CALL_SIZE);
	return RESULT;
}

function refuse(why: u8): void {
	store<u8>(RESULT, 1);
	store<u8>(RESULT, why, 1);
}

export function stack_fold_prune(minShare: f64): void {
	pruneTree(minShare);
}

export function stack_fold_flame(maxNodes: u32): usize {
	makeFlame(maxNodes);
	return RESULT;
}

export function stack_fold_flame_post(_result: usize): void {
	for (let i: usize = 0; i < FLAME_LISTS; i++) releaseList(i << 3);
}

export function stack_fold_pprof(
	kind: usize,
	kindSize: usize,
	unit: usize,
	unitSize: usize,
	time: i64,
	duration: i64,
	period: i64,
): usize {
	const kindText = intern(kind, kindSize);
	const unitText = intern(unit, unitSize);
	release(kind, kindSize);
	release(unit, unitSize);
	// Two texts more than the bound: nobody named that many.
	if (kindText === FULL || unitText === FULL) unreachable();
	if (!writePprof(kindText, unitText, time, duration, period)) unreachable();
	storeList(0, pprofBytes(), pprofSize());
	return RESULT;
}
