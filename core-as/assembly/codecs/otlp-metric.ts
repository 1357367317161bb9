import * as fill from './metric-fill';
import * as tally from './metric-tally';
import { addClassic, readBounds } from './otlp-bounds';
import { countExemplar } from './otlp-exemplar';
import { placeBody, textAt, textOutcome, textSize } from './otlp-label-text';
import { mergeAttributes } from './otlp-labels';
import { millisOf } from './otlp-millis';
import { readExponential } from './otlp-native';
import * as point from './otlp-point';
import {
	ACCEPTED,
	BAD_NAME,
	BAD_TEMPORALITY,
	BAD_TIME,
	BROKEN,
	NO_VALUE,
	noteOutcome,
} from './otlp-rejection';
import * as series from './otlp-series';
import { suffixes, writeMetricName, writeWord } from './prometheus-name';
import { joinUnit, mainSize, mainUnit } from './prometheus-unit';
import {
	BYTES,
	cursor,
	expectType,
	FINE,
	fault,
	field,
	nextField,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	skipTo,
	VARINT,
	varint,
} from './protobuf-reader';
import { overflowed, writeAgain, writeBytes, written } from './row-writer';

// Metric { name 1; description 2; unit 3; data: Gauge 5, Sum 7, Histogram 9, ExponentialHistogram 10, Summary 11 }
// Each of these { points 1; AggregationTemporality aggregation_temporality 2; bool is_monotonic 3 }, as far as it has them.

const GAUGE: u32 = 5;
const SUM: u32 = 7;
const DELTA: u32 = 1;
const CUMULATIVE: u32 = 2;

/** Types of wit/codexray-core/metric-columns.wit. */
const COUNTER_TYPE: u32 = 1;
const GAUGE_TYPE: u32 = 2;
const HISTOGRAM_TYPE: u32 = 3;
const SUMMARY_TYPE: u32 = 5;

/** The last metric. */
let name: usize = 0;
let nameSize: usize = 0;
let help: usize = 0;
let helpSize: usize = 0;
let unit: usize = 0;
let unitSize: usize = 0;
let data: u32 = 0;
let dataAt: usize = 0;
let dataSize: usize = 0;
let kind: u32 = 0;
let temporality: u32 = 0;
let isMonotonic: bool = false;
/** What is wrong with its name. */
let nameOutcome: i32 = ACCEPTED;
let isDescribed: bool = false;

export let customBuckets: bool = false;
/** What is wrong with the labels of its resource and scope. */
let headOutcome: i32 = ACCEPTED;
/** Times of accepted points since `startRange`, milliseconds; none: the first is above the last. */
export let earliest: f64 = 0;
export let latest: f64 = 0;

export function setCustomBuckets(wanted: bool): void {
	customBuckets = wanted;
}

export function setHeadOutcome(outcome: i32): void {
	headOutcome = outcome;
}

export function startRange(): void {
	earliest = Infinity;
	latest = 0;
}

/** Reads the metric from `cursor` to `end`; false when it is none. Of several data the last one counts. */
function readMetric(end: usize): bool {
	nameSize = helpSize = unitSize = 0;
	data = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 11 || number === 4 || number === 6 || number === 8) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		const size = <usize>varint;
		if (number === 1) {
			name = cursor;
			nameSize = size;
		} else if (number === 2) {
			help = cursor;
			helpSize = size;
		} else if (number === 3) {
			unit = cursor;
			unitSize = size;
		} else {
			data = number;
			dataAt = cursor;
			dataSize = size;
		}
		skipBytes(size);
	}
	kind = data <= SUM ? point.NUMBER : data - 8;
	return data === 0 || readTemporality();
}

function readTemporality(): bool {
	temporality = 0;
	isMonotonic = false;
	const hasTemporality = data !== GAUGE && kind !== point.SUMMARY;
	const end = dataAt + dataSize;
	skipTo(dataAt);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (hasTemporality && (number === 2 || (number === 3 && data === SUM))) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			if (number === 2) temporality = <u32>varint;
			else isMonotonic = varint !== 0;
		} else if (number === 1) {
			if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
			skipBytes(<usize>varint);
		} else if (!skipField(end)) return false;
	}
	return true;
}

/** Counts what the metric from `cursor` to `end` may become; `heads`: labels of its resource and scope. */
export function tallyMetric(end: usize, heads: u64): bool {
	if (!readMetric(end)) return false;
	tally.tallyMetric();
	return eachPoint(false, heads);
}

/** Adds the metric from `cursor` to `end`. */
export function fillMetric(end: usize): bool {
	if (!readMetric(end)) return false;
	isDescribed = false;
	if (data === 0) return true;
	nameOutcome = placeNames();
	return nameOutcome !== BROKEN && eachPoint(true, 0);
}

