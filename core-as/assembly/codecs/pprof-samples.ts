import { createList, freeList, pushU32, reserve } from '../abi/list';
import { allocate } from '../abi/memory';
import { endFrames, makeFrames } from './pprof-frames';
import {
	BAD_REFERENCE,
	BAD_SAMPLE,
	firstSample,
	LocationEntry,
	locationOf,
	locations,
	MAX_TYPES,
	SAMPLE,
	sampleCount,
	typeCount,
} from './pprof-index';
import { endLabels, labelEnds, labelKeys, MAX_LABELS, readLabel } from './pprof-labels';
import {
	BYTES,
	cursor,
	expectType,
	fail,
	field,
	nextField,
	readLength,
	readTag,
	readVarint,
	skipField,
	skipTo,
	TOO_MANY,
	VARINT,
	varint,
	wireType,
} from './protobuf-reader';

// Samples of a profile as columns. Its parts are indexed before.

const MAX_SAMPLES: u32 = 1 << 21;
const MAX_VALUES: u32 = 1 << 22;
const MAX_STACK_FRAMES: u32 = 1 << 23;
/** Frames of one stack. */
const MAX_DEPTH: u32 = 4096;

/** By sample: where its frames end. */
export const stackEnds = createList(4);
/** Numbers of frames, leaf first. */
export const stackFrames = createList(4);
/** Of 64 bits, a value for each type, sample by sample. */
export const sampleValues = createList(8);

let stackStart: u32 = 0;
let valueStart: u32 = 0;

export function endSamples(): void {
	if (singles !== 0) heap.free(singles);
	singles = 0;
	endFrames();
	endLabels();
	freeList(stackEnds);
	freeList(stackFrames);
	freeList(sampleValues);
}

function refuse(reason: i32, at: usize): bool {
	fail(reason, at);
	return false;
}

/** Reads all samples, their labels if wanted; false with the fault in the reader. */
export function readSamples(bodyEnd: usize, withLabels: bool): bool {
	startSingles();
	skipTo(firstSample);
	while (stackEnds.used < sampleCount && nextField(bodyEnd, SAMPLE)) {
		const next = cursor + <usize>varint;
		const at = cursor;
		stackStart = stackFrames.used;
		valueStart = sampleValues.used;
		// Room for the longest: no check in the loops below.
		if (stackFrames.capacity - stackStart < MAX_DEPTH) reserve(stackFrames, MAX_DEPTH);
		if (sampleValues.capacity - valueStart < MAX_TYPES) reserve(sampleValues, MAX_TYPES);
		if (!readSample(next, withLabels)) return false;
		if (sampleValues.used - valueStart !== typeCount) return refuse(BAD_SAMPLE, at);
		pushU32(stackEnds, stackFrames.used);
		if (withLabels) pushU32(labelEnds, labelKeys.used);
		const fits =
			stackEnds.used <= MAX_SAMPLES &&
			stackFrames.used <= MAX_STACK_FRAMES &&
			sampleValues.used <= MAX_VALUES &&
			labelKeys.used <= MAX_LABELS;
		if (!fits) return refuse(TOO_MANY, at);
		skipTo(next);
	}
	return true;
}

/** Locations, values, both packed or not, and labels. */
function readSample(end: usize, withLabels: bool): bool {
	while (cursor < end) {
		// Fast path: packed lists shorter than 128 bytes.
		const tag = <u32>load<u8>(cursor);
		const size = <usize>load<u8>(cursor, 1);
		if ((tag === 0x0a || tag === 0x12) && size < 0x80 && end - cursor >= size + 2) {
			skipTo(cursor + 2);
			const fine = tag === 0x0a ? readLocations(cursor + size) : readValues(cursor + size);
			if (!fine) return false;
			continue;
		}
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 3 || (number === 3 && !withLabels)) {
			if (!skipField(end)) return false;
		} else if (number === 3) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			const next = cursor + <usize>varint;
			if (!readLabel(next)) return false;
		} else if (wireType === BYTES) {
			if (!readLength(end)) return false;
			const listEnd = cursor + <usize>varint;
			const fine = number === 1 ? readLocations(listEnd) : readValues(listEnd);
			if (!fine) return false;
		} else {
			const at = cursor;
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			const after = cursor;
			const fine = number === 1 ? addLocation(varint, at) : addValue(varint, at);
			if (!fine) return false;
			skipTo(after);
		}
	}
	return true;
}

