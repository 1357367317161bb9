import { allocate } from '../abi/memory';
import { hashBytes, mix } from './mix';
import {
	addId,
	createIdTable,
	endIds,
	entryAt,
	findId,
	finishIds,
	IdTable,
	MAX_ENTRIES,
	startIds,
} from './pprof-tables';
import {
	BYTES,
	cursor,
	expectType,
	fail,
	field,
	readLength,
	readTag,
	readVarint,
	skipField,
	skipTo,
	startAt,
	TOO_MANY,
	VARINT,
	varint,
} from './protobuf-reader';

// The parts of a profile that its samples refer to; messages may stand in any order, so they are counted first.
// Source: https://github.com/google/pprof/blob/main/proto/profile.proto

/** The order is that of `decode-reason` in wit/. */
export const BAD_REFERENCE: i32 = 4;
export const BAD_SAMPLE: i32 = 5;

export const SAMPLE_TYPE: u32 = 1;
export const SAMPLE: u32 = 2;
const MAPPING: u32 = 3;
const LOCATION: u32 = 4;
const FUNCTION: u32 = 5;
const STRING: u32 = 6;
const TIME: u32 = 9;
const DURATION: u32 = 10;
const PERIOD_TYPE: u32 = 11;
const PERIOD: u32 = 12;

export const MAX_TYPES: u32 = 64;
/** With what is decoded from it, an instance holds so much. */
const MAX_BODY: usize = 64 * 1024 * 1024;

/** Name, file: numbers of strings; a hash of both texts. */
@unmanaged
export class FunctionEntry {
	start: usize;
	name: u32;
	file: u32;
	hash: u64;
}

/** Its message, and what names it where it has no lines. */
@unmanaged
export class LocationEntry {
	start: usize;
	end: usize;
	address: u64;
	/** Id, 0 for none. */
	mapping: u64;
	hasLines: bool;
	/** Its frames, once a sample needed them. */
	firstFrame: u32;
	frameCount: u32;
}

@unmanaged
export class MappingEntry {
	start: usize;
	file: u32;
}

export const functions = createIdTable(offsetof<FunctionEntry>());
export const locations = createIdTable(offsetof<LocationEntry>());
export const mappings = createIdTable(offsetof<MappingEntry>());

/** Per type: number of its name and of its unit. */
export const types: usize = memory.data(64 * 8, 8);
export let typeCount: u32 = 0;
/** As a sample type. */
export const periodType: usize = memory.data(8, 8);
export let period: u64 = 0;
export let time: u64 = 0;
export let duration: u64 = 0;

export let sampleCount: u32 = 0;
/** Where the first sample's field begins, and the first run of samples ends: mostly all lie side by side. */
export let firstSample: usize = 0;
let firstRunEnd: usize = 0;

/** Two u32 a string: where its bytes are, and how many. */
let strings: usize = 0;
/** Those that messages may refer to. */
let stringCount: u32 = 0;

/** Strings with the empty one, which is there in any case. */
export function textCount(): u32 {
	return max(stringCount, 1);
}

export function textAt(number: u32): usize {
	return load<usize>(strings + ((<usize>number) << 3));
}

export function textSize(number: u32): usize {
	return load<usize>(strings + ((<usize>number) << 3), 4);
}

export function endIndex(): void {
	endIds(functions);
	endIds(locations);
	endIds(mappings);
	if (strings !== 0) heap.free(strings);
	strings = 0;
}

/** Reads all but the samples; false with the fault in the reader. */
export function indexProfile(body: usize, end: usize): bool {
	typeCount = stringCount = 0;
	time = duration = period = 0;
	sampleCount = 0;
	firstSample = firstRunEnd = end;
	store<u64>(periodType, 0);
	startAt(body);
	if (end - body > MAX_BODY) {
		fail(TOO_MANY, body);
		return false;
	}
	if (!count(end)) return false;
	stringCount = 0;
	skipTo(body);
	while (cursor < end) {
		if (cursor === firstSample) {
			skipTo(firstRunEnd);
			continue;
		}
		readTag(end);
		const isOther = field === SAMPLE || (field > STRING && field !== PERIOD_TYPE);
		if (isOther) {
			skipField(end);
			continue;
		}
		readLength(end);
		const next = cursor + <usize>varint;
		let fine: bool = true;
		if (field === STRING) addString(next);
		else if (field === MAPPING) fine = addMapping(next);
		else if (field === LOCATION) fine = addLocation(next);
		else if (field === FUNCTION) fine = addFunction(next);
		else if (field === PERIOD_TYPE) fine = readType(periodType, next);
		else fine = addType(next);
		if (!fine) return false;
		skipTo(next);
	}
	if (textSize(0) !== 0) return refuse(textAt(0));
	return idsAreFine(functions) && idsAreFine(locations) && idsAreFine(mappings) && checkTexts(end);
}

function idsAreFine(table: IdTable): bool {
	const faulty = finishIds(table);
	return faulty === 0 || refuse(faulty);
}

function refuse(at: usize): bool {
	fail(BAD_REFERENCE, at);
	return false;
}

