import {
	countExemplar,
	endExemplarsOf,
	exemplarBytes,
	fillExemplar,
	finishExemplars,
	startCountingExemplars,
	startExemplars,
} from './exemplars';
import { readLabel } from './label-message';
import { LABEL_SIZE, validateLabels } from './label-set';
import { MAX_COLUMN_BYTES, MAX_LABELS, MAX_SERIES, tooMany } from './metric-bounds';
import {
	allocateColumn,
	FAULTS,
	HASHES,
	LABEL_ENDS,
	LABEL_REFS,
	releaseColumns,
	SAMPLE_ENDS,
	shortenColumn,
	startColumns,
} from './metric-columns';
import {
	countFamily,
	familyBytes,
	fillFamily,
	startCountingMetadata,
	startFamilies,
} from './metric-metadata';
import {
	countSample,
	fillPlainSample,
	fillSample,
	nextSample,
	SAMPLE_TAG,
	sampleBytes,
	startCountingSamples,
	startSamples,
} from './metric-samples';
import { isTimeFaulty, startTimes } from './metric-time';
import {
	countHistogram,
	endHistogramsOf,
	fillHistogram,
	histogramBytes,
	histogramFault,
	nextHistogram,
	startCountingHistograms,
	startHistograms,
	startHistogramsOfSeries,
} from './native-histograms';
import { arePlainLabelsValid, plainLabels, readPlainLabels } from './plain-labels';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	fault,
	field,
	readLength,
	readTag,
	skipField,
	skipTo,
	startAt,
	varint,
} from './protobuf-reader';
import { BAD_TIMESTAMP, NO_SAMPLES, VALID, worse } from './series-fault';
import { finishHashes, hashSeries, startHashes } from './series-hash';

// prometheus.WriteRequest of remote write 1.0, https://prometheus.io/docs/specs/prw/remote_write_spec/:
//   WriteRequest { TimeSeries timeseries = 1; MetricMetadata metadata = 3; }
//   TimeSeries { Label labels = 1; Sample samples = 2; Exemplar exemplars = 3; Histogram histograms = 4; }
// Two passes: the first counts, so that each column is allocated once and exactly; the second fills.
// Labels out of order are sorted, and one without a value is the same as none: senders of 1.0 in the field write both, and
// what they mean is plain. Samples and histograms in one series are let through, which only 2.0 forbids.

/** Tag of a label in a series, a message. */
const LABEL_TAG: u32 = 0x0a;

let series: u32 = 0;
let labels: u32 = 0;
let labelRefs: usize = 0;
let nextLabel: usize = 0;

/** Decodes a body into the columns; FINE, or the reason it was refused (then `cursor` says where, and nothing is allocated). */
export function decodeV1(body: usize, size: usize): i32 {
	const end = body + size;
	startColumns();
	if (!count(body, end)) return fault;
	labelRefs = allocateColumn(LABEL_REFS, labels * 4, 2);
	startSamples();
	startExemplars(series);
	startHistograms(series);
	startFamilies();
	if (!fill(body, end)) {
		releaseColumns();
		return fault;
	}
	// Labels without a value were left out.
	shortenColumn(LABEL_REFS, <u32>nextLabel * 4);
	finishExemplars();
	return FINE;
}

/** First pass: the frame of the body, down to the fields of each series. */
function count(body: usize, end: usize): bool {
	series = labels = 0;
	startCountingSamples();
	startCountingExemplars();
	startCountingHistograms();
	startCountingMetadata();
	startAt(body);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (++series > MAX_SERIES) return tooMany(tagStart);
			if (!countSeries(cursor + <usize>varint)) return false;
		} else {
			if (field === 3 && (!expectType(BYTES, tagStart) || !countFamily(tagStart))) return false;
			if (!skipField(end)) return false;
		}
	}
	const own = <u64>series * 17 + <u64>labels * LABEL_SIZE;
	const others = sampleBytes() + exemplarBytes(series) + histogramBytes(series) + familyBytes();
	return own + others > MAX_COLUMN_BYTES ? tooMany(body) : true;
}

