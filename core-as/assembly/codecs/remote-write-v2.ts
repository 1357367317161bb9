import { countExemplar, fillExemplar } from './exemplars';
import { LABEL_SIZE } from './label-set';
import { MAX_LABELS, MAX_SERIES, MAX_SYMBOLS, tooMany } from './metric-bounds';
import {
	allocateColumn,
	LABEL_REFS,
	REF_SIZE,
	releaseColumns,
	shortenColumn,
	startColumns,
} from './metric-columns';
import {
	countDescribedSeries,
	endMetadataOf,
	fillSeriesMetadata,
	seriesMetadataBytes,
	startSeriesMetadata,
} from './metric-metadata';
import { countSample, fillPlainSample, fillSample, SAMPLE_TAG, startSamplesAt } from './metric-samples';
import { countHistogram, fillHistogram, startHistogramsAt } from './native-histograms';
import { countNumbers, readNumbers } from './packed-field';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	fail,
	fault,
	field,
	nextField,
	readLength,
	readTag,
	readVarint,
	skipField,
	skipTo,
	startAt,
	VARINT,
	varint,
} from './protobuf-reader';
import {
	areColumnsWithin,
	endSeries,
	finishFilling,
	firstHistogram,
	firstSample,
	seriesHash,
	seriesIndex,
	startCounting,
	startFilling,
	startSeries,
} from './series-columns';
import { BAD_REF, worse } from './series-fault';
import { hashSeries } from './series-hash';
import { addSymbol, releaseSymbols, resolveSeriesLabels, startSymbols, symbolBytes } from './symbols';

// io.prometheus.write.v2.Request of remote write 2.0, https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/:
//   Request { string symbols = 4; TimeSeries timeseries = 5; }
//   TimeSeries { uint32 labels_refs = 1; Sample samples = 2; Histogram histograms = 3; Exemplar exemplars = 4;
//                Metadata metadata = 5; int64 created_timestamp = 6; }
// The start time stood in field 6 of the series until the release candidates moved it into samples and histograms; both
// are read, and the one of a sample counts more. Passes: one counts, one collects the symbols, one fills the columns.
// Samples need not be in the order of their times: whoever stores them sorts.

/** After the reasons of the reader, in the order of `decode-reason` in wit/. */
export const BAD_SYMBOLS: i32 = 4;

const SYMBOLS: u32 = 4;
const TIMESERIES: u32 = 5;
const SAMPLE_START: u32 = 3;

let series: u32 = 0;
let labels: u32 = 0;
let symbols: u32 = 0;
let labelRefs: usize = 0;

/** Decodes a body into the columns; FINE, or the reason it was refused (then `cursor` says where, and nothing is allocated). */
export function decodeV2(body: usize, size: usize): i32 {
	const end = body + size;
	startColumns();
	if (!count(body, end)) return fault;
	startSymbols(symbols);
	if (!collectSymbols(body, end)) {
		releaseSymbols();
		return fault;
	}
	labelRefs = allocateColumn(LABEL_REFS, labels * 4, 2);
	startFilling(series);
	startSeriesMetadata(series);
	const isFilled = fill(body, end);
	releaseSymbols();
	if (!isFilled) {
		releaseColumns();
		return fault;
	}
	finishFilling();
	return FINE;
}

/** First pass: the frame of the body, down to the fields of each series. */
function count(body: usize, end: usize): bool {
	series = labels = symbols = 0;
	startCounting();
	startAt(body);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === TIMESERIES) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (++series > MAX_SERIES) return tooMany(tagStart);
			if (!countSeries(cursor + <usize>varint)) return false;
		} else {
			if (field === SYMBOLS) {
				if (!expectType(BYTES, tagStart)) return false;
				if (++symbols > MAX_SYMBOLS) return tooMany(tagStart);
			}
			if (!skipField(end)) return false;
		}
	}
	if (series !== 0 && symbols === 0) {
		fail(BAD_SYMBOLS, body);
		return false;
	}
	const further = symbolBytes(symbols) + seriesMetadataBytes(series);
	return areColumnsWithin(series, labels, further) ? true : tooMany(body);
}

