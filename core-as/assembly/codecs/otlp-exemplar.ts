import { LABEL_SIZE } from './label-set';
import * as columns from './metric-columns';
import { storeRef } from './metric-fill';
import * as tally from './metric-tally';
import { isId, SPAN_ID_SIZE, TRACE_ID_SIZE } from './otlp-id';
import { placeName, placeValue, placeWord, textAt, textSize } from './otlp-label-text';
import { millisOf } from './otlp-millis';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import { key, keySize, value as keyValue, readKeyValue, valueSize } from './otlp-value';
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
import { output, overflowed, writeHexDigits, written } from './row-writer';

// Exemplar { time_unix_nano 2; as_double 3; span_id 4; trace_id 5; as_int 6; filtered_attributes 7 }

/** Characters of names and values of one exemplar; with more its attributes are left out. OpenMetrics' bound. */
const MAX_CHARACTERS: usize = 128;

/** The last exemplar. */
let time: u64 = 0;
export let value: f64 = 0;
let hasValue: bool = false;
let traceId: usize = 0;
let traceIdSize: usize = 0;
let spanId: usize = 0;
let spanIdSize: usize = 0;
let attributes: u32 = 0;

/** Left out: without a value, or with texts that are none. */
export let badExemplars: u32 = 0;
let next: usize = 0;
let nextLabel: usize = 0;
let faults: usize = 0;
let labelEnds: usize = 0;
let labelRefs: usize = 0;
let timestamps: usize = 0;
let values: usize = 0;
let traceKeyAt: usize = 0;
let traceKeySize: usize = 0;
let spanKeyAt: usize = 0;
let spanKeySize: usize = 0;

/** Reads the exemplar from `cursor` to `end`; false when it is none. */
export function readExemplar(end: usize): bool {
	time = 0;
	value = 0;
	hasValue = false;
	traceIdSize = spanIdSize = 0;
	attributes = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number === 2 || number === 3 || number === 6) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			const bits = takeFixed64();
			if (number === 2) time = bits;
			else {
				value = number === 3 ? reinterpret<f64>(bits) : <f64>(<i64>bits);
				hasValue = true;
			}
		} else if (number === 4 || number === 5 || number === 7) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (number === 7) attributes++;
			else if (number === 4) {
				spanId = cursor;
				spanIdSize = <usize>varint;
			} else {
				traceId = cursor;
				traceIdSize = <usize>varint;
			}
			skipBytes(<usize>varint);
		} else if (!skipField(end)) return false;
	}
	return true;
}

/** Counts the exemplar from `cursor` to `end`. */
export function countExemplar(end: usize): bool {
	if (!readExemplar(end)) return false;
	tally.tallyExemplar(<u64>attributes + 2);
	return true;
}

export function startExemplars(): void {
	badExemplars = 0;
	next = nextLabel = 0;
	if (tally.exemplars === 0) return;
	const count = <u32>tally.exemplars;
	faults = columns.allocateColumn(columns.EXEMPLAR_FAULTS, count, 0);
	labelEnds = columns.allocateColumn(columns.EXEMPLAR_LABEL_ENDS, count, 2);
	labelRefs = columns.allocateColumn(columns.EXEMPLAR_LABEL_REFS, <u32>tally.exemplarLabels * 4, 2);
	timestamps = columns.allocateColumn(columns.EXEMPLAR_TIMESTAMPS, count, 3);
	values = columns.allocateColumn(columns.EXEMPLAR_VALUES, count, 3);
	placeWord('trace_id');
	traceKeyAt = textAt;
	traceKeySize = textSize;
	placeWord('span_id');
	spanKeyAt = textAt;
	spanKeySize = textSize;
}

/** Exemplars so far. */
export function exemplarCount(): u32 {
	return <u32>next;
}

