import { allocate } from '../abi/memory';
import { BAD_TIMESTAMP, LABEL_SIZE, NO_SAMPLES, VALID, validateLabels } from './label-set';
import { arePlainLabelsValid, plainLabels, readPlainLabels } from './plain-labels';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	FIXED64,
	fail,
	fault,
	field,
	hasFixed64,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	skipTo,
	startAt,
	TOO_MANY,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';
import { finishHashes, hashSeries, startHashes } from './series-hash';

// prometheus.WriteRequest of remote write 1.0, https://prometheus.io/docs/specs/prw/remote_write_spec/:
//   WriteRequest { TimeSeries timeseries = 1; MetricMetadata metadata = 3; }
//   TimeSeries { Label labels = 1; Sample samples = 2; Exemplar exemplars = 3; Histogram histograms = 4; }
//   Label { string name = 1; string value = 2; }    Sample { double value = 1; int64 timestamp = 2; }
// Two passes: the first counts, so that each column is allocated once and exactly; the second fills.

/** Bounds of one body; beyond them decoding stops with TOO_MANY. Together they cost at most 178 MiB. */
const MAX_SERIES: u32 = 1 << 21;
const MAX_LABELS: u32 = 1 << 22;
const MAX_SAMPLES: u32 = 1 << 22;
const MAX_TIMESTAMP: i64 = 1 << 53;

/** Tags of fields 1 and 2 of a series, both of length-delimited type. */
const LABEL_TAG: u32 = 0x0a;
const SAMPLE_TAG: u32 = 0x12;

/** Columns of the last body that decoded. The caller releases those with a length above 0. */
export let series: u32 = 0;
export let labels: u32 = 0;
export let samples: u32 = 0;
export let hashes: usize = 0;
export let faults: usize = 0;
export let labelEnds: usize = 0;
export let labelRefs: usize = 0;
export let sampleEnds: usize = 0;
export let timestamps: usize = 0;
export let values: usize = 0;
export let histograms: u32 = 0;
export let exemplars: u32 = 0;
export let metadata: u32 = 0;

/** Decodes a body; FINE, or the reason it was refused (then `cursor` says where, and nothing is allocated). */
export function decode(body: usize, size: usize): i32 {
	const end = body + size;
	if (!count(body, end)) return fault;
	hashes = allocate(<usize>series * 8);
	faults = allocate(<usize>series);
	labelEnds = allocate(<usize>series * 4);
	sampleEnds = allocate(<usize>series * 4);
	labelRefs = allocate(<usize>labels * LABEL_SIZE);
	timestamps = allocate(<usize>samples * 8);
	values = allocate(<usize>samples * 8);
	if (fill(body, end)) {
		freeEmpty();
		return FINE;
	}
	series = labels = samples = 1;
	releaseColumns();
	return fault;
}

export function releaseColumns(): void {
	if (series !== 0) {
		heap.free(hashes);
		heap.free(faults);
		heap.free(labelEnds);
		heap.free(sampleEnds);
	}
	if (labels !== 0) heap.free(labelRefs);
	if (samples !== 0) {
		heap.free(timestamps);
		heap.free(values);
	}
}

/** The host sees no pointer of an empty column, so they end here. */
function freeEmpty(): void {
	if (series === 0) {
		heap.free(hashes);
		heap.free(faults);
		heap.free(labelEnds);
		heap.free(sampleEnds);
	}
	if (labels === 0) heap.free(labelRefs);
	if (samples === 0) {
		heap.free(timestamps);
		heap.free(values);
	}
}

/** First pass: the frame of the body, down to the fields of each series. */
function count(body: usize, end: usize): bool {
	series = labels = samples = histograms = exemplars = metadata = 0;
	startAt(body);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			if (++series > MAX_SERIES) return tooMany(tagStart);
			if (!countSeries(cursor + <usize>varint)) return false;
		} else {
			if (field === 3) {
				if (!expectType(BYTES, tagStart)) return false;
				metadata++;
			}
			if (!skipField(end)) return false;
		}
	}
	return true;
}

