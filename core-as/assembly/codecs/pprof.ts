import { mix } from './mix';
import {
	BAD_REFERENCE,
	BAD_SAMPLE,
	duration,
	endIndex,
	FunctionEntry,
	functionOf,
	indexProfile,
	LocationEntry,
	locationOf,
	MAX_TYPES,
	mappingFile,
	SAMPLE,
	textAt,
	textSize,
	time,
	typeCount,
	types,
} from './pprof-index';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	fail,
	fault,
	field,
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
import {
	hexDigit,
	overflowed,
	startOutput,
	writeBytes,
	writeText,
	writeU32,
	writeU64,
	writeVarUint,
} from './row-writer';

// Samples of a profile as rows: the columns of the prefix, start, end, types, units, values, stack_hash, functions,
// files, lines; frames leaf first, inlined functions before those that they are in.

const MAX_FRAMES: u32 = 4096;

/** Of one sample's frames: the function's entry, or 0 with the location's; the line. */
const frameFunctions: usize = memory.data(4096 * 4, 16);
const frameLocations: usize = memory.data(4096 * 4, 16);
const frameLines: usize = memory.data(4096 * 4, 16);
const values: usize = memory.data(64 * 8, 16);
const address: usize = memory.data(18, 16);

export let rows: u32 = 0;
export let start: u64 = 0;
export let end: u64 = 0;
let frames: u32 = 0;
let valueCount: u32 = 0;
let hash: u64 = 0;

/** Decodes a body into the row writer's output; FINE, or the reason it was refused (then `cursor` says where). */
export function decode(body: usize, size: usize, prefix: usize, prefixSize: usize, now: u64): i32 {
	rows = 0;
	startOutput(size);
	const fine = indexProfile(body, body + size) && writeSamples(body, body + size, prefix, prefixSize, now);
	endIndex();
	return fine ? FINE : fault;
}

function refuse(reason: i32, at: usize): bool {
	fail(reason, at);
	return false;
}

function writeSamples(body: usize, bodyEnd: usize, prefix: usize, prefixSize: usize, now: u64): bool {
	end = time === 0 ? now : time;
	start = end - min(duration, end);
	skipTo(body);
	while (cursor < bodyEnd) {
		readTag(bodyEnd);
		if (field !== SAMPLE) {
			skipField(bodyEnd);
			continue;
		}
		readLength(bodyEnd);
		const next = cursor + <usize>varint;
		const at = cursor;
		if (!readSample(next)) return false;
		if (valueCount !== typeCount) return refuse(BAD_SAMPLE, at);
		if (isAboveZero()) {
			writeBytes(prefix, prefixSize);
			writeRow();
			if (overflowed) return refuse(TOO_MANY, at);
			rows++;
		}
		skipTo(next);
	}
	return true;
}

function isAboveZero(): bool {
	for (let i: usize = 0; i < <usize>valueCount; i++) if (load<u64>(values + (i << 3)) !== 0) return true;
	return false;
}

/** Locations, values; both may be packed or not. */
function readSample(sampleEnd: usize): bool {
	frames = valueCount = 0;
	hash = 0;
	while (cursor < sampleEnd) {
		const tagStart = cursor;
		if (!readTag(sampleEnd)) return false;
		const number = field;
		if (number > 2) {
			if (!skipField(sampleEnd)) return false;
			continue;
		}
		let listEnd = sampleEnd;
		const isPacked = wireType === BYTES;
		if (isPacked) {
			if (!readLength(sampleEnd)) return false;
			listEnd = cursor + <usize>varint;
		} else if (!expectType(VARINT, tagStart)) return false;
		while (isPacked ? cursor < listEnd : listEnd === sampleEnd) {
			const at = cursor;
			if (!readVarint(listEnd)) return false;
			if (number === 1) {
				const after = cursor;
				if (!addFrames(varint, at)) return false;
				skipTo(after);
			} else if (valueCount === MAX_TYPES) return refuse(BAD_SAMPLE, at);
			else {
				store<u64>(values + ((<usize>valueCount) << 3), varint);
				valueCount++;
			}
			if (!isPacked) break;
		}
	}
	return true;
}

