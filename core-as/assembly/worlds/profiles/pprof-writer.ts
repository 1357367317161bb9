import { createList, freeList, List, pushU32, u32At } from '../../abi/list';
import { allocate } from '../../abi/memory';
import { linkAt, nodeCount } from './call-tree';
import { frameAt, frameCount } from './frames';
import { functionAt, functionCount } from './functions';
import { ownOf } from './node-values';
import { createMessage, writeBytes, writeMessage, writeNumber, writeVarint } from './pprof-message';
import { FULL, intern, stringAt, stringSize } from './strings';
import { endUse, internedOf, startUse, usedStrings, useString } from './used-strings';

// google/pprof's profile.proto, https://github.com/google/pprof/blob/main/proto/profile.proto. A location is a frame.
// Locations and functions are numbered from 1 on, as they are needed: readers are fastest where ids have no holes.

/** What a reader of ours takes; the buffer never gets larger than the next power of two. */
const MAX_SIZE: u32 = 64 * 1024 * 1024;
/** Sums beyond a profile's integers. */
const MAX_VALUE: f64 = 9223372036854774784.0;

const out = createMessage();
/** The message that is being written inside of another, and one inside of that. */
const inner = createMessage();
const innermost = createMessage();

/** By frame: the id of its location, 0 where no sample needs it; and the frames in the order of these ids. */
let locationIds: usize = 0;
const usedFrames = createList(4);
/** The same of functions. */
let functionIds: usize = 0;
const usedFunctions = createList(4);

/** The id of what has this number; from `used`, which has the numbers by ids, it is known how many there are. */
function idOf(ids: usize, number: u32, used: List): u32 {
	const slot = ids + ((<usize>number) << 2);
	if (load<u32>(slot) === 0) {
		pushU32(used, number);
		store<u32>(slot, used.used);
	}
	return load<u32>(slot);
}

/** True when something did not fit into `out`. */
let isFull: bool = false;

export function pprofBytes(): usize {
	return out.at;
}

export function pprofSize(): usize {
	return <usize>out.used;
}

export function freePprof(): void {
	freeList(out);
}

function writeField(field: u32, pointer: usize, size: usize): void {
	// A tag and a length take 6 bytes at most.
	if (<u64>out.used + <u64>size + 6 > <u64>MAX_SIZE) isFull = true;
	else writeBytes(out, field, pointer, size);
}

/** Writes `inner` as a field, and empties it. */
function endInner(field: u32): void {
	writeField(field, inner.at, <usize>inner.used);
	inner.used = 0;
}

/** Interns name and unit of each type; false when one does not fit any more. */
function writeTypes(texts: usize, ends: usize, count: u32): bool {
	let from: u32 = 0;
	for (let i: u32 = 0; i < count; i++) {
		const end = load<u32>(ends + ((<usize>i) << 2));
		const number = intern(texts + <usize>from, <usize>(end - from));
		if (number === FULL) return false;
		from = end;
		store<u32>(ends + ((<usize>i) << 2), number);
	}
	startUse();
	for (let i: u32 = 0; i < count; i += 2) {
		writeNumber(inner, 1, <u64>useString(load<u32>(ends + ((<usize>i) << 2))));
		writeNumber(inner, 2, <u64>useString(load<u32>(ends + ((<usize>(i + 1)) << 2))));
		endInner(1);
	}
	return true;
}

/** A value as the integer that a profile has; beyond its range, the largest. */
function rounded(node: u32, kind: u32): i64 {
	return <i64>min(nearest(ownOf(node, kind)), MAX_VALUE);
}

function writeSample(n: u32, kindCount: u32): void {
	let isEmpty = true;
	for (let kind: u32 = 0; kind < kindCount; kind++) if (rounded(n, kind) !== 0) isEmpty = false;
	if (isEmpty) return;
	for (let at = n; at !== 0; at = linkAt(at).parent) {
		writeVarint(innermost, <u64>idOf(locationIds, linkAt(at).frame, usedFrames));
	}
	if (innermost.used > 0) writeMessage(inner, 1, innermost);
	// Values may be packed or not; one alone is as well a plain field.
	if (kindCount === 1) writeNumber(inner, 2, <u64>rounded(n, 0));
	else {
		for (let kind: u32 = 0; kind < kindCount; kind++) writeVarint(innermost, <u64>rounded(n, kind));
		writeMessage(inner, 2, innermost);
	}
	endInner(2);
}

function writeLocations(): void {
	for (let i: u32 = 0; i < usedFrames.used; i++) {
		const frame = frameAt(u32At(usedFrames, i));
		writeNumber(innermost, 1, <u64>idOf(functionIds, frame.owner, usedFunctions));
		writeNumber(innermost, 2, <u64>frame.line);
		writeNumber(inner, 1, <u64>i + 1);
		writeMessage(inner, 4, innermost);
		endInner(4);
	}
}

function writeFunctions(): void {
	for (let i: u32 = 0; i < usedFunctions.used; i++) {
		const owner = functionAt(u32At(usedFunctions, i));
		writeNumber(inner, 1, <u64>i + 1);
		writeNumber(inner, 2, <u64>useString(owner.name));
		writeNumber(inner, 4, <u64>useString(owner.file));
		endInner(5);
	}
}

function zeros(count: u32): usize {
	const size = (<usize>count) << 2;
	const made = allocate(size);
	memory.fill(made, 0, size);
	return made;
}

/** False when something does not fit. The bytes are at `pprofBytes` until `freePprof`. `ends` is used up. */
export function writePprof(
	texts: usize,
	ends: usize,
	endCount: u32,
	time: i64,
	duration: i64,
	period: i64,
): bool {
	out.used = 0;
	isFull = false;
	if (!writeTypes(texts, ends, endCount)) return false;
	locationIds = zeros(frameCount());
	functionIds = zeros(functionCount());
	usedFrames.used = 0;
	usedFunctions.used = 0;
	for (let i: u32 = 0; i < nodeCount() && !isFull; i++) writeSample(i, endCount >> 1);
	if (!isFull) writeLocations();
	if (!isFull) writeFunctions();
	heap.free(locationIds);
	heap.free(functionIds);
	// String 0 is empty.
	for (let i: u32 = 0; i < usedStrings && !isFull; i++) {
		const text = internedOf(i);
		writeField(6, stringAt(text), stringSize(text));
	}
	endUse();
	writeNumber(out, 9, <u64>time);
	writeNumber(out, 10, <u64>duration);
	writeNumber(out, 12, <u64>period);
	return !isFull;
}
