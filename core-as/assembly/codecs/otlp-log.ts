import { SPAN_ID_SIZE, TRACE_ID_SIZE, writeId } from './otlp-id';
import { isKept, now } from './otlp-times';
import { writeAttributes, writeValue } from './otlp-value';
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
import { writeText, writeU8, writeU32, writeU64 } from './row-writer';

// LogRecord { time_unix_nano 1; severity_number 2; severity_text 3; AnyValue body 5; KeyValue attributes 6; flags 8;
// trace_id 9; span_id 10; observed_time_unix_nano 11; event_name 12 }

const MAX_SEVERITY: u64 = 24;

let time: u64 = 0;
let observed: u64 = 0;
let severity: u64 = 0;
let flags: u32 = 0;
/** How many there are, and where the first stands. */
let attributes: u32 = 0;
let firstAttribute: usize = 0;
let severityText: usize = 0;
let severityTextSize: usize = 0;
let body: usize = 0;
let bodySize: usize = 0;
let traceId: usize = 0;
let traceIdSize: usize = 0;
let spanId: usize = 0;
let spanIdSize: usize = 0;
let eventName: usize = 0;
let eventNameSize: usize = 0;

/** Reads the record from `cursor` to `end`; false when it is no LogRecord. */
export function readLog(end: usize): bool {
	time = observed = severity = 0;
	flags = attributes = 0;
	severityTextSize = bodySize = traceIdSize = spanIdSize = eventNameSize = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (wireType === BYTES) {
			if (field === 1 || field === 2 || field === 8 || field === 11) return expectType(VARINT, tagStart);
			const number = field;
			if (!readLength(end)) return false;
			const size = <usize>varint;
			if (number === 6) {
				if (attributes === 0) firstAttribute = tagStart;
				attributes++;
			} else if (number === 5) {
				body = cursor;
				bodySize = size;
			} else if (number === 3) {
				severityText = cursor;
				severityTextSize = size;
			} else if (number === 9) {
				traceId = cursor;
				traceIdSize = size;
			} else if (number === 10) {
				spanId = cursor;
				spanIdSize = size;
			} else if (number === 12) {
				eventName = cursor;
				eventNameSize = size;
			}
			skipBytes(size);
		} else if (field === 1 || field === 11) {
			const isTime = field === 1;
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			if (isTime) time = takeFixed64();
			else observed = takeFixed64();
		} else if (field === 2) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			severity = varint;
		} else if (field === 8) {
			if (!expectType(FIXED32, tagStart) || !skipField(end)) return false;
			flags = load<u32>(cursor - 4);
		} else {
			if ((field === 3 || field === 5 || field === 6 || field >= 9) && field <= 12)
				return expectType(BYTES, tagStart);
			if (!skipField(end)) return false;
		}
	}
	return true;
}

/** The record's own time, else when it was seen, else now. */
export function logTime(): u64 {
	return time !== 0 ? time : observed !== 0 ? observed : now;
}

/** Writes the record that was just read, up to `end`, without the columns of its resource and scope. */
export function writeLog(end: usize): bool {
	writeU64(logTime());
	writeU64(isKept(observed) ? observed : now);
	writeId(traceId, traceIdSize, TRACE_ID_SIZE);
	writeId(spanId, spanIdSize, SPAN_ID_SIZE);
	writeU32(flags);
	writeU8(severity > MAX_SEVERITY ? 0 : <u32>severity);
	writeText(severityText, severityTextSize);
	writeText(eventName, eventNameSize);
	if (!writeValue(body, bodySize)) return false;
	const fine = writeAttributes(firstAttribute, end, 6, attributes);
	if (fine) skipTo(end);
	return fine;
}
