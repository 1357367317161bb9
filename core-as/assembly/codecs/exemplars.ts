import { readLabel } from './label-message';
import { faultOfText, LABEL_SIZE } from './label-set';
import { MAX_EXEMPLARS, MAX_LABELS, tooMany } from './metric-bounds';
import {
	allocateColumn,
	EXEMPLAR_ENDS,
	EXEMPLAR_FAULTS,
	EXEMPLAR_LABEL_ENDS,
	EXEMPLAR_LABEL_REFS,
	EXEMPLAR_TIMESTAMPS,
	EXEMPLAR_VALUES,
	EXEMPLARS,
	presentOption,
	REF_SIZE,
	shortenColumn,
} from './metric-columns';
import { TIME_LIMIT } from './metric-time';
import { countNumbers, readNumbers } from './packed-field';
import {
	BYTES,
	cursor,
	expectType,
	FIXED64,
	field,
	hasFixed64,
	readLength,
	readTag,
	readVarint,
	skipField,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';
import { BAD_REF, BAD_TIMESTAMP, EMPTY_LABEL_NAME, VALID, worse } from './series-fault';
import { resolveExemplarLabels } from './symbols';

// Exemplars of remote write. 1.0: Exemplar { Label labels = 1; double value = 2; int64 timestamp = 3; }; in 2.0 field 1
// is `repeated uint32 labels_refs`, numbers of symbols. Counted first, then filled.

let exemplars: u32 = 0;
let labels: u32 = 0;
let ends: usize = 0;
let faults: usize = 0;
let labelEnds: usize = 0;
let labelRefs: usize = 0;
let timestamps: usize = 0;
let values: usize = 0;
let next: usize = 0;
let nextLabel: usize = 0;

export function startCountingExemplars(): void {
	exemplars = labels = 0;
}

/** Counts the exemplar from the cursor to `end`. */
export function countExemplar(end: usize, hasSymbols: bool): bool {
	if (++exemplars > MAX_EXEMPLARS) return tooMany(cursor);
	let numbers: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1 && hasSymbols) {
			const count = countNumbers(end, tagStart);
			if (count < 0) return false;
			numbers += <u32>count;
		} else {
			if (field === 1) {
				if (!expectType(BYTES, tagStart)) return false;
				numbers += 2;
			}
			if (!skipField(end)) return false;
		}
	}
	// A half label takes room until it is found out.
	labels += (numbers + 1) >> 1;
	return labels > MAX_LABELS ? tooMany(cursor) : true;
}

/** Bytes that the columns take. */
export function exemplarBytes(series: u32): u64 {
	return exemplars === 0 ? 0 : <u64>series * 4 + <u64>exemplars * 21 + <u64>labels * LABEL_SIZE;
}

export function startExemplars(series: u32): void {
	next = nextLabel = 0;
	if (exemplars === 0) return;
	presentOption(EXEMPLARS);
	ends = allocateColumn(EXEMPLAR_ENDS, series, 2);
	faults = allocateColumn(EXEMPLAR_FAULTS, exemplars, 0);
	labelEnds = allocateColumn(EXEMPLAR_LABEL_ENDS, exemplars, 2);
	labelRefs = allocateColumn(EXEMPLAR_LABEL_REFS, labels * 4, 2);
	timestamps = allocateColumn(EXEMPLAR_TIMESTAMPS, exemplars, 3);
	values = allocateColumn(EXEMPLAR_VALUES, exemplars, 3);
}

export function endExemplarsOf(series: usize): void {
	if (exemplars !== 0) store<u32>(ends + (series << 2), <u32>next);
}

export function finishExemplars(): void {
	if (exemplars !== 0) shortenColumn(EXEMPLAR_LABEL_REFS, <u32>nextLabel * 4);
}

/** Reads the exemplar from the cursor to `end`. */
export function fillExemplar(body: usize, end: usize, hasSymbols: bool): bool {
	const first = labelRefs + nextLabel * LABEL_SIZE;
	let at = first;
	let value: u64 = 0;
	let time: i64 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (hasSymbols) {
				at = readNumbers(end, tagStart, at, REF_SIZE);
				if (at === 0) return false;
			} else {
				if (!readLength(end) || !readLabel(body, cursor + <usize>varint, at)) return false;
				at += LABEL_SIZE;
			}
		} else if (field === 2) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			value = takeFixed64();
		} else if (field === 3) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			time = <i64>varint;
		} else if (!skipField(end)) return false;
	}
	const count = (at - first) / LABEL_SIZE;
	let fault = hasSymbols ? resolveExemplarLabels(first, count) : faultOfLabels(body, first, count);
	if ((at - first) % LABEL_SIZE === REF_SIZE) fault = worse(fault, BAD_REF);
	if (time < 0 || time >= TIME_LIMIT) fault = worse(fault, BAD_TIMESTAMP);
	nextLabel += count;
	store<u8>(faults + next, fault);
	store<u32>(labelEnds + (next << 2), <u32>nextLabel);
	store<f64>(timestamps + (next << 3), <f64>time);
	store<u64>(values + (next << 3), value);
	next++;
	return true;
}

function faultOfLabels(body: usize, first: usize, count: usize): u8 {
	let fault = VALID;
	for (let label = first; label < first + count * LABEL_SIZE; label += LABEL_SIZE) {
		const size = <usize>load<u32>(label, 4);
		if (size === 0) fault = worse(fault, EMPTY_LABEL_NAME);
		fault = worse(fault, faultOfText(body + load<u32>(label), size, true));
		fault = worse(fault, faultOfText(body + load<u32>(label, 8), <usize>load<u32>(label, 12), false));
	}
	return fault;
}
