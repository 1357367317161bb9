import { areEndsFit, areTimesExact, BAD_NUMBER, BAD_SHAPE, isOptionalFit } from './column-check';
import { column, endOf, firstOf, lengthOf } from './column-source';
import { MAX_INTEGER } from './histogram-lists';
import {
	BUCKET_COUNTS,
	BUCKET_ENDS,
	COUNTS,
	CUSTOM_ENDS,
	CUSTOM_VALUES,
	HISTOGRAM_ENDS,
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
import { FINE } from './protobuf-reader';

/** Two bits of reset above one of kind. */
const LAST_KIND: u8 = 7;

/** The part of `checkColumns` that looks at native histograms. */
export function checkHistogramColumns(series: usize): i32 {
	const histograms = lengthOf(HISTOGRAM_TIMESTAMPS);
	const areFit =
		lengthOf(HISTOGRAM_ENDS) === series &&
		areEndsFit(HISTOGRAM_ENDS, histograms) &&
		isOptionalFit(HISTOGRAM_START_TIMESTAMPS, histograms) &&
		lengthOf(KINDS) === histograms &&
		lengthOf(SCHEMAS) === histograms &&
		lengthOf(ZERO_THRESHOLDS) === histograms &&
		lengthOf(ZERO_COUNTS) === histograms &&
		lengthOf(COUNTS) === histograms &&
		lengthOf(SUMS) === histograms &&
		lengthOf(SPAN_ENDS) === histograms &&
		lengthOf(POSITIVE_SPANS) === histograms &&
		areEndsFit(SPAN_ENDS, lengthOf(SPAN_OFFSETS)) &&
		lengthOf(SPAN_LENGTHS) === lengthOf(SPAN_OFFSETS) &&
		lengthOf(BUCKET_ENDS) === histograms &&
		areEndsFit(BUCKET_ENDS, lengthOf(BUCKET_COUNTS)) &&
		lengthOf(CUSTOM_ENDS) === histograms &&
		areEndsFit(CUSTOM_ENDS, lengthOf(CUSTOM_VALUES));
	if (!areFit) return BAD_SHAPE;
	if (!areTimesExact(HISTOGRAM_TIMESTAMPS) || !areTimesExact(HISTOGRAM_START_TIMESTAMPS)) return BAD_NUMBER;
	for (let i: usize = 0; i < histograms; i++) {
		const kind = load<u8>(column(KINDS) + i);
		if (kind > LAST_KIND || !areSpansFit(i)) return BAD_SHAPE;
		if ((kind & 1) === 0 && !areIntegers(i)) return BAD_NUMBER;
	}
	return FINE;
}

/** The buckets are divided by the spans alone, so both must agree. */
function areSpansFit(i: usize): bool {
	const first = firstOf(column(SPAN_ENDS), i);
	const end = endOf(column(SPAN_ENDS), i);
	if (<usize>load<u32>(column(POSITIVE_SPANS) + (i << 2)) > end - first) return false;
	let buckets: u64 = 0;
	for (let span = first; span < end; span++) buckets += <u64>load<u32>(column(SPAN_LENGTHS) + (span << 2));
	return buckets === <u64>(endOf(column(BUCKET_ENDS), i) - firstOf(column(BUCKET_ENDS), i));
}

function areIntegers(i: usize): bool {
	if (!isInteger(load<f64>(column(COUNTS) + (i << 3)))) return false;
	if (!isInteger(load<f64>(column(ZERO_COUNTS) + (i << 3)))) return false;
	const end = endOf(column(BUCKET_ENDS), i);
	for (let bucket = firstOf(column(BUCKET_ENDS), i); bucket < end; bucket++) {
		if (!isInteger(load<f64>(column(BUCKET_COUNTS) + (bucket << 3)))) return false;
	}
	return true;
}

function isInteger(count: f64): bool {
	return count >= 0 && count <= <f64>MAX_INTEGER && floor(count) === count;
}
