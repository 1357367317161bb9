import { allocate } from '../abi/memory';
import {
	areInside,
	arePrefixEnds,
	attributesSize,
	fieldSize,
	writeBytesField,
	writeKeyValues,
	writeTextField,
} from './otlp-attributes';
import { ENCODED, TOO_LARGE } from './otlp-export';
import { isId, SPAN_ID_SIZE, TRACE_ID_SIZE } from './otlp-id';
import { MAX_OUTPUT, startSizedOutput, writeU8, writeU64, writeVarUint, written } from './row-writer';

// Log records and spans out of columns; what is 0 or empty is left out, as proto3 does.
//   LogRecord { time 1; severity_number 2; severity_text 3; AnyValue body 5; attributes 6; trace_id 9; span_id 10; observed_time 11 }
//   Span { trace_id 1; span_id 2; parent_span_id 4; name 5; kind 6; start 7; end 8; attributes 9; Status status 15 }   Status { code 3 }

export const LOG_IDS: usize = TRACE_ID_SIZE + SPAN_ID_SIZE;
export const SPAN_IDS: usize = TRACE_ID_SIZE + SPAN_ID_SIZE * 2;

/** Where each record of the last call ends in the output; the caller releases it where there are records. */
export let ends: usize = 0;

let text: usize = 0;
let refs: usize = 0;
let attributeEnds: usize = 0;

/** Takes the columns that both have; false when they do not fit `count` records. */
export function setAttributes(
	textAt: usize,
	textSize: usize,
	refsAt: usize,
	refCount: usize,
	endsAt: usize,
	count: usize,
): bool {
	text = textAt;
	refs = refsAt;
	attributeEnds = endsAt;
	return (
		(refCount & 3) === 0 &&
		arePrefixEnds(endsAt, count, refCount >> 2) &&
		areInside(refs, refCount >> 1, textSize)
	);
}

function firstOf(i: usize): u32 {
	return i === 0 ? 0 : load<u32>(attributeEnds + ((i - 1) << 2));
}

function behindOf(i: usize): u32 {
	return load<u32>(attributeEnds + (i << 2));
}

/** Writes `count` records into the row writer's output and `ends`; ENCODED, or TOO_LARGE (then nothing is allocated). */
export function encodeLogs(count: usize, times: usize, severities: usize, texts: usize, ids: usize): i32 {
	let total: u64 = 0;
	for (let i: usize = 0; i < count; i++) {
		total += fieldSize(logSize(i, times, severities, texts, ids));
		if (total > MAX_OUTPUT) return TOO_LARGE;
	}
	startSizedOutput(<usize>total);
	ends = allocate(count << 2);
	for (let i: usize = 0; i < count; i++) {
		writeU8(0x12);
		writeVarUint(<u32>logSize(i, times, severities, texts, ids));
		writeLog(i, times, severities, texts, ids);
		store<u32>(ends + (i << 2), <u32>written());
	}
	if (count === 0) heap.free(ends);
	return ENCODED;
}

function logSize(i: usize, times: usize, severities: usize, texts: usize, ids: usize): u64 {
	const texted = texts + (i << 4);
	const body = load<u32>(texted, 12);
	let size = attributesSize(refs, firstOf(i), behindOf(i));
	size += timeSize(times + (i << 4)) + timeSize(times + (i << 4) + 8);
	size += smallSize(severities + i) + idSize(ids + i * LOG_IDS, TRACE_ID_SIZE);
	size += idSize(ids + i * LOG_IDS + TRACE_ID_SIZE, SPAN_ID_SIZE);
	if (load<u32>(texted, 4) !== 0) size += fieldSize(load<u32>(texted, 4));
	return body === 0 ? size : size + fieldSize(fieldSize(body));
}