/** By id: the frame of a location that has one alone, once a sample needed it; else NONE. Of dense ids only. */
let singles: usize = 0;
let singlesEnd: u64 = 0;
const NONE: u32 = 0xffffffff;

function startSingles(): void {
	singlesEnd = locations.isDense ? <u64>locations.used + 1 : 0;
	const size = (<usize>singlesEnd) << 2;
	singles = allocate(size);
	memory.fill(singles, 0xff, size);
}

function readLocations(end: usize): bool {
	const frames = singles;
	const known = singlesEnd;
	const full = stackFrames.at + ((<usize>(stackStart + MAX_DEPTH)) << 2);
	let to = stackFrames.at + ((<usize>stackFrames.used) << 2);
	let p = cursor;
	while (p < end) {
		const at = p;
		// Fast path: ids of one byte or two, without a branch between these, and locations of one frame.
		const pair = <u32>load<u16>(p);
		const more = (pair >> 7) & 1;
		let id = <u64>((pair & 0x7f) | ((pair >> 1) & 0x3f80 & (0 - more)));
		p += <usize>more + 1;
		if ((pair & 0x8080) === 0x8080 || p > end) {
			skipTo(at);
			if (!readVarint(end)) return false;
			id = varint;
			p = cursor;
		}
		const frame = id < known ? load<u32>(frames + ((<usize>id) << 2)) : NONE;
		if (frame !== NONE && to < full) {
			store<u32>(to, frame);
			to += 4;
			continue;
		}
		stackFrames.used = <u32>(to - stackFrames.at) >> 2;
		if (!addLocation(id, at)) return false;
		to = stackFrames.at + ((<usize>stackFrames.used) << 2);
	}
	stackFrames.used = <u32>(to - stackFrames.at) >> 2;
	skipTo(end);
	return true;
}

/** Adds the frames of a location; may move the reader. */
function addLocation(id: u64, at: usize): bool {
	const found = locationOf(id);
	if (found === 0) return refuse(BAD_REFERENCE, at);
	const location = changetype<LocationEntry>(found);
	if (location.frameCount === 0 && !makeFrames(location, at)) return false;
	const count = location.frameCount;
	const first = location.firstFrame;
	if (count === 1 && id < singlesEnd) store<u32>(singles + ((<usize>id) << 2), first);
	const used = stackFrames.used;
	if (used - stackStart + count > MAX_DEPTH) return refuse(TOO_MANY, at);
	const to = stackFrames.at + ((<usize>used) << 2);
	for (let i: u32 = 0; i < count; i++) store<u32>(to + ((<usize>i) << 2), first + i);
	stackFrames.used = used + count;
	return true;
}

function readValues(end: usize): bool {
	while (cursor < end) {
		const at = cursor;
		const byte = <u64>load<u8>(at);
		if (byte < 0x80) {
			// Fast path: a value of one byte.
			if (!addValue(byte, at)) return false;
			skipTo(at + 1);
		} else if (!readVarint(end) || !addValue(varint, at)) return false;
	}
	return true;
}

function addValue(value: u64, at: usize): bool {
	if (sampleValues.used - valueStart === MAX_TYPES) return refuse(BAD_SAMPLE, at);
	store<u64>(sampleValues.at + ((<usize>sampleValues.used) << 3), value);
	sampleValues.used++;
	return true;
}
