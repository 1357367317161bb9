import { putBits, putFloat, putHead, putNumber, putVarint, putZigzag, start } from './backward-writer';
import { column, endOf, firstOf, lengthOf } from './column-source';
import {
	BUCKET_COUNTS,
	BUCKET_ENDS,
	COUNTS,
	CUSTOM_ENDS,
	CUSTOM_VALUES,
	HISTOGRAM_START_TIMESTAMPS,
	HISTOGRAM_TIMESTAMPS,
	KINDS,
	POSITIVE_SPANS,
	SCHEMAS,
	SPAN_ENDS,
	SPAN_LENGTHS,
	SPAN_OFFSETS,
	SUMS,
	ZERO_COUNTS,
	ZERO_THRESHOLDS,
} from './metric-columns';

// Native histograms as messages, backwards; histogram-message.ts has the fields. Zeros are left out where they mean
// nothing, but for the two counts: which of their fields is there says the kind.

const COUNT_INT: u32 = 0x08;
const COUNT_FLOAT: u32 = 0x11;
const SUM: u32 = 0x19;
const SCHEMA: u32 = 0x20;
const ZERO_THRESHOLD: u32 = 0x29;
const ZERO_COUNT_INT: u32 = 0x30;
const ZERO_COUNT_FLOAT: u32 = 0x39;
const NEGATIVE_SPAN: u32 = 0x42;
const NEGATIVE_DELTAS: u32 = 0x4a;
const NEGATIVE_COUNTS: u32 = 0x52;
const POSITIVE_SPAN: u32 = 0x5a;
const POSITIVE_DELTAS: u32 = 0x62;
const POSITIVE_COUNTS: u32 = 0x6a;
const RESET_HINT: u32 = 0x70;
const TIMESTAMP: u32 = 0x78;
const CUSTOM: u32 = 0x82;
const START_TIMESTAMP: u32 = 0x88;
const SPAN_OFFSET: u32 = 0x08;
const SPAN_LENGTH: u32 = 0x10;

/** At most this many bytes a histogram without its lists, a span, and a bucket or custom value. */
const HISTOGRAM_BOUND: u64 = 140;
const SPAN_BOUND: u64 = 14;
const BUCKET_BOUND: u64 = 10;

/** Bytes that all histograms take at most. */
export function histogramBound(): u64 {
	const buckets = <u64>lengthOf(BUCKET_COUNTS) + <u64>lengthOf(CUSTOM_VALUES);
	return (
		<u64>lengthOf(HISTOGRAM_TIMESTAMPS) * HISTOGRAM_BOUND +
		<u64>lengthOf(SPAN_OFFSETS) * SPAN_BOUND +
		buckets * BUCKET_BOUND
	);
}

/** Writes histogram `i` as a field with this tag. @param hasStart whether the message has a field for the start time */
export function putHistogram(i: usize, tag: u32, hasStart: bool): void {
	const end = start;
	const at = i << 3;
	const isFloat = (load<u8>(column(KINDS) + i) & 1) !== 0;
	if (hasStart && lengthOf(HISTOGRAM_START_TIMESTAMPS) !== 0) {
		putTime(START_TIMESTAMP, load<f64>(column(HISTOGRAM_START_TIMESTAMPS) + at));
	}
	putFloats(CUSTOM, CUSTOM_VALUES, firstOf(column(CUSTOM_ENDS), i), endOf(column(CUSTOM_ENDS), i));
	putTime(TIMESTAMP, load<f64>(column(HISTOGRAM_TIMESTAMPS) + at));
	const reset = <u64>(load<u8>(column(KINDS) + i) >> 1);
	if (reset !== 0) putNumber(RESET_HINT, reset);
	const firstSpan = firstOf(column(SPAN_ENDS), i);
	const middle = firstSpan + <usize>load<u32>(column(POSITIVE_SPANS) + (i << 2));
	const firstBucket = firstOf(column(BUCKET_ENDS), i);
	const middleBucket = firstBucket + bucketsOf(firstSpan, middle);
	putBuckets(isFloat, firstBucket, middleBucket, true);
	putSpans(POSITIVE_SPAN, firstSpan, middle);
	putBuckets(isFloat, middleBucket, endOf(column(BUCKET_ENDS), i), false);
	putSpans(NEGATIVE_SPAN, middle, endOf(column(SPAN_ENDS), i));
	const zeroCount = load<f64>(column(ZERO_COUNTS) + at);
	if (isFloat) putFloat(ZERO_COUNT_FLOAT, reinterpret<u64>(zeroCount));
	else putNumber(ZERO_COUNT_INT, <u64>zeroCount);
	const threshold = load<u64>(column(ZERO_THRESHOLDS) + at);
	if (threshold !== 0) putFloat(ZERO_THRESHOLD, threshold);
	const schema = <i64>load<i8>(column(SCHEMAS) + i);
	if (schema !== 0) {
		putZigzag(schema);
		putVarint(SCHEMA);
	}
	const sum = load<u64>(column(SUMS) + at);
	if (sum !== 0) putFloat(SUM, sum);
	const count = load<f64>(column(COUNTS) + at);
	if (isFloat) putFloat(COUNT_FLOAT, reinterpret<u64>(count));
	else putNumber(COUNT_INT, <u64>count);
	putHead(tag, end);
}

function putTime(tag: u32, millis: f64): void {
	if (millis !== 0) putNumber(tag, <u64>(<i64>millis));
}

function bucketsOf(firstSpan: usize, end: usize): usize {
	let buckets: usize = 0;
	for (let span = firstSpan; span < end; span++)
		buckets += <usize>load<u32>(column(SPAN_LENGTHS) + (span << 2));
	return buckets;
}

function putSpans(tag: u32, first: usize, behind: usize): void {
	for (let span = behind; span > first; span--) {
		const end = start;
		const at = (span - 1) << 2;
		const length = load<u32>(column(SPAN_LENGTHS) + at);
		if (length !== 0) putNumber(SPAN_LENGTH, <u64>length);
		const offset = <i64>load<i32>(column(SPAN_OFFSETS) + at);
		if (offset !== 0) {
			putZigzag(offset);
			putVarint(SPAN_OFFSET);
		}
		putHead(tag, end);
	}
}

function putBuckets(isFloat: bool, first: usize, behind: usize, isPositive: bool): void {
	if (isFloat) {
		putFloats(isPositive ? POSITIVE_COUNTS : NEGATIVE_COUNTS, BUCKET_COUNTS, first, behind);
		return;
	}
	if (first === behind) return;
	const end = start;
	const counts = column(BUCKET_COUNTS);
	for (let bucket = behind; bucket > first; bucket--) {
		const at = counts + ((bucket - 1) << 3);
		const before = bucket - 1 === first ? <i64>0 : <i64>load<f64>(at - 8);
		putZigzag(<i64>load<f64>(at) - before);
	}
	putHead(isPositive ? POSITIVE_DELTAS : NEGATIVE_DELTAS, end);
}

function putFloats(tag: u32, list: usize, first: usize, behind: usize): void {
	if (first === behind) return;
	const end = start;
	for (let i = behind; i > first; i--) putBits(load<u64>(column(list) + ((i - 1) << 3)));
	putHead(tag, end);
}
