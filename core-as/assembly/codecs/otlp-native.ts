import { MAX_INTEGER } from './histogram-lists';
import * as columns from './metric-columns';
import * as tally from './metric-tally';
import { millisOf } from './otlp-millis';
import * as point from './otlp-point';
import { ACCEPTED, BAD_BUCKETS, BAD_COUNT, BAD_SCALE, BROKEN } from './otlp-rejection';
import {
	BYTES,
	cursor,
	field,
	readLength,
	readTag,
	readVarint,
	skipField,
	skipTo,
	varint,
	wireType,
} from './protobuf-reader';
import { addBucket, buckets, spans, startBuckets, startSign } from './sparse-buckets';

// Data points as native histograms: exponential ones, and those with explicit bounds as custom buckets.

export const MAX_COUNT: u64 = <u64>MAX_INTEGER;
const MIN_SCALE: i32 = -4;
const MAX_SCHEMA: i32 = 8;
const CUSTOM_SCHEMA: i32 = -53;
/** What Prometheus takes where the sender does not say. */
const ZERO_THRESHOLD: f64 = 1e-128;
/** Deltas are gauges: nobody must take one that is smaller than the one before for a reset. */
const GAUGE_KIND: u8 = 6;
export const STALE: u64 = 0x7ff0000000000002;

let next: usize = 0;
let nextSpan: usize = 0;
let nextBucket: usize = 0;
let nextCustom: usize = 0;
let timestamps: usize = 0;
let starts: usize = 0;
/** Whether a histogram has one: the tally counts those of all points. */
let isStarted: bool = false;
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

export function startNative(): void {
	next = nextSpan = nextBucket = nextCustom = 0;
	if (tally.histograms === 0) return;
	const count = <u32>tally.histograms;
	timestamps = columns.allocateColumn(columns.HISTOGRAM_TIMESTAMPS, count, 3);
	isStarted = false;
	starts = tally.hasStarts ? columns.allocateColumn(columns.HISTOGRAM_START_TIMESTAMPS, count, 3) : <usize>0;
	kinds = columns.allocateColumn(columns.KINDS, count, 0);
	schemas = columns.allocateColumn(columns.SCHEMAS, count, 0);
	zeroThresholds = columns.allocateColumn(columns.ZERO_THRESHOLDS, count, 3);
	zeroCounts = columns.allocateColumn(columns.ZERO_COUNTS, count, 3);
	counts = columns.allocateColumn(columns.COUNTS, count, 3);
	sums = columns.allocateColumn(columns.SUMS, count, 3);
	spanEnds = columns.allocateColumn(columns.SPAN_ENDS, count, 2);
	positiveSpans = columns.allocateColumn(columns.POSITIVE_SPANS, count, 2);
	spanOffsets = columns.allocateColumn(columns.SPAN_OFFSETS, <u32>tally.spans, 2);
	spanLengths = columns.allocateColumn(columns.SPAN_LENGTHS, <u32>tally.spans, 2);
	bucketEnds = columns.allocateColumn(columns.BUCKET_ENDS, count, 2);
	bucketCounts = columns.allocateColumn(columns.BUCKET_COUNTS, <u32>tally.buckets, 3);
	customEnds = columns.allocateColumn(columns.CUSTOM_ENDS, count, 2);
	customValues = columns.allocateColumn(columns.CUSTOM_VALUES, <u32>tally.bounds, 3);
}

/** Histograms so far. */
export function nativeCount(): u32 {
	return <u32>next;
}

let total: u64 = 0;
let ofPositive: usize = 0;

function startLists(): void {
	startBuckets(
		spanOffsets + (nextSpan << 2),
		spanLengths + (nextSpan << 2),
		bucketCounts + (nextBucket << 3),
	);
	total = 0;
	ofPositive = 0;
}

/** Reads the lists of the point that was read last, an exponential one; nothing of it counts until `commitNative`. */
export function readExponential(): i32 {
	if (point.scale < MIN_SCALE) return BAD_SCALE;
	startLists();
	if (point.isStale) return ACCEPTED;
	if (point.count > MAX_COUNT || point.zeroCount > MAX_COUNT) return BAD_COUNT;
	if (!(point.zeroThreshold >= 0) || point.zeroThreshold === Infinity) return BAD_BUCKETS;
	const down = <i64>min(max(point.scale - MAX_SCHEMA, 0), 63);
	total = point.zeroCount;
	let outcome = readBuckets(point.positive, point.positiveSize, down);
	if (outcome !== ACCEPTED) return outcome;
	ofPositive = spans;
	outcome = readBuckets(point.negative, point.negativeSize, down);
	return outcome === ACCEPTED ? totalOutcome() : outcome;
}

/** Values of NaN are in no bucket; the sum is NaN then. */
function totalOutcome(): i32 {
	return Number.isNaN(point.sum)
		? total <= point.count
			? ACCEPTED
			: BAD_BUCKETS
		: total === point.count
			? ACCEPTED
			: BAD_BUCKETS;
}

