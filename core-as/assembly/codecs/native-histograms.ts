import { checkHistogram, HistogramParts } from './histogram-check';
import { fillLists, isCountOff, MAX_INTEGER } from './histogram-lists';
import * as message from './histogram-message';
import { MAX_BUCKETS, MAX_HISTOGRAMS, tooMany } from './metric-bounds';
import {
	allocateColumn,
	BUCKET_COUNTS,
	BUCKET_ENDS,
	COUNTS,
	CUSTOM_ENDS,
	CUSTOM_VALUES,
	HISTOGRAM_ENDS,
	HISTOGRAM_START_TIMESTAMPS,
	HISTOGRAM_TIMESTAMPS,
	HISTOGRAMS,
	KINDS,
	POSITIVE_SPANS,
	presentOption,
	SCHEMAS,
	SPAN_ENDS,
	SPAN_LENGTHS,
	SPAN_OFFSETS,
	SUMS,
	ZERO_COUNTS,
	ZERO_THRESHOLDS,
} from './metric-columns';
import { startTimeOf, timeOf } from './metric-time';
import { cursor, skipTo } from './protobuf-reader';
import { VALID, worse } from './series-fault';

// Native histograms of remote write into columns: counted first, then filled.

let histograms: u32 = 0;
let spans: u32 = 0;
let buckets: u32 = 0;
let customs: u32 = 0;

/** What is wrong with the histograms of the series that is being read. */
export let histogramFault: u8 = VALID;
/** Histograms filled so far. */
export let nextHistogram: usize = 0;
let nextSpan: usize = 0;
let nextBucket: usize = 0;
let nextCustom: usize = 0;

let ends: usize = 0;
let timestamps: usize = 0;
/** 0 until a histogram has a start time. */
let starts: usize = 0;
let kinds: usize = 0;
let schemas: usize = 0;
let zeroThresholds: usize = 0;
let zeroCounts: usize = 0;
let counts: usize = 0;
let sums: usize = 0;
let spanEnds: usize = 0;
let positiveSpans: usize = 0;
let spanOffsets: usize = 0;
let spanLengths: usize = 0;
let bucketEnds: usize = 0;
let bucketCounts: usize = 0;
let customEnds: usize = 0;
let customValues: usize = 0;
const parts = changetype<HistogramParts>(memory.data(128, 16));

export function startCountingHistograms(): void {
	histograms = spans = buckets = customs = 0;
}

/** Counts the histogram from the cursor to `end`. */
export function countHistogram(end: usize, hasStart: bool): bool {
	const start = cursor;
	if (!message.scanHistogram(end, hasStart)) return false;
	histograms++;
	spans += message.positiveSpans + message.negativeSpans;
	buckets += message.positiveBuckets() + message.negativeBuckets();
	customs += message.customValues;
	if (histograms <= MAX_HISTOGRAMS && max(spans, max(buckets, customs)) <= MAX_BUCKETS) return true;
	return tooMany(start);
}

/** Bytes that the columns may take. */
export function histogramBytes(series: u32): u64 {
	if (histograms === 0) return 0;
	return <u64>series * 4 + <u64>histograms * 66 + (<u64>spans + <u64>buckets + <u64>customs) * 8;
}

export function startHistograms(series: u32): void {
	nextHistogram = nextSpan = nextBucket = nextCustom = 0;
	starts = 0;
	if (histograms === 0) return;
	presentOption(HISTOGRAMS);
	ends = allocateColumn(HISTOGRAM_ENDS, series, 2);
	timestamps = allocateColumn(HISTOGRAM_TIMESTAMPS, histograms, 3);
	kinds = allocateColumn(KINDS, histograms, 0);
	schemas = allocateColumn(SCHEMAS, histograms, 0);
	zeroThresholds = allocateColumn(ZERO_THRESHOLDS, histograms, 3);
	zeroCounts = allocateColumn(ZERO_COUNTS, histograms, 3);
	counts = allocateColumn(COUNTS, histograms, 3);
	sums = allocateColumn(SUMS, histograms, 3);
	spanEnds = allocateColumn(SPAN_ENDS, histograms, 2);
	positiveSpans = allocateColumn(POSITIVE_SPANS, histograms, 2);
	spanOffsets = allocateColumn(SPAN_OFFSETS, spans, 2);
	spanLengths = allocateColumn(SPAN_LENGTHS, spans, 2);
	bucketEnds = allocateColumn(BUCKET_ENDS, histograms, 2);
	bucketCounts = allocateColumn(BUCKET_COUNTS, buckets, 3);
	customEnds = allocateColumn(CUSTOM_ENDS, histograms, 2);
	customValues = allocateColumn(CUSTOM_VALUES, customs, 3);
}