function countSeries(end: usize): bool {
	while (cursor < end) {
		if (!countPlainLabels(end)) return false;
		if (cursor >= end) break;
		const tagStart = cursor;
		// Fast path: a sample with a length of one byte, wholly inside.
		const head = end - tagStart >= 2 ? <u32>load<u16>(tagStart) : 0x8000;
		if ((head & 0x80ff) === SAMPLE_TAG && <usize>(head >> 8) <= end - tagStart - 2) {
			if (!countSample(tagStart)) return false;
			skipTo(tagStart + 2 + <usize>(head >> 8));
			continue;
		}
		if (!readTag(end)) return false;
		if (field > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		const behind = cursor + <usize>varint;
		if (field === 1) {
			if (++labels > MAX_LABELS) return tooMany(tagStart);
			skipTo(behind);
		} else if (field === 2) {
			if (!countSample(tagStart)) return false;
			skipTo(behind);
		} else if (field === 3) {
			if (!countExemplar(behind, false)) return false;
		} else if (!countHistogram(behind, false)) return false;
	}
	return true;
}

/** Fast path: skips labels with a length of one byte that lie wholly inside. */
function countPlainLabels(end: usize): bool {
	let p = cursor;
	let seen: u32 = 0;
	while (end - p >= 2) {
		const head = <u32>load<u16>(p);
		const next = p + 2 + <usize>(head >> 8);
		if ((head & 0x80ff) !== LABEL_TAG || next > end) break;
		seen++;
		p = next;
	}
	labels += seen;
	if (labels > MAX_LABELS) return tooMany(cursor);
	skipTo(p);
	return true;
}

/** Second pass: into the columns, whose sizes are those that the first pass counted. */
function fill(body: usize, end: usize): bool {
	const hashes = allocateColumn(HASHES, series, 3);
	const faults = allocateColumn(FAULTS, series, 0);
	const labelEnds = allocateColumn(LABEL_ENDS, series, 2);
	const sampleEnds = allocateColumn(SAMPLE_ENDS, series, 2);
	let index: usize = 0;
	let firstLabel: usize = 0;
	nextLabel = 0;
	startHashes();
	startAt(body);
	while (cursor < end) {
		if (!readTag(end)) return false;
		if (field !== 1) {
			if (field !== 3) {
				if (!skipField(end)) return false;
			} else if (!readLength(end) || !fillFamily(body, cursor + <usize>varint)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		const firstSample = nextSample;
		const firstHistogram = nextHistogram;
		const behind = cursor + <usize>varint;
		skipTo(readPlainLabels(body, cursor, behind, labelRefs + nextLabel * LABEL_SIZE));
		nextLabel += plainLabels;
		startTimes();
		startHistogramsOfSeries();
		if (!fillSeries(body, behind)) return false;
		const refs = labelRefs + firstLabel * LABEL_SIZE;
		const labelCount = nextLabel - firstLabel;
		let found = arePlainLabelsValid(labelCount) ? VALID : validateLabels(body, refs, labelCount);
		if (isTimeFaulty) found = worse(found, BAD_TIMESTAMP);
		found = worse(found, histogramFault);
		if (nextSample === firstSample && nextHistogram === firstHistogram) found = worse(found, NO_SAMPLES);
		store<u8>(faults + index, found);
		hashSeries(body, refs, labelCount, hashes + (index << 3));
		store<u32>(labelEnds + (index << 2), <u32>nextLabel);
		store<u32>(sampleEnds + (index << 2), <u32>nextSample);
		endExemplarsOf(index);
		endHistogramsOf(index);
		firstLabel = nextLabel;
		index++;
	}
	finishHashes();
	return true;
}

function fillSeries(body: usize, end: usize): bool {
	while (cursor < end) {
		if (fillPlainSample(cursor, end)) continue;
		if (!readTag(end)) return false;
		if (field > 4) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		const behind = cursor + <usize>varint;
		if (field === 1) {
			const label = labelRefs + nextLabel * LABEL_SIZE;
			if (!readLabel(body, behind, label)) return false;
			// In the data model a label with an empty value is the same as no label.
			if (load<u32>(label, 12) !== 0 || load<u32>(label, 4) === 0) nextLabel++;
		} else if (field === 2) {
			if (!fillSample(behind, 0)) return false;
		} else if (field === 3) {
			if (!fillExemplar(body, behind, false)) return false;
		} else if (!fillHistogram(behind, false)) return false;
	}
	return true;
}