function countSeries(end: usize): bool {
	let numbers: u32 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		// Fast path: a sample with a length of one byte, wholly inside.
		const head = end - tagStart >= 2 ? <u32>load<u16>(tagStart) : 0x8000;
		if ((head & 0x80ff) === SAMPLE_TAG && <usize>(head >> 8) <= end - tagStart - 2) {
			if (!countSample(tagStart)) return false;
			skipTo(tagStart + 2 + <usize>(head >> 8));
			continue;
		}
		if (!readTag(end)) return false;
		if (field === 1) {
			const found = countNumbers(end, tagStart);
			if (found < 0) return false;
			numbers += <u32>found;
			continue;
		}
		if (field >= 6) {
			if ((field === 6 && !expectType(VARINT, tagStart)) || !skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		const behind = cursor + <usize>varint;
		if (field === 3) {
			if (!countHistogram(behind, true)) return false;
		} else if (field === 4) {
			if (!countExemplar(behind, true)) return false;
		} else {
			if (field === 5) countDescribedSeries();
			else if (!countSample(tagStart)) return false;
			skipTo(behind);
		}
	}
	// A half label takes room until it is found out.
	labels += (numbers + 1) >> 1;
	return labels > MAX_LABELS ? tooMany(cursor) : true;
}

/** Second pass: symbols may stand behind the series that use them. The frame is known to be sound. */
function collectSymbols(body: usize, end: usize): bool {
	let isFirst: bool = true;
	startAt(body);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field !== SYMBOLS) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		if (isFirst && varint !== 0) {
			fail(BAD_SYMBOLS, tagStart);
			return false;
		}
		isFirst = false;
		addSymbol(body, cursor, <usize>varint);
		skipTo(cursor + <usize>varint);
	}
	return true;
}

/** Labels of the series that is being read: where they start, and where the next number goes. */
let firstLabel: usize = 0;
let nextNumber: usize = 0;
/** The series' own start time, 0 = none. */
let created: i64 = 0;

/** Third pass: into the columns, whose sizes are those that the first pass counted. */
function fill(body: usize, end: usize): bool {
	firstLabel = labelRefs;
	startAt(body);
	while (nextField(end, TIMESERIES)) {
		nextNumber = firstLabel;
		created = 0;
		startSeries();
		if (!fillSeries(body, cursor + <usize>varint, seriesIndex)) return false;
		startSamplesAt(firstSample, created);
		startHistogramsAt(firstHistogram, created);
		const labelCount = (nextNumber - firstLabel) / LABEL_SIZE;
		let found = resolveSeriesLabels(body, firstLabel, labelCount);
		const isHalf = (nextNumber - firstLabel) % LABEL_SIZE === REF_SIZE;
		const isDescribed = endMetadataOf(seriesIndex);
		if (isHalf || !isDescribed) found = worse(found, BAD_REF);
		hashSeries(body, firstLabel, labelCount, seriesHash());
		firstLabel += labelCount * LABEL_SIZE;
		endSeries(found, (firstLabel - labelRefs) / LABEL_SIZE, false);
	}
	if (fault !== FINE) return false;
	shortenColumn(LABEL_REFS, <u32>((firstLabel - labelRefs) >> 2));
	return true;
}

function fillSeries(body: usize, end: usize, index: usize): bool {
	while (cursor < end) {
		if (fillPlainSample(cursor, end)) continue;
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			nextNumber = readNumbers(end, tagStart, nextNumber, REF_SIZE);
			if (nextNumber === 0) return false;
		} else if (field === 6) {
			if (!readVarint(end)) return false;
			created = <i64>varint;
		} else if (field > 6) {
			if (!skipField(end)) return false;
		} else {
			if (!readLength(end)) return false;
			const behind = cursor + <usize>varint;
			if (field === 2) {
				if (!fillSample(behind, SAMPLE_START)) return false;
			} else if (field === 3) {
				if (!fillHistogram(behind, true)) return false;
			} else if (field === 4) {
				if (!fillExemplar(body, behind, true)) return false;
			} else if (!fillSeriesMetadata(behind, index)) return false;
		}
	}
	return true;
}