function eachPoint(isFilling: bool, heads: u64): bool {
	if (data === 0) return true;
	const end = dataAt + dataSize;
	skipTo(dataAt);
	while (nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (isFilling ? !noteOutcome(fillPoint(next)) : !tallyPoint(next, heads)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

function tallyPoint(end: usize, heads: u64): bool {
	const start = cursor;
	if (!point.readPoint(kind, end)) return false;
	if (point.start !== 0 && data !== GAUGE) tally.tallyStart();
	const labels = heads + <u64>point.attributes + 1;
	if (kind === point.NUMBER) tally.tallySeries(1, labels, 1);
	else if (kind === point.SUMMARY) {
		tally.tallySeries(<u64>point.quantiles + 2, labels + 1, <u64>point.quantiles + 2);
	} else if (kind === point.EXPONENTIAL) {
		const positives = point.countBuckets(point.positive, point.positiveSize);
		if (positives < 0) return false;
		const negatives = point.countBuckets(point.negative, point.negativeSize);
		if (negatives < 0) return false;
		tally.tallySeries(1, labels, 0);
		tally.tallyHistogram(<u64>positives + <u64>negatives, 2, 0);
	} else {
		const bounds = <u64>point.explicitBounds;
		tally.tallyBuckets(point.bucketCounts, bounds);
		if (customBuckets) {
			tally.tallySeries(1, labels, 0);
			tally.tallyHistogram(max(<u64>point.bucketCounts, 1), 1, bounds);
		} else tally.tallySeries(bounds + 3, labels + 1, bounds + 3);
	}
	if (kind !== point.SUMMARY && !tallyExemplars(start, end)) return false;
	return tally.isTallyWithin(start);
}

function tallyExemplars(start: usize, end: usize): bool {
	tally.tallyPointExemplars(point.exemplars);
	if (point.exemplars === 0) return true;
	const number = point.exemplarsField(kind);
	skipTo(start);
	while (nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (!countExemplar(next)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

function fillPoint(end: usize): i32 {
	const start = cursor;
	if (!point.readPoint(kind, end)) return BROKEN;
	const isDelta = temporality === DELTA;
	if (nameOutcome !== ACCEPTED) return nameOutcome;
	if (data !== GAUGE && kind !== point.SUMMARY && !isDelta && temporality !== CUMULATIVE)
		return BAD_TEMPORALITY;
	if (point.time === 0) return BAD_TIME;
	let outcome: i32 = ACCEPTED;
	if (kind === point.NUMBER) outcome = point.hasValue || point.isStale ? ACCEPTED : NO_VALUE;
	else if (kind === point.EXPONENTIAL) outcome = readExponential();
	else if (kind === point.HISTOGRAM) outcome = readBounds(start, end, customBuckets);
	if (outcome === ACCEPTED) outcome = headOutcome;
	if (outcome === ACCEPTED) outcome = mergeAttributes(point.attributesField(kind), start, end);
	if (outcome !== ACCEPTED) return outcome;
	if (!isDescribed) describe();
	const millis = millisOf(point.time);
	earliest = min(earliest, millis);
	latest = max(latest, millis);
	if (kind === point.NUMBER) {
		outcome = series.addNumber(start, end, data === GAUGE, isMonotonic, isDelta);
	} else if (kind === point.SUMMARY) outcome = series.addSummary(start, end);
	else if (kind === point.HISTOGRAM && !customBuckets) outcome = addClassic(start, end, isDelta);
	else outcome = series.addNative(kind, start, end, point.explicitBounds, isDelta);
	return overflowed ? BROKEN : outcome;
}

/** Makes the names of the metric's series, and says what is wrong with them. */
function placeNames(): i32 {
	let outcome = textOutcome(name, nameSize, true);
	if (outcome !== ACCEPTED) return outcome;
	if (suffixes) outcome = textOutcome(unit, unitSize, true);
	if (outcome !== ACCEPTED) return outcome;
	const at = written();
	const isCounter = data === SUM && isMonotonic;
	if (!writeMetricName(name, nameSize, unit, unitSize, isCounter, data === GAUGE)) return BAD_NAME;
	if (overflowed) return BROKEN;
	const size = written() - at;
	fill.storeRef(series.names + series.PLAIN, at, size);
	if (kind === point.HISTOGRAM || kind === point.SUMMARY) {
		placeSuffixed(series.BUCKET, at, size, '_bucket');
		placeSuffixed(series.SUM, at, size, '_sum');
		placeSuffixed(series.COUNT, at, size, '_count');
	}
	return overflowed ? BROKEN : ACCEPTED;
}

function placeSuffixed(which: usize, at: usize, size: usize, suffix: string): void {
	const place = written();
	writeAgain(at, size);
	writeWord(suffix);
	fill.storeRef(series.names + which, place, written() - place);
}

/** The unit has the words that it has in names; without suffixes it stays as it is. */
function describe(): void {
	isDescribed = true;
	let unitAt = written();
	let size = unitSize;
	if (suffixes) {
		joinUnit();
		writeBytes(mainUnit, mainSize);
		size = mainSize;
	} else {
		placeBody(unit, textOutcome(unit, unitSize, false) === ACCEPTED ? unitSize : 0);
		unitAt = textAt;
		size = textSize;
	}
	const isHelp = textOutcome(help, helpSize, false) === ACCEPTED;
	placeBody(help, isHelp ? helpSize : 0);
	const plain = series.names + series.PLAIN;
	fill.addMetadata(
		<usize>load<u32>(plain),
		<usize>load<u32>(plain, 4),
		typeOf(),
		textAt,
		textSize,
		unitAt,
		size,
	);
}

function typeOf(): u32 {
	if (kind === point.NUMBER) return data === SUM && isMonotonic ? COUNTER_TYPE : GAUGE_TYPE;
	return kind === point.SUMMARY ? SUMMARY_TYPE : HISTOGRAM_TYPE;
}