function writeLog(i: usize, times: usize, severities: usize, texts: usize, ids: usize): void {
	const texted = texts + (i << 4);
	writeTime(0x09, times + (i << 4));
	writeSmall(0x10, severities + i);
	if (load<u32>(texted, 4) !== 0) writeTextField(0x1a, text, texted);
	if (load<u32>(texted, 12) !== 0) {
		writeU8(0x2a);
		writeVarUint(<u32>fieldSize(load<u32>(texted, 12)));
		writeTextField(0x0a, text, texted + 8);
	}
	writeKeyValues(0x32, text, refs, firstOf(i), behindOf(i));
	writeId(0x4a, ids + i * LOG_IDS, TRACE_ID_SIZE);
	writeId(0x52, ids + i * LOG_IDS + TRACE_ID_SIZE, SPAN_ID_SIZE);
	writeTime(0x59, times + (i << 4) + 8);
}

/** As `encodeLogs`. */
export function encodeSpans(
	count: usize,
	times: usize,
	kinds: usize,
	statuses: usize,
	names: usize,
	ids: usize,
): i32 {
	let total: u64 = 0;
	for (let i: usize = 0; i < count; i++) {
		total += fieldSize(spanSize(i, times, kinds, statuses, names, ids));
		if (total > MAX_OUTPUT) return TOO_LARGE;
	}
	startSizedOutput(<usize>total);
	ends = allocate(count << 2);
	for (let i: usize = 0; i < count; i++) {
		writeU8(0x12);
		writeVarUint(<u32>spanSize(i, times, kinds, statuses, names, ids));
		writeSpan(i, times, kinds, statuses, names, ids);
		store<u32>(ends + (i << 2), <u32>written());
	}
	if (count === 0) heap.free(ends);
	return ENCODED;
}

function spanSize(i: usize, times: usize, kinds: usize, statuses: usize, names: usize, ids: usize): u64 {
	const id = ids + i * SPAN_IDS;
	const nameSize = load<u32>(names + (i << 3), 4);
	let size = attributesSize(refs, firstOf(i), behindOf(i));
	size += timeSize(times + (i << 4)) + timeSize(times + (i << 4) + 8) + smallSize(kinds + i);
	size += idSize(id, TRACE_ID_SIZE) + idSize(id + TRACE_ID_SIZE, SPAN_ID_SIZE);
	size += idSize(id + TRACE_ID_SIZE + SPAN_ID_SIZE, SPAN_ID_SIZE);
	if (nameSize !== 0) size += fieldSize(nameSize);
	const status = smallSize(statuses + i);
	return status === 0 ? size : size + fieldSize(status);
}

function writeSpan(i: usize, times: usize, kinds: usize, statuses: usize, names: usize, ids: usize): void {
	const id = ids + i * SPAN_IDS;
	writeId(0x0a, id, TRACE_ID_SIZE);
	writeId(0x12, id + TRACE_ID_SIZE, SPAN_ID_SIZE);
	writeId(0x22, id + TRACE_ID_SIZE + SPAN_ID_SIZE, SPAN_ID_SIZE);
	if (load<u32>(names + (i << 3), 4) !== 0) writeTextField(0x2a, text, names + (i << 3));
	writeSmall(0x30, kinds + i);
	writeTime(0x39, times + (i << 4));
	writeTime(0x41, times + (i << 4) + 8);
	writeKeyValues(0x4a, text, refs, firstOf(i), behindOf(i));
	const status = smallSize(statuses + i);
	if (status === 0) return;
	writeU8(0x7a);
	writeU8(<u32>status);
	writeSmall(0x18, statuses + i);
}

/** A fixed64 with its tag. */
function timeSize(at: usize): u64 {
	return load<u64>(at) === 0 ? 0 : 9;
}

function writeTime(tag: u32, at: usize): void {
	if (load<u64>(at) === 0) return;
	writeU8(tag);
	writeU64(load<u64>(at));
}

/** A varint of one byte of a column, with its tag. */
function smallSize(at: usize): u64 {
	const value = load<u8>(at);
	return value === 0 ? 0 : value < 0x80 ? 2 : 3;
}

function writeSmall(tag: u32, at: usize): void {
	if (load<u8>(at) === 0) return;
	writeU8(tag);
	writeVarUint(load<u8>(at));
}

function idSize(at: usize, size: usize): u64 {
	return isId(at, size, size) ? <u64>size + 2 : 0;
}

function writeId(tag: u32, at: usize, size: usize): void {
	if (isId(at, size, size)) writeBytesField(tag, at, size);
}