/** Buckets of a higher resolution are merged. OTLP numbers a bucket by its lower bound, Prometheus by its upper one. */
function readBuckets(place: usize, size: usize, down: i64): i32 {
	if (size === 0) return ACCEPTED;
	// The offset may stand behind the buckets.
	if (point.countBuckets(place, size) < 0) return BROKEN;
	startSign();
	let at = <i64>point.offset;
	let index: i64 = 0;
	let merged: u64 = 0;
	const end = place + size;
	skipTo(place);
	while (cursor < end) {
		if (!readTag(end)) return BROKEN;
		if (field !== 2) {
			if (!skipField(end)) return BROKEN;
			continue;
		}
		const isPacked = wireType === BYTES;
		if (isPacked && !readLength(end)) return BROKEN;
		const stop = isPacked ? cursor + <usize>varint : end;
		while (cursor < stop) {
			if (!readVarint(stop)) return BROKEN;
			if (varint > MAX_COUNT) return BAD_COUNT;
			total += varint;
			if (total > MAX_COUNT) return BAD_COUNT;
			const here = (at >> down) + 1;
			if (here !== index && merged !== 0) {
				if (!addBucket(index, merged)) return BAD_BUCKETS;
				merged = 0;
			}
			index = here;
			merged += varint;
			at++;
			if (!isPacked) break;
		}
	}
	return addBucket(index, merged) ? ACCEPTED : BAD_BUCKETS;
}

/** The lists of a point with explicit bounds, which were checked; without any, all that was counted is one bucket. */
export function readCustom(bucketValues: usize, bucketCount: usize, bounds: usize, boundCount: usize): i32 {
	startLists();
	if (point.isStale) return ACCEPTED;
	startSign();
	if (bucketCount === 0) {
		total = point.count;
		addBucket(0, total);
	}
	for (let i: usize = 0; i < bucketCount; i++) {
		const count = load<u64>(bucketValues + (i << 3));
		total += count;
		addBucket(<i64>i, count);
	}
	ofPositive = spans;
	memory.copy(customValues + (nextCustom << 3), bounds, boundCount << 3);
	return totalOutcome();
}

/** Adds the histogram whose lists were read, to the series that is open. */
export function commitNative(isCustom: bool, boundCount: usize, isDelta: bool): void {
	const at = next << 3;
	store<f64>(timestamps + at, millisOf(point.time));
	if (starts !== 0) {
		const start = millisOf(point.start);
		store<f64>(starts + at, start);
		if (start !== 0) isStarted = true;
	}
	store<u8>(kinds + next, isDelta ? GAUGE_KIND : 0);
	store<i8>(schemas + next, <i8>(isCustom ? CUSTOM_SCHEMA : min(point.scale, MAX_SCHEMA)));
	const threshold = point.zeroThreshold === 0 || point.isStale ? ZERO_THRESHOLD : point.zeroThreshold;
	store<f64>(zeroThresholds + at, isCustom ? 0 : threshold);
	store<f64>(zeroCounts + at, isCustom || point.isStale ? 0 : <f64>point.zeroCount);
	store<f64>(counts + at, point.isStale ? 0 : <f64>point.count);
	store<u64>(sums + at, point.isStale ? STALE : reinterpret<u64>(point.sum));
	nextSpan += spans;
	nextBucket += buckets;
	if (!point.isStale) nextCustom += boundCount;
	store<u32>(spanEnds + (next << 2), <u32>nextSpan);
	store<u32>(positiveSpans + (next << 2), <u32>ofPositive);
	store<u32>(bucketEnds + (next << 2), <u32>nextBucket);
	store<u32>(customEnds + (next << 2), <u32>nextCustom);
	next++;
}

/** Lets go of the room that was not needed. */
export function finishNative(): void {
	if (tally.histograms === 0) return;
	const count = <u32>next;
	columns.shortenColumn(columns.HISTOGRAM_TIMESTAMPS, count);
	if (starts !== 0) columns.shortenColumn(columns.HISTOGRAM_START_TIMESTAMPS, isStarted ? count : 0);
	columns.shortenColumn(columns.KINDS, count);
	columns.shortenColumn(columns.SCHEMAS, count);
	columns.shortenColumn(columns.ZERO_THRESHOLDS, count);
	columns.shortenColumn(columns.ZERO_COUNTS, count);
	columns.shortenColumn(columns.COUNTS, count);
	columns.shortenColumn(columns.SUMS, count);
	columns.shortenColumn(columns.SPAN_ENDS, count);
	columns.shortenColumn(columns.POSITIVE_SPANS, count);
	columns.shortenColumn(columns.SPAN_OFFSETS, <u32>nextSpan);
	columns.shortenColumn(columns.SPAN_LENGTHS, <u32>nextSpan);
	columns.shortenColumn(columns.BUCKET_ENDS, count);
	columns.shortenColumn(columns.BUCKET_COUNTS, <u32>nextBucket);
	columns.shortenColumn(columns.CUSTOM_ENDS, count);
	columns.shortenColumn(columns.CUSTOM_VALUES, <u32>nextCustom);
	if (count !== 0) return;
	columns.shortenColumn(columns.HISTOGRAM_ENDS, 0);
	columns.absentOption(columns.HISTOGRAMS);
}
