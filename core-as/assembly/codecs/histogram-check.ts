import { MAX_INTEGER } from './histogram-lists';
import { BAD_BOUNDS, BAD_COUNT, BAD_SCHEMA, BAD_SPANS, BAD_TOTAL, VALID } from './series-fault';

// What makes a native histogram valid, as Prometheus sees it before it stores one. Beyond that, a float count that is NaN
// is refused, and an integer above 2^53, which columns of floats cannot hold.
// Source: https://prometheus.io/docs/specs/native_histograms/

const CUSTOM_SCHEMA: i32 = -53;

/** A histogram whose lists are read. */
@unmanaged
export class HistogramParts {
	isFloat: bool;
	/** Whether an integer count is negative or above 2^53. */
	isCountOff: bool;
	schema: i32;
	count: f64;
	zeroCount: f64;
	zeroThreshold: f64;
	sum: f64;
	positiveSpans: usize;
	spans: usize;
	offsets: usize;
	lengths: usize;
	positiveBuckets: usize;
	buckets: usize;
	bucketCounts: usize;
	customs: usize;
	customValues: usize;
}

/** The first thing that is wrong, or VALID. */
export function checkHistogram(it: HistogramParts): u8 {
	if (it.schema !== CUSTOM_SCHEMA && (it.schema < -4 || it.schema > 8)) return BAD_SCHEMA;
	const negativeSpans = it.spans - it.positiveSpans;
	const negativeBuckets = it.buckets - it.positiveBuckets;
	if (it.schema === CUSTOM_SCHEMA) {
		if (!areBoundsValid(it.customValues, it.customs)) return BAD_BOUNDS;
		if (it.zeroCount !== 0 || it.zeroThreshold !== 0 || negativeSpans !== 0 || negativeBuckets !== 0)
			return BAD_BOUNDS;
		if (!areSpansValid(it.offsets, it.lengths, it.spans, it.buckets, false)) return BAD_SPANS;
		if (reach > <u64>it.customs + 1) return BAD_SPANS;
	} else {
		if (it.customs !== 0) return BAD_BOUNDS;
		const behind = it.positiveSpans << 2;
		if (!areSpansValid(it.offsets, it.lengths, it.positiveSpans, it.positiveBuckets, true)) return BAD_SPANS;
		if (!areSpansValid(it.offsets + behind, it.lengths + behind, negativeSpans, negativeBuckets, true))
			return BAD_SPANS;
	}
	if (it.isFloat) return areFloatsValid(it) ? VALID : BAD_COUNT;
	if (it.isCountOff) return BAD_COUNT;
	return isTotalValid(it) ? VALID : BAD_TOTAL;
}

function areBoundsValid(values: usize, count: usize): bool {
	let last: f64 = 0;
	for (let i: usize = 0; i < count; i++) {
		const value = load<f64>(values + (i << 3));
		// NaN is above nothing.
		if (i > 0 ? !(value > last) : Number.isNaN(value)) return false;
		last = value;
	}
	return count === 0 || last !== Infinity;
}

/** Buckets and gaps of the spans that were checked last. */
let reach: u64 = 0;

function areSpansValid(
	offsets: usize,
	lengths: usize,
	spans: usize,
	buckets: usize,
	mayStartBelow: bool,
): bool {
	let covered: u64 = 0;
	reach = 0;
	for (let i: usize = 0; i < spans; i++) {
		const offset = load<i32>(offsets + (i << 2));
		if (offset < 0 && !(mayStartBelow && i === 0)) return false;
		const length = <u64>load<u32>(lengths + (i << 2));
		covered += length;
		reach += length + (offset > 0 ? <u64>offset : 0);
	}
	return covered === <u64>buckets;
}

function areFloatsValid(it: HistogramParts): bool {
	// A comparison with NaN is false.
	if (!(it.count >= 0) || !(it.zeroCount >= 0)) return false;
	for (let i: usize = 0; i < it.buckets; i++) {
		if (!(load<f64>(it.bucketCounts + (i << 3)) >= 0)) return false;
	}
	return true;
}

/** Observations of NaN are in no bucket but in the count; the sum is NaN then. All counts are in [0, 2^53]. */
function isTotalValid(it: HistogramParts): bool {
	const count = <u64>it.count;
	let total = <u64>it.zeroCount;
	for (let i: usize = 0; i < it.buckets; i++) {
		total += <u64>load<f64>(it.bucketCounts + (i << 3));
		if (total > <u64>MAX_INTEGER) return false;
	}
	return Number.isNaN(it.sum) ? total <= count : total === count;
}
