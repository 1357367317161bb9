import { putFloat, putHead, putNumber, putText, start, startWriting } from './backward-writer';
import { checkColumns, MAX_MESSAGE, TOO_LARGE } from './column-check';
import { column, endOf, firstOf, isPresent, lengthOf, textOf } from './column-source';
import { histogramBound, putHistogram } from './histogram-encode';
import {
	EXEMPLAR_ENDS,
	EXEMPLAR_LABEL_ENDS,
	EXEMPLAR_LABEL_REFS,
	EXEMPLAR_TIMESTAMPS,
	EXEMPLAR_VALUES,
	EXEMPLARS,
	FAMILY_REFS,
	HELP_REFS,
	HISTOGRAM_ENDS,
	HISTOGRAMS,
	LABEL_ENDS,
	LABEL_REFS,
	METADATA,
	REF_SIZE,
	TYPES,
	UNIT_REFS,
} from './metric-columns';
import { FINE } from './protobuf-reader';
import { putSamples, sampleBound } from './sample-encode';

// prometheus.WriteRequest, backwards; remote-write-v1.ts has the fields.

const TIMESERIES: u32 = 0x0a;
const FAMILY: u32 = 0x1a;
const LABEL: u32 = 0x0a;
const EXEMPLAR: u32 = 0x1a;
const HISTOGRAM: u32 = 0x22;
const LABEL_NAME: u32 = 0x0a;
const LABEL_VALUE: u32 = 0x12;
const EXEMPLAR_VALUE: u32 = 0x11;
const EXEMPLAR_TIMESTAMP: u32 = 0x18;
const FAMILY_TYPE: u32 = 0x08;
const FAMILY_NAME: u32 = 0x12;
const FAMILY_HELP: u32 = 0x22;
const FAMILY_UNIT: u32 = 0x2a;

/** At most this many bytes a message, without its texts and lists, and a text without its bytes. */
const MESSAGE_BOUND: u64 = 32;
const TEXT_BOUND: u64 = 6;

/** Writes the opened columns; FINE, or why not. Start times and metadata by series have no place in this version. */
export function encodeV1(): i32 {
	const refused = checkColumns();
	if (refused !== FINE) return refused;
	const bound = messageBound();
	if (bound > MAX_MESSAGE) return TOO_LARGE;
	startWriting(<usize>bound);
	if (isPresent(METADATA)) putFamilies();
	for (let series = lengthOf(LABEL_ENDS); series > 0; series--) putSeries(series - 1);
	return FINE;
}

function messageBound(): u64 {
	let bound = <u64>lengthOf(LABEL_ENDS) * MESSAGE_BOUND + labelBound(LABEL_REFS) + sampleBound();
	if (isPresent(EXEMPLARS)) {
		bound += <u64>lengthOf(EXEMPLAR_VALUES) * MESSAGE_BOUND + labelBound(EXEMPLAR_LABEL_REFS);
	}
	if (isPresent(HISTOGRAMS)) bound += histogramBound();
	if (isPresent(METADATA)) {
		bound += <u64>lengthOf(TYPES) * MESSAGE_BOUND;
		bound += textBound(FAMILY_REFS) + textBound(HELP_REFS) + textBound(UNIT_REFS);
	}
	return bound;
}

function labelBound(refs: usize): u64 {
	return textBound(refs) + <u64>(lengthOf(refs) >> 2) * TEXT_BOUND;
}

function textBound(refs: usize): u64 {
	let bound: u64 = 0;
	const first = column(refs);
	const count = lengthOf(refs) >> 1;
	for (let i: usize = 0; i < count; i++) bound += <u64>load<u32>(first + i * REF_SIZE, 4) + TEXT_BOUND;
	return bound;
}

function putSeries(series: usize): void {
	const end = start;
	if (isPresent(HISTOGRAMS)) {
		const ends = column(HISTOGRAM_ENDS);
		const first = firstOf(ends, series);
		for (let i = endOf(ends, series); i > first; i--) putHistogram(i - 1, HISTOGRAM, false);
	}
	if (isPresent(EXEMPLARS)) {
		const ends = column(EXEMPLAR_ENDS);
		const first = firstOf(ends, series);
		for (let i = endOf(ends, series); i > first; i--) putExemplar(i - 1);
	}
	putSamples(series, false);
	putLabels(column(LABEL_ENDS), column(LABEL_REFS), series);
	putHead(TIMESERIES, end);
}

/** Writes the labels of item `i`; series and exemplars have them in field 1. */
function putLabels(ends: usize, refs: usize, i: usize): void {
	const first = firstOf(ends, i);
	for (let label = endOf(ends, i); label > first; label--) {
		const end = start;
		const name = refs + ((label - 1) << 4);
		putRef(LABEL_VALUE, name + REF_SIZE);
		putRef(LABEL_NAME, name);
		putHead(LABEL, end);
	}
}

function putExemplar(i: usize): void {
	const end = start;
	const time = load<f64>(column(EXEMPLAR_TIMESTAMPS) + (i << 3));
	if (time !== 0) putNumber(EXEMPLAR_TIMESTAMP, <u64>(<i64>time));
	putFloat(EXEMPLAR_VALUE, load<u64>(column(EXEMPLAR_VALUES) + (i << 3)));
	putLabels(column(EXEMPLAR_LABEL_ENDS), column(EXEMPLAR_LABEL_REFS), i);
	putHead(EXEMPLAR, end);
}

function putFamilies(): void {
	for (let i = lengthOf(FAMILY_REFS) >> 1; i > 0; i--) {
		const end = start;
		const at = (i - 1) * REF_SIZE;
		putRef(FAMILY_UNIT, column(UNIT_REFS) + at);
		putRef(FAMILY_HELP, column(HELP_REFS) + at);
		putRef(FAMILY_NAME, column(FAMILY_REFS) + at);
		const type = load<u8>(column(TYPES) + (i - 1));
		if (type !== 0) putNumber(FAMILY_TYPE, <u64>type);
		putHead(FAMILY, end);
	}
}

/** Writes a text; an empty one is the same as none. */
function putRef(tag: u32, ref: usize): void {
	const size = <usize>load<u32>(ref, 4);
	if (size !== 0) putText(tag, textOf(ref), size);
}
