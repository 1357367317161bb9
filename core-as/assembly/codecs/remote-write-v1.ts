import { countExemplar, fillExemplar } from './exemplars';
import { readLabel } from './label-message';
import { LABEL_SIZE, validateLabels } from './label-set';
import { MAX_LABELS, MAX_SERIES, tooMany } from './metric-bounds';
import { allocateColumn, LABEL_REFS, releaseColumns, shortenColumn, startColumns } from './metric-columns';
import { countFamily, familyBytes, fillFamily, startFamilies } from './metric-metadata';
import { countSample, fillPlainSample, fillSample, SAMPLE_TAG } from './metric-samples';
import { countHistogram, fillHistogram } from './native-histograms';
import { arePlainLabelsValid, plainLabels, plainText, readPlainLabels } from './plain-labels';
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
import {
	areColumnsWithin,
	endSeries,
	finishFilling,
	seriesHash,
	startCounting,
	startFilling,
	startSeries,
} from './series-columns';
import { VALID } from './series-fault';
import { freeLane, hashLane, hashSeries } from './series-hash';

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
	startFilling(series);
	startFamilies();
	if (!fill(body, end)) {
		releaseColumns();
		return fault;
	}
	// Labels without a value were left out.
	shortenColumn(LABEL_REFS, <u32>nextLabel * 4);
	finishFilling();
	return FINE;
}

/** First pass: the frame of the body, down to the fields of each series. */
function count(body: usize, end: usize): bool {
	series = labels = 0;
	startCounting();
	startAt(body);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (++series > MAX_SERIES) return tooMany(tagStart);
			const behind = cursor + <usize>varint;
			if (!countSeries(behind)) return false;
			// Where it is already; but this way the processor need not walk a series to its end before it begins the next.
			skipTo(behind);
		} else {
			if (field === 3 && (!expectType(BYTES, tagStart) || !countFamily(tagStart))) return false;
			if (!skipField(end)) return false;
		}
	}
	return areColumnsWithin(series, labels, familyBytes()) ? true : tooMany(body);
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
	let firstLabel: usize = 0;
	nextLabel = 0;
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
		const behind = cursor + <usize>varint;
		skipTo(readPlainLabels(body, cursor, behind, labelRefs + nextLabel * LABEL_SIZE, freeLane()));
		nextLabel += plainLabels;
		startSeries();
		if (!fillSeries(body, behind)) return false;
		const refs = labelRefs + firstLabel * LABEL_SIZE;
		const labelCount = nextLabel - firstLabel;
		const isPlain = arePlainLabelsValid(labelCount);
		const found = isPlain ? VALID : validateLabels(body, refs, labelCount);
		if (isPlain) hashLane(plainText, seriesHash());
		else hashSeries(body, refs, labelCount, seriesHash());
		endSeries(found, nextLabel, true);
		skipTo(behind);
		firstLabel = nextLabel;
	}
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