function addFrame(functionAt: usize, locationAt: usize, line: u32, at: usize): bool {
	if (frames === MAX_FRAMES) return refuse(TOO_MANY, at);
	const offset = (<usize>frames) << 2;
	frames++;
	store<usize>(frameFunctions + offset, functionAt);
	store<usize>(frameLocations + offset, locationAt);
	store<u32>(frameLines + offset, line);
	const own =
		functionAt !== 0
			? changetype<FunctionEntry>(functionAt).hash
			: mix(changetype<LocationEntry>(locationAt).address + 7);
	hash = mix(hash * 3 + own + line);
	return true;
}

/** The functions of a location; one without lines is a frame by its address. */
function addFrames(id: u64, at: usize): bool {
	const found = locationOf(id);
	if (found === 0) return refuse(BAD_REFERENCE, at);
	const location = changetype<LocationEntry>(found);
	if (!location.hasLines) return addFrame(0, found, 0, at);
	const locationEnd = <usize>location.end;
	skipTo(<usize>location.start);
	while (cursor < locationEnd) {
		readTag(locationEnd);
		if (field !== 4) {
			skipField(locationEnd);
			continue;
		}
		readLength(locationEnd);
		const lineEnd = cursor + <usize>varint;
		if (!readLine(lineEnd)) return false;
		if (!addFrame(lineFunction, found, lineNumber, at)) return false;
	}
	return true;
}

/** Of the line that was read last. */
let lineFunction: usize = 0;
let lineNumber: u32 = 0;

function readLine(lineEnd: usize): bool {
	lineFunction = 0;
	lineNumber = 0;
	while (cursor < lineEnd) {
		const tagStart = cursor;
		if (!readTag(lineEnd)) return false;
		const number = field;
		if (number > 2) {
			if (!skipField(lineEnd)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(lineEnd)) return false;
		if (number === 2) lineNumber = varint > 0xffffffff ? 0 : <u32>varint;
		else {
			lineFunction = functionOf(varint);
			if (lineFunction === 0) return refuse(BAD_REFERENCE, tagStart);
		}
	}
	return lineFunction !== 0 || refuse(BAD_REFERENCE, lineEnd);
}

function writeRow(): void {
	writeU64(start);
	writeU64(end);
	for (let unit: usize = 0; unit < 2; unit++) {
		writeVarUint(typeCount);
		for (let i: usize = 0; i < <usize>typeCount; i++) writeString(load<u32>(types + (i << 3) + (unit << 2)));
	}
	writeVarUint(valueCount);
	for (let i: usize = 0; i < <usize>valueCount; i++) writeU64(load<u64>(values + (i << 3)));
	writeU64(hash);
	for (let column: u32 = 0; column < 3; column++) {
		writeVarUint(frames);
		// A short stack of long names may be more than the bound: nothing is written beyond it.
		for (let i: u32 = 0; i < frames && !overflowed; i++) writeFrame(column, (<usize>i) << 2);
	}
}

function writeString(number: u32): void {
	writeText(textAt(number), textSize(number));
}

function writeFrame(column: u32, offset: usize): void {
	if (column === 2) {
		writeU32(load<u32>(frameLines + offset));
		return;
	}
	const functionAt = load<usize>(frameFunctions + offset);
	if (functionAt !== 0) {
		const entry = changetype<FunctionEntry>(functionAt);
		writeString(column === 0 ? entry.name : entry.file);
		return;
	}
	const location = changetype<LocationEntry>(load<usize>(frameLocations + offset));
	if (column === 0) writeAddress(location.address);
	else {
		const file = mappingFile(location.mapping);
		if (file === 0) writeVarUint(0);
		else writeString(file);
	}
}

/** `0x` and the hexadecimal digits of an address. */
function writeAddress(value: u64): void {
	store<u16>(address, 0x7830);
	const digits: usize = value === 0 ? 1 : (67 - <usize>clz(value)) >> 2;
	for (let i: usize = 0; i < digits; i++) {
		store<u8>(address + 2 + i, hexDigit(<u32>(value >> ((<u64>(digits - 1 - i)) << 2)) & 15));
	}
	writeText(address, digits + 2);
}
