import {
	CUSTOM_VALUES,
	isFloat,
	NEGATIVE_COUNTS,
	NEGATIVE_DELTAS,
	NEGATIVE_SPANS,
	POSITIVE_COUNTS,
	POSITIVE_DELTAS,
	POSITIVE_SPANS,
	positiveBuckets,
	positiveSpans,
	signed32,
} from './histogram-message';
import { copyFloats } from './packed-field';
import {
	BYTES,
	cursor,
	expectType,
	field,
	readLength,
	readTag,
	readVarint,
	skipField,
	VARINT,
	varint,
	wireType,
} from './protobuf-reader';

// The lists of a histogram's message, which was scanned before: how many of each there are is known.

/** The largest integer that a float holds like all below it. */
export const MAX_INTEGER: i64 = 1 << 53;

// Where the next entry of each list goes.
let positiveSpanAt: usize = 0;
let negativeSpanAt: usize = 0;
let positiveBucketAt: usize = 0;
let negativeBucketAt: usize = 0;
let customAt: usize = 0;
let positiveCount: i64 = 0;
let negativeCount: i64 = 0;
/** Whether the deltas led to a count that is negative or above 2^53. */
export let isCountOff: bool = false;

/**
 * Reads the lists from the cursor to `end`, after `scanHistogram` read the same message: spans into `offsets` and
 * `lengths`, buckets as absolute counts into `buckets`, custom values into `customs`; positive ones first.
 */
export function fillLists(end: usize, offsets: usize, lengths: usize, buckets: usize, customs: usize): bool {
	positiveSpanAt = 0;
	negativeSpanAt = (<usize>positiveSpans) << 2;
	positiveBucketAt = buckets;
	negativeBucketAt = buckets + ((<usize>positiveBuckets()) << 3);
	customAt = customs;
	positiveCount = negativeCount = 0;
	isCountOff = false;
	while (cursor < end) {
		if (!readTag(end)) return false;
		const number = field;
		const isPositive = number >= POSITIVE_SPANS;
		if (number === POSITIVE_SPANS || number === NEGATIVE_SPANS) {
			const at = isPositive ? positiveSpanAt : negativeSpanAt;
			if (!readLength(end) || !fillSpan(cursor + <usize>varint, offsets + at, lengths + at)) return false;
			if (isPositive) positiveSpanAt += 4;
			else negativeSpanAt += 4;
		} else if (!isFloat && (number === POSITIVE_DELTAS || number === NEGATIVE_DELTAS)) {
			if (!fillDeltas(end, isPositive)) return false;
		} else if (isFloat && (number === POSITIVE_COUNTS || number === NEGATIVE_COUNTS)) {
			const at = copyFloats(end, isPositive ? positiveBucketAt : negativeBucketAt);
			if (at === 0) return false;
			if (isPositive) positiveBucketAt = at;
			else negativeBucketAt = at;
		} else if (number === CUSTOM_VALUES) {
			customAt = copyFloats(end, customAt);
			if (customAt === 0) return false;
		} else if (!skipField(end)) return false;
	}
	return true;
}

function fillSpan(end: usize, offset: usize, length: usize): bool {
	store<i32>(offset, 0);
	store<u32>(length, 0);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		if (field > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(VARINT, tagStart) || !readVarint(end)) return false;
		if (field === 1) store<i32>(offset, signed32(varint));
		else store<u32>(length, <u32>varint);
	}
	return true;
}

function fillDeltas(end: usize, isPositive: bool): bool {
	let at = isPositive ? positiveBucketAt : negativeBucketAt;
	let count = isPositive ? positiveCount : negativeCount;
	let stop = end;
	if (wireType === BYTES) {
		if (!readLength(end)) return false;
		stop = cursor + <usize>varint;
	}
	const isPacked = wireType === BYTES;
	while (cursor < stop) {
		if (!readVarint(stop)) return false;
		// From a count in range, a delta that wraps leads below 0.
		count += <i64>(varint >> 1) ^ -(<i64>(varint & 1));
		if (count < 0 || count > MAX_INTEGER) isCountOff = true;
		store<f64>(at, <f64>count);
		at += 8;
		if (!isPacked) break;
	}
	if (isPositive) {
		positiveBucketAt = at;
		positiveCount = count;
	} else {
		negativeBucketAt = at;
		negativeCount = count;
	}
	return true;
}
