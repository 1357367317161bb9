import { SPAN_ID_SIZE, TRACE_ID_SIZE, writeId } from './otlp-id';
import { newest } from './otlp-times';
import { writeAttributes } from './otlp-value';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	FIXED64,
	fault,
	field,
	hasFixed64,
	nextField,
	readLength,
	readTag,
	skipBytes,
	skipField,
	skipTo,
	takeFixed64,
	varint,
} from './protobuf-reader';
import { overflowed, writeText, writeU64, writeVarUint } from './row-writer';

// Event { time_unix_nano 1; name 2; KeyValue attributes 3 }
// Link { trace_id 1; span_id 2; trace_state 3; KeyValue attributes 4 }

/** Writes the `count` events under field `number` of a span, the first at `first`; one without a time has that of the span. */
export function writeEvents(first: usize, end: usize, number: u32, count: u32, spanTime: u64): bool {
	writeVarUint(count);
	skipTo(first);
	while (count > 0 && !overflowed && nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (!writeEvent(next, spanTime)) return false;
		skipTo(next);
		count--;
	}
	return fault === FINE;
}

function writeEvent(end: usize, spanTime: u64): bool {
	const start = cursor;
	let time: u64 = 0;
	let name: usize = 0;
	let nameSize: usize = 0;
	let attributes: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			time = takeFixed64();
		} else if (field === 2 || field === 3) {
			const isName = field === 2;
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (isName) {
				name = cursor;
				nameSize = <usize>varint;
			} else attributes++;
			skipBytes(<usize>varint);
		} else if (!skipField(end)) return false;
	}
	writeU64(time === 0 ? spanTime : min(time, newest));
	writeText(name, nameSize);
	return writeAttributes(start, end, 3, attributes);
}

/** Writes the `count` links under field `number` of a span, the first at `first`. */
export function writeLinks(first: usize, end: usize, number: u32, count: u32): bool {
	writeVarUint(count);
	skipTo(first);
	while (count > 0 && !overflowed && nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (!writeLink(next)) return false;
		skipTo(next);
		count--;
	}
	return fault === FINE;
}

function writeLink(end: usize): bool {
	const start = cursor;
	let traceId: usize = 0;
	let traceIdSize: usize = 0;
	let spanId: usize = 0;
	let spanIdSize: usize = 0;
	let state: usize = 0;
	let stateSize: usize = 0;
	let attributes: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		const size = <usize>varint;
		if (number === 1) {
			traceId = cursor;
			traceIdSize = size;
		} else if (number === 2) {
			spanId = cursor;
			spanIdSize = size;
		} else if (number === 3) {
			state = cursor;
			stateSize = size;
		} else attributes++;
		skipBytes(size);
	}
	writeId(traceId, traceIdSize, TRACE_ID_SIZE);
	writeId(spanId, spanIdSize, SPAN_ID_SIZE);
	writeText(state, stateSize);
	return writeAttributes(start, end, 4, attributes);
}