export function startHistogramsOfSeries(): void {
	histogramFault = VALID;
}

export function endHistogramsOf(series: usize): void {
	if (histograms !== 0) store<u32>(ends + (series << 2), <u32>nextHistogram);
}

/** Reads the histogram from the cursor to `end`. */
export function fillHistogram(end: usize, hasStart: bool): bool {
	const start = cursor;
	if (!message.scanHistogram(end, hasStart)) return false;
	skipTo(start);
	const offsets = spanOffsets + (nextSpan << 2);
	const lengths = spanLengths + (nextSpan << 2);
	const bucketsAt = bucketCounts + (nextBucket << 3);
	const customsAt = customValues + (nextCustom << 3);
	if (!fillLists(end, offsets, lengths, bucketsAt, customsAt)) return false;
	fillNumbers();
	parts.positiveSpans = <usize>message.positiveSpans;
	parts.spans = parts.positiveSpans + <usize>message.negativeSpans;
	parts.offsets = offsets;
	parts.lengths = lengths;
	parts.positiveBuckets = <usize>message.positiveBuckets();
	parts.buckets = parts.positiveBuckets + <usize>message.negativeBuckets();
	parts.bucketCounts = bucketsAt;
	parts.customs = <usize>message.customValues;
	parts.customValues = customsAt;
	histogramFault = worse(histogramFault, checkHistogram(parts));
	nextSpan += parts.spans;
	nextBucket += parts.buckets;
	nextCustom += parts.customs;
	const at = nextHistogram << 2;
	store<u32>(spanEnds + at, <u32>nextSpan);
	store<u32>(positiveSpans + at, message.positiveSpans);
	store<u32>(bucketEnds + at, <u32>nextBucket);
	store<u32>(customEnds + at, <u32>nextCustom);
	nextHistogram++;
	return true;
}

/** What a histogram has once. */
function fillNumbers(): void {
	parts.isFloat = message.isFloat;
	parts.schema = message.schema;
	parts.count = message.isFloat ? message.countFloat : <f64>message.countInteger;
	parts.zeroCount = message.isFloat ? message.zeroFloat : <f64>message.zeroInteger;
	parts.zeroThreshold = message.zeroThreshold;
	parts.sum = reinterpret<f64>(message.sum);
	const largest = max(message.countInteger, message.zeroInteger);
	parts.isCountOff = !message.isFloat && (isCountOff || largest > <u64>MAX_INTEGER);
	const at = nextHistogram << 3;
	store<f64>(timestamps + at, timeOf(message.timestamp));
	if (message.startTimestamp !== 0) store<f64>(startColumn() + at, startTimeOf(message.startTimestamp));
	store<u8>(kinds + nextHistogram, (message.isFloat ? 1 : 0) | ((<u8>message.resetHint) << 1));
	// A schema that does not fit is a fault; any other impossible one stands for it.
	const isByte = message.schema >= -128 && message.schema <= 127;
	store<i8>(schemas + nextHistogram, isByte ? <i8>message.schema : -128);
	store<f64>(zeroThresholds + at, parts.zeroThreshold);
	store<f64>(zeroCounts + at, parts.zeroCount);
	store<f64>(counts + at, parts.count);
	store<u64>(sums + at, message.sum);
}

/** Gives the histograms from `first` on that have no start time the one of their series. */
export function startHistogramsAt(first: usize, start: i64): void {
	if (start === 0 || first === nextHistogram) return;
	const column = startColumn();
	for (let at = first << 3; at < nextHistogram << 3; at += 8) {
		if (load<f64>(column + at) === 0) store<f64>(column + at, startTimeOf(start));
	}
}

function startColumn(): usize {
	if (starts === 0) {
		starts = allocateColumn(HISTOGRAM_START_TIMESTAMPS, histograms, 3);
		memory.fill(starts, 0, (<usize>histograms) << 3);
	}
	return starts;
}
