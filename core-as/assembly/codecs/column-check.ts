import { column, isPresent, isTextThere, lengthOf } from './column-source';
import { checkHistogramColumns } from './histogram-column-check';
import {
	EXEMPLAR_ENDS,
	EXEMPLAR_FAULTS,
	EXEMPLAR_LABEL_ENDS,
	EXEMPLAR_LABEL_REFS,
	EXEMPLAR_TIMESTAMPS,
	EXEMPLAR_VALUES,
	EXEMPLARS,
	FAMILY_REFS,
	HELP_REFS,
	HISTOGRAMS,
	LABEL_ENDS,
	LABEL_REFS,
	METADATA,
	REF_SIZE,
	SAMPLE_ENDS,
	START_TIMESTAMPS,
	TIMESTAMPS,
	TYPES,
	UNIT_REFS,
	VALUES,
} from './metric-columns';
import { isExactTime } from './metric-time';
import { FINE } from './protobuf-reader';

// Whether columns fit each other, so that an encoder may walk them without looking. Their meaning is not checked: what
// breaks the specification is written as it is.

/** The order is that of `encode-error` in wit/. */
export const BAD_SHAPE: i32 = 0;
export const BAD_NUMBER: i32 = 1;
export const TOO_LARGE: i32 = 2;

/** Bytes of a message, as many as a decoder is given at most: beside columns and symbols they fit into 512 MiB. */
export const MAX_MESSAGE: u64 = 128 << 20;

/** State set, the last type. */
const LAST_TYPE: u8 = 7;

/** FINE, or why the columns cannot be encoded. */
export function checkColumns(): i32 {
	const series = lengthOf(LABEL_ENDS);
	const samples = lengthOf(TIMESTAMPS);
	if (!areLabelsFit(LABEL_ENDS, LABEL_REFS)) return BAD_SHAPE;
	if (lengthOf(SAMPLE_ENDS) !== series || !areEndsFit(SAMPLE_ENDS, samples)) return BAD_SHAPE;
	if (lengthOf(VALUES) !== samples || !isOptionalFit(START_TIMESTAMPS, samples)) return BAD_SHAPE;
	if (isPresent(METADATA) && !isMetadataFit(series)) return BAD_SHAPE;
	if (!areTimesExact(TIMESTAMPS) || !areTimesExact(START_TIMESTAMPS)) return BAD_NUMBER;
	if (isPresent(EXEMPLARS)) {
		if (lengthOf(EXEMPLAR_ENDS) !== series || !areExemplarsFit()) return BAD_SHAPE;
		if (!areTimesExact(EXEMPLAR_TIMESTAMPS)) return BAD_NUMBER;
	}
	return isPresent(HISTOGRAMS) ? checkHistogramColumns(series) : FINE;
}

function areExemplarsFit(): bool {
	const exemplars = lengthOf(EXEMPLAR_TIMESTAMPS);
	return (
		areEndsFit(EXEMPLAR_ENDS, exemplars) &&
		lengthOf(EXEMPLAR_VALUES) === exemplars &&
		isOptionalFit(EXEMPLAR_FAULTS, exemplars) &&
		lengthOf(EXEMPLAR_LABEL_ENDS) === exemplars &&
		areLabelsFit(EXEMPLAR_LABEL_ENDS, EXEMPLAR_LABEL_REFS)
	);
}

function isMetadataFit(series: usize): bool {
	const entries = lengthOf(TYPES);
	const types = column(TYPES);
	for (let i: usize = 0; i < entries; i++) if (load<u8>(types + i) > LAST_TYPE) return false;
	const families = lengthOf(FAMILY_REFS);
	return (
		(families === 0 ? entries === series || entries === 0 : families === entries << 1) &&
		lengthOf(HELP_REFS) === entries << 1 &&
		lengthOf(UNIT_REFS) === entries << 1 &&
		areRefsFit(FAMILY_REFS) &&
		areRefsFit(HELP_REFS) &&
		areRefsFit(UNIT_REFS)
	);
}

function areLabelsFit(ends: usize, refs: usize): bool {
	const numbers = lengthOf(refs);
	return (numbers & 3) === 0 && areEndsFit(ends, numbers >> 2) && areRefsFit(refs);
}

function areRefsFit(refs: usize): bool {
	const first = column(refs);
	for (let i: usize = 0; i < lengthOf(refs) >> 1; i++) if (!isTextThere(first + i * REF_SIZE)) return false;
	return true;
}

/** Prefix ends that never fall and end where what they divide ends. */
export function areEndsFit(ends: usize, total: usize): bool {
	const first = column(ends);
	let last: usize = 0;
	for (let i: usize = 0; i < lengthOf(ends); i++) {
		const end = <usize>load<u32>(first + (i << 2));
		if (end < last) return false;
		last = end;
	}
	return last === total;
}

/** A list with an entry for each, or empty. */
export function isOptionalFit(list: usize, total: usize): bool {
	return lengthOf(list) === 0 || lengthOf(list) === total;
}

export function areTimesExact(list: usize): bool {
	const first = column(list);
	for (let i: usize = 0; i < lengthOf(list); i++) if (!isExactTime(load<f64>(first + (i << 3)))) return false;
	return true;
}