function count(end: usize): bool {
	let functionCount: u32 = 0;
	let locationCount: u32 = 0;
	let mappingCount: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number === TIME || number === DURATION || number === PERIOD) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			if (number === TIME) time = varint;
			else if (number === DURATION) duration = varint;
			else period = varint;
			continue;
		}
		const isMessage = number <= STRING || number === PERIOD_TYPE;
		if (isMessage && !expectType(BYTES, tagStart)) return false;
		if (!skipField(end)) return false;
		if (number === SAMPLE) noteSample(tagStart);
		else if (number === STRING) stringCount++;
		else if (number === FUNCTION) functionCount++;
		else if (number === LOCATION) locationCount++;
		else if (number === MAPPING) mappingCount++;
		else if (number === SAMPLE_TYPE) typeCount++;
		if (
			max(max(stringCount, functionCount), max(locationCount, mappingCount)) > MAX_ENTRIES ||
			typeCount > MAX_TYPES
		) {
			fail(TOO_MANY, tagStart);
			return false;
		}
	}
	startIds(functions, functionCount);
	startIds(locations, locationCount);
	startIds(mappings, mappingCount);
	strings = allocate((<usize>textCount()) << 3);
	store<u64>(strings, 0);
	typeCount = 0;
	return true;
}

function noteSample(tagStart: usize): void {
	if (sampleCount === 0) firstSample = tagStart;
	if (sampleCount === 0 || firstRunEnd === tagStart) firstRunEnd = cursor;
	sampleCount++;
}

function addString(end: usize): void {
	const at = strings + ((<usize>stringCount) << 3);
	stringCount++;
	store<usize>(at, cursor);
	store<usize>(at, end - cursor, 4);
}

/** The number of a string that must exist when all are read; too large ones become one that never does. */
export function textNumber(): u32 {
	return varint >= <u64>MAX_ENTRIES ? MAX_ENTRIES : <u32>varint;
}

function addType(end: usize): bool {
	const at = types + ((<usize>typeCount) << 3);
	typeCount++;
	return readType(at, end);
}

/** A ValueType; its strings are checked when all are read. */
function readType(at: usize, end: usize): bool {
	store<u64>(at, 0);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number !== 1 && number !== 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		store<u32>(at + (number === 1 ? 0 : 4), textNumber());
	}
	return true;
}

function addMapping(end: usize): bool {
	const start = cursor;
	let id: u64 = 0;
	let file: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number !== 1 && number !== 5) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (number === 1) id = varint;
		else file = textNumber();
	}
	const entry = changetype<MappingEntry>(addId(mappings, id));
	entry.start = start;
	entry.file = file;
	return true;
}

function addFunction(end: usize): bool {
	const start = cursor;
	let id: u64 = 0;
	let name: u32 = 0;
	let systemName: u32 = 0;
	let file: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (number === 1) id = varint;
		else if (number === 2) name = textNumber();
		else if (number === 3) systemName = textNumber();
		else file = textNumber();
	}
	const entry = changetype<FunctionEntry>(addId(functions, id));
	entry.start = start;
	entry.name = name !== 0 ? name : systemName;
	entry.file = file;
	return true;
}

function addLocation(end: usize): bool {
	const start = cursor;
	let id: u64 = 0;
	let mapping: u64 = 0;
	let address: u64 = 0;
	let hasLines = false;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (number === 4) {
			if (!expectType(BYTES, tagStart) || !skipField(end)) return false;
			hasLines = true;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (number === 1) id = varint;
		else if (number === 2) mapping = varint;
		else address = varint;
	}
	const entry = changetype<LocationEntry>(addId(locations, id));
	entry.start = start;
	entry.end = end;
	entry.frameCount = 0;
	entry.address = address;
	entry.mapping = mapping;
	entry.hasLines = hasLines;
	return true;
}

/** Every text that something names is there; functions get their hashes. */
function checkTexts(end: usize): bool {
	for (let i: u32 = 0; i < typeCount * 2; i++) {
		if (load<u32>(types + ((<usize>i) << 2)) >= stringCount) return refuse(end);
	}
	if (load<u32>(periodType) >= textCount() || load<u32>(periodType, 4) >= textCount()) return refuse(end);
	for (let i: u32 = 0; i < mappings.used; i++) {
		const entry = changetype<MappingEntry>(entryAt(mappings, i));
		if (entry.file >= textCount()) return refuse(entry.start);
	}
	for (let i: u32 = 0; i < functions.used; i++) {
		const entry = changetype<FunctionEntry>(entryAt(functions, i));
		if (entry.name >= stringCount || entry.file >= stringCount) return refuse(entry.start);
		const name = hashBytes(textAt(entry.name), textSize(entry.name));
		entry.hash = mix(name + hashBytes(textAt(entry.file), textSize(entry.file)) * 3);
	}
	return true;
}

export function functionOf(id: u64): usize {
	return findId(functions, id);
}

export function locationOf(id: u64): usize {
	return findId(locations, id);
}

export function mappingOf(id: u64): usize {
	return findId(mappings, id);
}
