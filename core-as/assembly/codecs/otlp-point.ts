import { countFloats, countNumbers } from './packed-field';
import {
	cursor,
	expectType,
	FIXED64,
	field,
	hasFixed64,
	readLength,
	readTag,
	readVarint,
	skipBytes,
	skipField,
	skipTo,
	takeFixed64,
	VARINT,
	varint,
} from './protobuf-reader';

// Data points of https://github.com/open-telemetry/opentelemetry-proto, metrics.proto. All have start_time_unix_nano 2 and
// time_unix_nano 3; the rest by kind:
//   Number      { as_double 4; exemplars 5; as_int 6; attributes 7; flags 8 }
//   Histogram   { count 4; sum 5; bucket_counts 6; explicit_bounds 7; exemplars 8; attributes 9; flags 10; min 11; max 12 }
//   Exponential { attributes 1; count 4; sum 5; scale 6; zero_count 7; positive 8; negative 9; flags 10; exemplars 11; min 12;
//                 max 13; zero_threshold 14 }
//   Summary     { count 4; sum 5; quantile_values 6; attributes 7; flags 8 }

export const NUMBER: u32 = 0;
export const HISTOGRAM: u32 = 1;
export const EXPONENTIAL: u32 = 2;
export const SUMMARY: u32 = 3;

/** By kind: the wire types of the fields 1 to 14 as digits; 9 is any, 8 is unknown. */
const TYPES: string[] = ['81112120888888', '81111992201188', '21111012202111', '81111220888888'];

/** By kind: the fields of attributes and of exemplars. */
const ATTRIBUTES = memory.data<u8>([7, 9, 1, 7]);
const EXEMPLARS = memory.data<u8>([5, 8, 11, 0]);

/** The last point. */
export let start: u64 = 0;
export let time: u64 = 0;
export let count: u64 = 0;
export let sum: f64 = 0;
export let hasSum: bool = false;
export let value: f64 = 0;
export let hasValue: bool = false;
export let isStale: bool = false;
export let scale: i32 = 0;
export let zeroCount: u64 = 0;
export let zeroThreshold: f64 = 0;
/** Messages Buckets. */
export let positive: usize = 0;
export let positiveSize: usize = 0;
export let negative: usize = 0;
export let negativeSize: usize = 0;
/** How many there are. */
export let attributes: u32 = 0;
export let exemplars: u32 = 0;
export let bucketCounts: u32 = 0;
export let explicitBounds: u32 = 0;
export let quantiles: u32 = 0;

export function attributesField(kind: u32): u32 {
	return <u32>load<u8>(ATTRIBUTES + <usize>kind);
}

export function exemplarsField(kind: u32): u32 {
	return <u32>load<u8>(EXEMPLARS + <usize>kind);
}

/** Reads the point from `cursor` to `end`; false when it is none. */
export function readPoint(kind: u32, end: usize): bool {
	start = time = count = zeroCount = 0;
	sum = value = zeroThreshold = 0;
	hasSum = hasValue = isStale = false;
	scale = 0;
	positiveSize = negativeSize = 0;
	attributes = exemplars = bucketCounts = explicitBounds = quantiles = 0;
	const types = unchecked(TYPES[kind]);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		const type: u32 = number > 14 ? 8 : <u32>types.charCodeAt(<i32>number - 1) - 0x30;
		if (type === 8) {
			if (!skipField(end)) return false;
		} else if (type === 9) {
			const found = countFloats(end, tagStart);
			if (found < 0) return false;
			if (number === 6) bucketCounts += <u32>found;
			else explicitBounds += <u32>found;
		} else if (!expectType(type, tagStart)) return false;
		else if (type === FIXED64) {
			if (!hasFixed64(end)) return false;
			takeNumber(kind, number, takeFixed64());
		} else if (type === VARINT) {
			if (!readVarint(end)) return false;
			if (kind === EXPONENTIAL && number === 6) scale = signed32(varint);
			else isStale = (varint & 1) !== 0;
		} else {
			if (!readLength(end)) return false;
			takePart(kind, number, cursor, <usize>varint);
			skipBytes(<usize>varint);
		}
	}
	return true;
}

/** ZigZag. */
function signed32(bits: u64): i32 {
	const low = <u32>bits;
	return <i32>(low >> 1) ^ -(<i32>(low & 1));
}

function takeNumber(kind: u32, number: u32, bits: u64): void {
	if (number === 2) start = bits;
	else if (number === 3) time = bits;
	else if (kind === NUMBER) {
		value = number === 4 ? reinterpret<f64>(bits) : <f64>(<i64>bits);
		hasValue = true;
	} else if (number === 4) count = bits;
	else if (number === 5) {
		sum = reinterpret<f64>(bits);
		hasSum = true;
	} else if (kind === EXPONENTIAL) {
		if (number === 7) zeroCount = bits;
		else if (number === 14) zeroThreshold = reinterpret<f64>(bits);
	}
}

function takePart(kind: u32, number: u32, place: usize, size: usize): void {
	if (number === attributesField(kind)) attributes++;
	else if (number === exemplarsField(kind)) exemplars++;
	else if (kind === SUMMARY) quantiles++;
	else if (number === 8) {
		positive = place;
		positiveSize = size;
	} else {
		negative = place;
		negativeSize = size;
	}
}

/** Of the last Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2 }. */
export let offset: i32 = 0;

/** Counts the bucket counts of a message Buckets; -1 when it is none. Reads its offset. */
export function countBuckets(place: usize, size: usize): i32 {
	offset = 0;
	let found: i32 = 0;
	const end = place + size;
	if (size !== 0) skipTo(place);
	while (size !== 0 && cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return -1;
		if (field === 1) {
			if (!expectType(VARINT, tagStart) || !readVarint(end)) return -1;
			offset = signed32(varint);
		} else if (field === 2) {
			const some = countNumbers(end, tagStart);
			if (some < 0) return -1;
			found += some;
		} else if (!skipField(end)) return -1;
	}
	return found;
}