/** Adds the exemplar from `cursor` to `end` to the series that is open; ACCEPTED also where it is left out, or BROKEN. */
export function addExemplar(end: usize): i32 {
	const start = cursor;
	if (!readExemplar(end)) return BROKEN;
	const firstLabel = nextLabel;
	let outcome: i32 = ACCEPTED;
	if (isId(traceId, traceIdSize, TRACE_ID_SIZE)) addId(traceKeyAt, traceKeySize, traceId, TRACE_ID_SIZE);
	if (isId(spanId, spanIdSize, SPAN_ID_SIZE)) addId(spanKeyAt, spanKeySize, spanId, SPAN_ID_SIZE);
	if (overflowed) return BROKEN;
	const idsOnly = nextLabel;
	if (attributes !== 0) outcome = addAttributes(start, end);
	skipTo(end);
	if (outcome === BROKEN) return BROKEN;
	if (!hasValue || outcome !== ACCEPTED) {
		nextLabel = firstLabel;
		badExemplars++;
		return ACCEPTED;
	}
	if (characters(firstLabel) > MAX_CHARACTERS) nextLabel = idsOnly;
	store<u8>(faults + next, 0);
	store<u32>(labelEnds + (next << 2), <u32>nextLabel);
	store<f64>(timestamps + (next << 3), millisOf(time));
	store<u64>(values + (next << 3), reinterpret<u64>(value));
	next++;
	return ACCEPTED;
}

function addId(keyAt: usize, size: usize, id: usize, idSize: usize): void {
	const at = written();
	writeHexDigits(id, idSize);
	addLabel(keyAt, size, at, idSize * 2);
}

function addLabel(nameAt: usize, nameSize: usize, valueAt: usize, size: usize): void {
	const label = labelRefs + nextLabel * LABEL_SIZE;
	storeRef(label, nameAt, nameSize);
	storeRef(label + 8, valueAt, size);
	nextLabel++;
}

function addAttributes(start: usize, end: usize): i32 {
	skipTo(start);
	while (nextField(end, 7)) {
		const behind = cursor + <usize>varint;
		if (!readKeyValue(behind)) return BROKEN;
		const valueAt = keyValue;
		const ofValue = valueSize;
		let outcome = placeName('', key, keySize);
		if (outcome !== ACCEPTED) return outcome;
		const nameAt = textAt;
		const nameSize = textSize;
		outcome = placeValue(valueAt, ofValue);
		if (outcome !== ACCEPTED) return outcome;
		if (textSize !== 0) addLabel(nameAt, nameSize, textAt, textSize);
		skipTo(behind);
	}
	if (fault !== FINE) return BROKEN;
	return ACCEPTED;
}

/** Unicode characters of the labels from `first` on. */
function characters(first: usize): usize {
	let sum: usize = 0;
	for (let ref = labelRefs + first * LABEL_SIZE; ref < labelRefs + nextLabel * LABEL_SIZE; ref += 8) {
		const text = output + <usize>load<u32>(ref);
		const size = <usize>load<u32>(ref, 4);
		for (let i: usize = 0; i < size; i++) {
			if ((load<u8>(text + i) & 0xc0) !== 0x80) sum++;
		}
	}
	return sum;
}

/** Lets go of the room that was not needed. */
export function finishExemplars(): void {
	if (tally.exemplars === 0) return;
	const count = <u32>next;
	columns.shortenColumn(columns.EXEMPLAR_FAULTS, count);
	columns.shortenColumn(columns.EXEMPLAR_LABEL_ENDS, count);
	columns.shortenColumn(columns.EXEMPLAR_LABEL_REFS, <u32>nextLabel * 4);
	columns.shortenColumn(columns.EXEMPLAR_TIMESTAMPS, count);
	columns.shortenColumn(columns.EXEMPLAR_VALUES, count);
	if (count !== 0) return;
	columns.shortenColumn(columns.EXEMPLAR_ENDS, 0);
	columns.absentOption(columns.EXEMPLARS);
}
