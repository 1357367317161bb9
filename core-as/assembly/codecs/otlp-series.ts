import * as fill from './metric-fill';
import { addExemplar, exemplarCount } from './otlp-exemplar';
import { placeNumber, placeWord, textAt, textSize } from './otlp-label-text';
import { findExtra, writeExtraSet, writeSet } from './otlp-labels';
import { millisOf } from './otlp-millis';
import { commitNative, nativeCount, STALE } from './otlp-native';
import * as point from './otlp-point';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import {
	cursor,
	expectType,
	FINE,
	FIXED64,
	fault,
	field,
	hasFixed64,
	nextField,
	readTag,
	skipField,
	skipTo,
	takeFixed64,
	varint,
} from './protobuf-reader';

// The series of one data point, whose labels are merged and whose message was read last.

/** Names of the metric: as it is, and with the suffixes that histograms and summaries add; offset and size. */
export const names: usize = memory.data(32, 16);
export const PLAIN: usize = 0;
export const BUCKET: usize = 8;
export const SUM: usize = 16;
export const COUNT: usize = 24;

let quantileAt: usize = 0;
let quantileSize: usize = 0;

export function startSeries(): void {
	placeWord('quantile');
	quantileAt = textAt;
	quantileSize = textSize;
}

function recordedOf(value: f64): f64 {
	return point.isStale ? reinterpret<f64>(STALE) : value;
}

/** The sample of a series that counts from the start of the point. */
export function startSample(value: f64): void {
	fill.addSample(millisOf(point.time), recordedOf(value), millisOf(point.start));
}

/** One series with one sample. */
export function addPlain(name: usize, value: f64, isDelta: bool): void {
	startSample(value);
	endPlain(name, isDelta);
}

function endPlain(name: usize, isDelta: bool): void {
	const ref = names + name;
	const count = writeSet(fill.nextLabels(), <usize>load<u32>(ref), <usize>load<u32>(ref, 4));
	fill.endSeries(count, isDelta, exemplarCount(), nativeCount());
}

/** Ends a series with a label of its own; references are offset and size. */
export function endExtra(
	name: usize,
	extra: usize,
	extraSize: usize,
	valueAt: usize,
	size: usize,
	isDelta: bool,
): void {
	const ref = names + name;
	const count = writeExtraSet(
		fill.nextLabels(),
		<usize>load<u32>(ref),
		<usize>load<u32>(ref, 4),
		extra,
		extraSize,
		valueAt,
		size,
	);
	fill.endSeries(count, isDelta, exemplarCount(), nativeCount());
}

/** A gauge or a sum; of a counter with its exemplars. */
export function addNumber(start: usize, end: usize, isGauge: bool, isCounter: bool, isDelta: bool): i32 {
	fill.addSample(millisOf(point.time), recordedOf(point.value), isGauge ? 0 : millisOf(point.start));
	if (isCounter && !addExemplars(point.NUMBER, start, end)) return BROKEN;
	endPlain(PLAIN, isDelta);
	return ACCEPTED;
}

/** Adds all exemplars of the point to the series that is open. */
function addExemplars(kind: u32, start: usize, end: usize): bool {
	if (point.exemplars === 0) return true;
	const number = point.exemplarsField(kind);
	skipTo(start);
	while (nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (addExemplar(next) !== ACCEPTED) return false;
		skipTo(next);
	}
	return fault === FINE;
}

export function addNative(kind: u32, start: usize, end: usize, boundCount: usize, isDelta: bool): i32 {
	commitNative(kind === point.HISTOGRAM, boundCount, isDelta);
	if (!addExemplars(kind, start, end)) return BROKEN;
	endPlain(PLAIN, isDelta);
	return ACCEPTED;
}

/** A series for each quantile, `_sum`, `_count`. Quantiles are no deltas, and of no start. */
export function addSummary(start: usize, end: usize): i32 {
	findExtra('quantile');
	skipTo(start);
	while (nextField(end, 6)) {
		const next = cursor + <usize>varint;
		if (!readQuantile(next) || placeNumber(quantile) !== ACCEPTED) return BROKEN;
		fill.addSample(millisOf(point.time), recordedOf(quantileValue), 0);
		endExtra(PLAIN, quantileAt, quantileSize, textAt, textSize, false);
		skipTo(next);
	}
	if (fault !== FINE) return BROKEN;
	addPlain(SUM, point.sum, false);
	addPlain(COUNT, <f64>point.count, false);
	return ACCEPTED;
}

let quantile: f64 = 0;
let quantileValue: f64 = 0;

/** ValueAtQuantile { double quantile 1; double value 2 } */
function readQuantile(end: usize): bool {
	quantile = quantileValue = 0;
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 2) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(FIXED64, tagStart) || !hasFixed64(end)) return false;
		const found = reinterpret<f64>(takeFixed64());
		if (number === 1) quantile = found;
		else quantileValue = found;
	}
	return true;
}
