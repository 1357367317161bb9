import { allocate } from '../../abi/memory';
import { nodeAt, nodeCount } from './call-tree';
import { frameAt, frameCount, internFrame } from './frames';
import { createList, extend } from './list';
import { FULL, stringAt, stringSize } from './strings';
import { endUse, internedOf, startUse, usedStrings, useString } from './used-strings';

// google/pprof's profile.proto, https://github.com/google/pprof/blob/main/proto/profile.proto.

const out = createList(1);
/** The message that is being written inside of another. */
const inner = createList(1);
/** Ids of one sample's locations, as varints. */
const ids = createList(1);
/** By location: the frame that stands for its function. */
const owners = createList(4);

export function pprofBytes(): usize {
	return out.at;
}

export function pprofSize(): usize {
	return <usize>out.used;
}

function varint(to: usize, value: u64): usize {
	let p = to;
	let rest = value;
	while (rest >= 0x80) {
		store<u8>(p++, <u8>(rest | 0x80));
		rest >>= 7;
	}
	store<u8>(p++, <u8>rest);
	return p;
}

function innerVarint(value: u64): void {
	const at = extend(inner, 10);
	inner.used -= 10 - <u32>(varint(at, value) - at);
}

function innerNumber(field: u32, value: u64): void {
	if (value === 0) return;
	innerVarint(<u64>(field << 3));
	innerVarint(value);
}

function outVarint(value: u64): void {
	const at = extend(out, 10);
	out.used -= 10 - <u32>(varint(at, value) - at);
}

function number(field: u32, value: u64): void {
	if (value === 0) return;
	outVarint(<u64>(field << 3));
	outVarint(value);
}

function bytesField(field: u32, pointer: usize, size: usize): void {
	outVarint(<u64>((field << 3) | 2));
	outVarint(<u64>size);
	if (size > 0) memory.copy(extend(out, <u32>size), pointer, size);
}

function endInner(field: u32): void {
	bytesField(field, inner.at, <usize>inner.used);
	inner.used = 0;
}

const VALUE_TYPE_TYPE: u32 = 1;
const VALUE_TYPE_UNIT: u32 = 2;

function valueType(field: u32, kind: u32, unit: u32): void {
	innerNumber(VALUE_TYPE_TYPE, kind);
	innerNumber(VALUE_TYPE_UNIT, unit);
	endInner(field);
}

/** One sample with its stack, leaf first; locations are marked as used. */
function sample(n: u32, marks: usize): void {
	const node = nodeAt(n);
	const value = <i64>nearest(node.self);
	if (value === 0) return;
	ids.used = 0;
	for (let at = n; at !== 0; at = nodeAt(at).parent) {
		const frame = nodeAt(at).frame;
		store<u8>(marks + <usize>frame, 1);
		const place = extend(ids, 10);
		ids.used -= 10 - <u32>(varint(place, <u64>frame + 1) - place);
	}
	if (ids.used > 0) {
		innerVarint(0x0a);
		innerVarint(<u64>ids.used);
		memory.copy(extend(inner, ids.used), ids.at, <usize>ids.used);
	}
	// Values may be packed or not; one alone is as well a plain field.
	innerNumber(2, <u64>value);
	endInner(2);
}

/** False when a text does not fit any more. The bytes are at `pprofBytes` until the next call. */
export function writePprof(kind: u32, unit: u32, time: i64, duration: i64, period: i64): bool {
	out.used = 0;
	inner.used = 0;
	startUse();
	valueType(1, useString(kind), useString(unit));
	// Functions are frames without a line; those that are missing come behind the others.
	const frames = frameCount();
	const marks = allocate(<usize>frames);
	memory.fill(marks, 0, <usize>frames);
	for (let i: u32 = 0; i < nodeCount(); i++) sample(i, marks);
	let fits = true;
	owners.used = 0;
	for (let i: u32 = 0; i < frames && fits; i++) {
		if (load<u8>(marks + <usize>i) === 0) continue;
		const line = frameAt(i).line;
		const owner = line === 0 ? i : internFrame(frameAt(i).name, frameAt(i).file, 0);
		if (owner === FULL) fits = false;
		else location(i, owner, line);
	}
	heap.free(marks);
	if (fits) writeFunctions();
	// String 0 is empty.
	for (let i: u32 = 0; i < usedStrings && fits; i++) {
		const text = internedOf(i);
		bytesField(6, stringAt(text), stringSize(text));
	}
	endUse();
	number(9, <u64>time);
	number(10, <u64>duration);
	number(12, <u64>period);
	return fits;
}

function location(frame: u32, owner: u32, line: u32): void {
	store<u32>(extend(owners, 1), owner);
	innerNumber(1, <u64>frame + 1);
	const mark = inner.used;
	innerNumber(1, <u64>owner + 1);
	innerNumber(2, <u64>line);
	const size = inner.used - mark;
	// Line { function_id = 1; line = 2 } as field 4.
	const copy = allocate(<usize>size);
	memory.copy(copy, inner.at + <usize>mark, <usize>size);
	inner.used = mark;
	innerVarint(0x22);
	innerVarint(<u64>size);
	memory.copy(extend(inner, size), copy, <usize>size);
	heap.free(copy);
	endInner(4);
}

function writeFunctions(): void {
	const total = frameCount();
	const written = allocate(<usize>total);
	memory.fill(written, 0, <usize>total);
	for (let i: u32 = 0; i < owners.used; i++) {
		const owner = load<u32>(owners.at + ((<usize>i) << 2));
		if (load<u8>(written + <usize>owner) !== 0) continue;
		store<u8>(written + <usize>owner, 1);
		innerNumber(1, <u64>owner + 1);
		innerNumber(2, <u64>useString(frameAt(owner).name));
		innerNumber(4, <u64>useString(frameAt(owner).file));
		endInner(5);
	}
	heap.free(written);
}