function countSeries(end: usize): bool {
	while (cursor < end) {
		if (!countPlainLabels(end)) return false;
		if (cursor >= end) break;
		const tagStart = cursor;
		// Fast path: a sample with a length of one byte, wholly inside.
		const head = end - tagStart >= 2 ? <u32>load<u16>(tagStart) : 0x8000;
		if ((head & 0x80ff) === SAMPLE_TAG && <usize>(head >> 8) <= end - tagStart - 2) {
			if (++samples > MAX_SAMPLES) return tooMany(tagStart);
			skipTo(tagStart + 2 + <usize>(head >> 8));
			continue;
		}
		if (!readTag(end)) return false;
		if (field <= 4) {
			if (!expectType(BYTES, tagStart)) return false;
			if (field === 1) {
				if (++labels > MAX_LABELS) return tooMany(tagStart);
			} else if (field === 2) {
				if (++samples > MAX_SAMPLES) return tooMany(tagStart);
			} else if (field === 3) exemplars++;
			else histograms++;
		}
		if (!skipField(end)) return false;
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

function tooMany(at: usize): bool {
	fail(TOO_MANY, at);
	return false;
}

let nextLabel: usize = 0;
let nextSample: usize = 0;
let timestampFault: bool = false;

/** Second pass: into the columns, whose sizes are those that the first pass counted. */
function fill(body: usize, end: usize): bool {
	nextLabel = 0;
	nextSample = 0;
	let index: usize = 0;
	let firstLabel: usize = 0;
	startHashes();
	startAt(body);
	while (cursor < end) {
		if (!readTag(end)) return false;
		if (field !== 1) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		const firstSample = nextSample;
		timestampFault = false;
		const behind = cursor + <usize>varint;
		skipTo(readPlainLabels(body, cursor, behind, labelRefs + nextLabel * LABEL_SIZE));
		nextLabel += plainLabels;
		const histogramsHere = fillSeries(body, behind);
		if (histogramsHere < 0) return false;
		const refs = labelRefs + firstLabel * LABEL_SIZE;
		const labelCount = nextLabel - firstLabel;
		let found = arePlainLabelsValid(labelCount) ? VALID : validateLabels(body, refs, labelCount);
		if (found === VALID && timestampFault) found = BAD_TIMESTAMP;
		if (found === VALID && nextSample === firstSample && histogramsHere === 0) found = NO_SAMPLES;
		store<u8>(faults + index, found);
		hashSeries(body, refs, labelCount, hashes + (index << 3));
		store<u32>(labelEnds + (index << 2), <u32>nextLabel);
		store<u32>(sampleEnds + (index << 2), <u32>nextSample);
		firstLabel = nextLabel;
		index++;
	}
	finishHashes();
	// Labels without a value were left out.
	labels = <u32>nextLabel;
	return true;
}

/** Returns the number of histograms, or -1 on a fault. */
function fillSeries(body: usize, end: usize): i32 {
	let histogramsHere = 0;
	while (cursor < end) {
		if (fillPlainSample(cursor, end)) continue;
		if (!readTag(end)) return -1;
		if (field === 1) {
			if (!readLength(end) || !fillLabel(body, cursor + <usize>varint)) return -1;
		} else if (field === 2) {
			if (!readLength(end) || !fillSample(cursor + <usize>varint)) return -1;
		} else {
			if (field === 4) histogramsHere++;
			if (!skipField(end)) return -1;
		}
	}
	return histogramsHere;
}

/**
 * Fast path: a sample as every sender writes it, `12 len 09 value 10 time` with times of 6 bytes
 * (dates from 2004 to 2109); false, and nothing done, when it is anything else.
 */
function fillPlainSample(p: usize, end: usize): bool {
	if (end - p < 18 || load<u16>(p) !== 0x1012 || load<u8>(p, 2) !== 0x09 || load<u8>(p, 11) !== 0x10)
		return false;
	// 6 groups of 7 bits: all but the last byte go on. The two bytes above them are not the sample's.
	const time = load<u64>(p, 12) & 0xffffffffffff;
	if ((time & 0x808080808080) !== 0x008080808080) return false;
	const pairs = (time & 0x007f007f007f) | ((time & 0x7f007f007f00) >> 1);
	const millis = (pairs & 0x3fff) | ((pairs >> 2) & 0xfffc000) | ((pairs >> 4) & 0x3fff0000000);
	store<u64>(values + (nextSample << 3), load<u64>(p, 3));
	store<f64>(timestamps + (nextSample << 3), <f64>millis);
	nextSample++;
	skipTo(p + 18);
	return true;
}

function fillLabel(body: usize, end: usize): bool {
	let name: usize = 0;
	let nameSize: usize = 0;
	let value: usize = 0;
	let valueSize: usize = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		if (field === 1) {
			name = cursor - body;
			nameSize = <usize>varint;
		} else {
			value = cursor - body;
			valueSize = <usize>varint;
		}
		skipBytes(<usize>varint);
	}
	// In the data model a label with an empty value is the same as no label.
	if (valueSize === 0 && nameSize !== 0) return true;
	const label = labelRefs + nextLabel * LABEL_SIZE;
	store<u32>(label, <u32>name);
	store<u32>(label, <u32>nameSize, 4);
	store<u32>(label, <u32>value, 8);
	store<u32>(label, <u32>valueSize, 12);
	nextLabel++;
	return true;
}

function fillSample(end: usize): bool {
	let value: u64 = 0;
	let time: i64 = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field === 1) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			value = takeFixed64();
		} else if (field === 2) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			time = <i64>varint;
		} else if (!skipField(end)) return false;
	}
	if (time < 0 || time >= MAX_TIMESTAMP) timestampFault = true;
	store<u64>(values + (nextSample << 3), value);
	store<f64>(timestamps + (nextSample << 3), <f64>time);
	nextSample++;
	return true;
}
