import { createList, extend, freeList, pushU32 } from '../abi/list';
import { mix } from './mix';
import {
	BAD_REFERENCE,
	FunctionEntry,
	functionOf,
	LocationEntry,
	MappingEntry,
	mappingOf,
	textAt,
	textCount,
	textSize,
} from './pprof-index';
import {
	cursor,
	expectType,
	fail,
	field,
	nextField,
	readTag,
	readVarint,
	skipField,
	skipTo,
	TOO_MANY,
	VARINT,
	varint,
} from './protobuf-reader';
import { hexDigit } from './row-writer';

// Frames of the locations that samples name: one for each line, inlined functions before those that they are in; a
// location without lines is one frame, named by its address.

const MAX_FRAMES: u32 = 1 << 20;

/** By frame: numbers of texts, the line. */
export const frameNames = createList(4);
export const frameFiles = createList(4);
export const frameLines = createList(4);
/** By frame: says which are equal, in all profiles. */
const hashes = createList(8);
/** What the texts behind those of the profile are. */
const addresses = createList(8);

const LONGEST: usize = 18;
const digits: usize = memory.data(18, 16);

export function endFrames(): void {
	freeList(frameNames);
	freeList(frameFiles);
	freeList(frameLines);
	freeList(hashes);
	freeList(addresses);
}

export function frameHash(frame: u32): u64 {
	return load<u64>(hashes.at + ((<usize>frame) << 3));
}

/** Texts of the profile and those of addresses. */
export function allTexts(): u32 {
	return textCount() + addresses.used;
}

/** Of the text that `useText` got last. */
export let text: usize = 0;
export let textLength: usize = 0;

/** Gets a text; one of an address is gone with the next. */
export function useText(number: u32): void {
	if (number < textCount()) {
		text = textAt(number);
		textLength = textSize(number);
		return;
	}
	const address = load<u64>(addresses.at + ((<usize>(number - textCount())) << 3));
	const count: usize = address === 0 ? 1 : (67 - <usize>clz(address)) >> 2;
	store<u16>(digits, 0x7830);
	for (let i: usize = 0; i < count; i++) {
		store<u8>(digits + 2 + i, hexDigit(<u32>(address >> ((<u64>(count - 1 - i)) << 2)) & 15));
	}
	text = digits;
	textLength = count + 2;
}

/** Bytes of all texts, at most. */
export function allTextBytes(): usize {
	let sum = <usize>addresses.used * LONGEST;
	for (let i: u32 = 0; i < textCount(); i++) sum += textSize(i);
	return sum;
}

function addFrame(name: u32, file: u32, line: u32, hash: u64): void {
	pushU32(frameNames, name);
	pushU32(frameFiles, file);
	pushU32(frameLines, line);
	store<u64>(extend(hashes, 1), hash);
}

/** Fills in the frames of a location that a sample names at `at`; moves the reader. */
export function makeFrames(location: LocationEntry, at: usize): bool {
	location.firstFrame = frameNames.used;
	if (!location.hasLines) {
		if (frameNames.used === MAX_FRAMES) return refuse(TOO_MANY, at);
		let file: u32 = 0;
		if (location.mapping !== 0) {
			const found = mappingOf(location.mapping);
			if (found === 0) return refuse(BAD_REFERENCE, location.start);
			file = changetype<MappingEntry>(found).file;
		}
		store<u64>(extend(addresses, 1), location.address);
		addFrame(allTexts() - 1, file, 0, mix(location.address + 7));
		location.frameCount = 1;
		return true;
	}
	const end = location.end;
	skipTo(location.start);
	while (nextField(end, 4)) {
		if (frameNames.used === MAX_FRAMES) return refuse(TOO_MANY, at);
		if (!addLine(cursor + <usize>varint)) return false;
	}
	location.frameCount = frameNames.used - location.firstFrame;
	return true;
}

function addLine(end: usize): bool {
	let owner: usize = 0;
	let line: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (number === 2) line = varint > 0xffffffff ? 0 : <u32>varint;
		else {
			owner = functionOf(varint);
			if (owner === 0) return refuse(BAD_REFERENCE, tagStart);
		}
	}
	if (owner === 0) return refuse(BAD_REFERENCE, end);
	const entry = changetype<FunctionEntry>(owner);
	addFrame(entry.name, entry.file, line, entry.hash + line);
	return true;
}

function refuse(reason: i32, at: usize): bool {
	fail(reason, at);
	return false;
}
