import { isId, SPAN_ID_SIZE, TRACE_ID_SIZE, writeId } from './otlp-id';
import { writeEvents, writeLinks } from './otlp-span-part';
import { newest } from './otlp-times';
import { writeAttributes } from './otlp-value';
import {
	BYTES,
	cursor,
	expectType,
	FIXED32,
	FIXED64,
	field,
	hasFixed64,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	skipTo,
	takeFixed64,
	VARINT,
	varint,
	wireType,
} from './protobuf-reader';
import { writeHexText, writeText, writeU8, writeU32, writeU64 } from './row-writer';

// Span { trace_id 1; span_id 2; trace_state 3; parent_span_id 4; name 5; kind 6; start_time_unix_nano 7;
// end_time_unix_nano 8; KeyValue attributes 9; Event events 11; Link links 13; Status status 15; flags 16 }
// Status { message 2; code 3 }

const MAX_KIND: u64 = 5;
const MAX_STATUS: u64 = 2;

let start: u64 = 0;
let end: u64 = 0;
let kind: u64 = 0;
let status: u64 = 0;
let flags: u32 = 0;
/** How many there are, and where the first stands. */
let attributes: u32 = 0;
let firstAttribute: usize = 0;
let events: u32 = 0;
let firstEvent: usize = 0;
let links: u32 = 0;
let firstLink: usize = 0;
let traceId: usize = 0;
let traceIdSize: usize = 0;
let spanId: usize = 0;
let spanIdSize: usize = 0;
let parentId: usize = 0;
let parentIdSize: usize = 0;
let state: usize = 0;
let stateSize: usize = 0;
let name: usize = 0;
let nameSize: usize = 0;
let message: usize = 0;
let messageSize: usize = 0;

/** Reads the span from `cursor` to `limit`; false when it is no Span. */
export function readSpan(limit: usize): bool {
	start = end = kind = status = 0;
	flags = attributes = events = links = 0;
	traceIdSize = spanIdSize = parentIdSize = stateSize = nameSize = messageSize = 0;
	while (cursor < limit) {
		const tagStart = cursor;
		if (!readTag(limit)) return false;
		const number = field;
		if (wireType === BYTES) {
			if (number === 6 || number === 7 || number === 8 || number === 16) return expectType(VARINT, tagStart);
			if (!readLength(limit)) return false;
			const size = <usize>varint;
			const next = cursor + size;
			if (number === 15 && !readStatus(next)) return false;
			if (number === 9) {
				if (attributes === 0) firstAttribute = tagStart;
				attributes++;
			} else if (number === 11) {
				if (events === 0) firstEvent = tagStart;
				events++;
			} else if (number === 13) {
				if (links === 0) firstLink = tagStart;
				links++;
			} else keepText(number, next - size, size);
			skipTo(next);
		} else if (number === 7 || number === 8) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(limit)) return false;
			if (number === 7) start = takeFixed64();
			else end = takeFixed64();
		} else if (number === 6) {
			if (!expectType(VARINT, tagStart) || !readVarint(limit)) return false;
			kind = varint;
		} else if (number === 16) {
			if (!expectType(FIXED32, tagStart) || !skipField(limit)) return false;
			flags = load<u32>(cursor - 4);
		} else {
			if (number <= 5 || number === 9 || number === 11 || number === 13 || number === 15)
				return expectType(BYTES, tagStart);
			if (!skipField(limit)) return false;
		}
	}
	return true;
}

function keepText(number: u32, place: usize, size: usize): void {
	if (number === 1) {
		traceId = place;
		traceIdSize = size;
	} else if (number === 2) {
		spanId = place;
		spanIdSize = size;
	} else if (number === 3) {
		state = place;
		stateSize = size;
	} else if (number === 4) {
		parentId = place;
		parentIdSize = size;
	} else if (number === 5) {
		name = place;
		nameSize = size;
	}
}

function readStatus(limit: usize): bool {
	while (cursor < limit) {
		const tagStart = cursor;
		if (!readTag(limit)) return false;
		if (field === 2) {
			if (!expectType(BYTES, tagStart) || !readLength(limit)) return false;
			message = cursor;
			messageSize = <usize>varint;
			skipBytes(messageSize);
		} else if (field === 3) {
			if (!expectType(VARINT, tagStart) || !readVarint(limit)) return false;
			status = varint;
		} else if (!skipField(limit)) return false;
	}
	return true;
}

/** When it started; where that is missing, when it ended. */
export function spanTime(): u64 {
	return start !== 0 ? start : end;
}

export function hasSpanIds(): bool {
	return isId(traceId, traceIdSize, TRACE_ID_SIZE) && isId(spanId, spanIdSize, SPAN_ID_SIZE);
}

/** Writes the span that was just read, up to `limit`, without the columns of its resource and scope. */
export function writeSpan(limit: usize): bool {
	const time = spanTime();
	// Clocks that step back, and ends in the far future, must not give centuries.
	const last = min(end, newest);
	writeU64(time);
	writeU64(last > time ? last - time : 0);
	writeHexText(traceId, traceIdSize);
	writeHexText(spanId, spanIdSize);
	writeId(parentId, parentIdSize, SPAN_ID_SIZE);
	writeText(state, stateSize);
	writeU32(flags);
	writeText(name, nameSize);
	writeU8(kind > MAX_KIND ? 0 : <u32>kind);
	writeU8(status > MAX_STATUS ? 0 : <u32>status);
	writeText(message, messageSize);
	if (!writeAttributes(firstAttribute, limit, 9, attributes)) return false;
	if (!writeEvents(firstEvent, limit, 11, events, time)) return false;
	if (!writeLinks(firstLink, limit, 13, links)) return false;
	skipTo(limit);
	return true;
}
