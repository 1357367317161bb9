import { countFloats, countNumbers } from './packed-field';
import {
	BYTES,
	cursor,
	expectType,
	FIXED64,
	field,
	hasFixed64,
	readTag,
	readVarint,
	skipField,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';

// Histogram of remote write, the same message in 1.0 and 2.0 but for the start time, which 2.0 alone has:
//   count_int = 1, count_float = 2, sum = 3, sint32 schema = 4, zero_threshold = 5, zero_count_int = 6,
//   zero_count_float = 7, negative_spans = 8, sint64 negative_deltas = 9, negative_counts = 10, positive_spans = 11,
//   sint64 positive_deltas = 12, positive_counts = 13, reset_hint = 14, timestamp = 15, custom_values = 16,
//   start_timestamp = 17; BucketSpan { sint32 offset = 1; uint32 length = 2; }
// Source: https://github.com/prometheus/prometheus/blob/main/prompb/types.proto

export const NEGATIVE_SPANS: u32 = 8;
export const NEGATIVE_DELTAS: u32 = 9;
export const NEGATIVE_COUNTS: u32 = 10;
export const POSITIVE_SPANS: u32 = 11;
export const POSITIVE_DELTAS: u32 = 12;
export const POSITIVE_COUNTS: u32 = 13;
export const CUSTOM_VALUES: u32 = 16;
export const START_TIMESTAMP: u32 = 17;

/** Whether the last of the two counts was the float one; the other kind's buckets are then nobody's. */
export let isFloat: bool = false;
export let countInteger: u64 = 0;
export let countFloat: f64 = 0;
export let zeroInteger: u64 = 0;
export let zeroFloat: f64 = 0;
/** Bits of a float: a NaN of its own marks the end of a series. */
export let sum: u64 = 0;
export let schema: i32 = 0;
export let zeroThreshold: f64 = 0;
export let resetHint: u32 = 0;
export let timestamp: i64 = 0;
export let startTimestamp: i64 = 0;
/** How many of each the message holds. */
export let positiveSpans: u32 = 0;
export let negativeSpans: u32 = 0;
export let customValues: u32 = 0;
let positiveDeltas: u32 = 0;
let negativeDeltas: u32 = 0;
let positiveCounts: u32 = 0;
let negativeCounts: u32 = 0;

/** Buckets of the histogram's kind. */
export function positiveBuckets(): u32 {
	return isFloat ? positiveCounts : positiveDeltas;
}

export function negativeBuckets(): u32 {
	return isFloat ? negativeCounts : negativeDeltas;
}

/** Reads the single fields from the cursor to `end`, and counts the others. */
export function scanHistogram(end: usize, hasStart: bool): bool {
	isFloat = false;
	countInteger = zeroInteger = sum = 0;
	countFloat = zeroFloat = zeroThreshold = 0;
	schema = 0;
	resetHint = 0;
	timestamp = startTimestamp = 0;
	positiveSpans = negativeSpans = customValues = 0;
	positiveDeltas = negativeDeltas = positiveCounts = negativeCounts = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number >= NEGATIVE_SPANS && number <= POSITIVE_COUNTS) {
			if (!countListed(end, tagStart, number)) return false;
		} else if (number === CUSTOM_VALUES) {
			const count = countFloats(end, tagStart);
			if (count < 0) return false;
			customValues += <u32>count;
		} else if (number === 2 || number === 3 || number === 5 || number === 7) {
			if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
			takeFloatField(number, takeFixed64());
		} else if (number <= 15 || (number === START_TIMESTAMP && hasStart)) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
			takeIntegerField(number, varint);
		} else if (!skipField(end)) return false;
	}
	return true;
}

function takeFloatField(number: u32, bits: u64): void {
	if (number === 2) {
		isFloat = true;
		countFloat = reinterpret<f64>(bits);
		countInteger = 0;
	} else if (number === 3) sum = bits;
	else if (number === 5) zeroThreshold = reinterpret<f64>(bits);
	else {
		zeroFloat = reinterpret<f64>(bits);
		zeroInteger = 0;
	}
}

function takeIntegerField(number: u32, value: u64): void {
	if (number === 1) {
		isFloat = false;
		countInteger = value;
		countFloat = 0;
	} else if (number === 4) schema = signed32(value);
	else if (number === 6) {
		zeroInteger = value;
		zeroFloat = 0;
	} else if (number === 14) resetHint = <u32>value <= 3 ? <u32>value : 0;
	else if (number === 15) timestamp = <i64>value;
	else startTimestamp = <i64>value;
}

function countListed(end: usize, tagStart: usize, number: u32): bool {
	if (number === NEGATIVE_SPANS || number === POSITIVE_SPANS) {
		if (!expectType(BYTES, tagStart)) return false;
		if (number === NEGATIVE_SPANS) negativeSpans++;
		else positiveSpans++;
		return skipField(end);
	}
	const isDeltas = number === NEGATIVE_DELTAS || number === POSITIVE_DELTAS;
	const count = isDeltas ? countNumbers(end, tagStart) : countFloats(end, tagStart);
	if (count < 0) return false;
	if (number === NEGATIVE_DELTAS) negativeDeltas += <u32>count;
	else if (number === POSITIVE_DELTAS) positiveDeltas += <u32>count;
	else if (number === NEGATIVE_COUNTS) negativeCounts += <u32>count;
	else positiveCounts += <u32>count;
	return true;
}

/** A number in zigzag of 32 bits; the upper half is cut off, as protobuf does. */
export function signed32(value: u64): i32 {
	const bits = <u32>value;
	return <i32>(bits >> 1) ^ -(<i32>(bits & 1));
}
