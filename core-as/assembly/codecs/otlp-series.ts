import { allocate, release } from '../abi/memory';
import * as fill from './metric-fill';
import * as tally from './metric-tally';
import { addExemplar, exemplarCount, value as exemplarValue, readExemplar } from './otlp-exemplar';
import { placeNumber, placeWord, textAt, textSize } from './otlp-label-text';
import { findExtra, writeExtraSet, writeSet } from './otlp-labels';
import { millisOf } from './otlp-millis';
import { commitNative, MAX_COUNT, nativeCount, readCustom, STALE } from './otlp-native';
import * as point from './otlp-point';
import { ACCEPTED, BAD_BUCKETS, BAD_COUNT, BROKEN } from './otlp-rejection';
import { copyFloats } from './packed-field';
import {
	cursor,
	expectType,
	FIXED64,
	field,
	hasFixed64,
	readLength,
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

let leAt: usize = 0;
let leSize: usize = 0;
let quantileAt: usize = 0;
let quantileSize: usize = 0;
let infinityAt: usize = 0;
let infinitySize: usize = 0;

/** Lists of a point with explicit bounds. */
let bucketValues: usize = 0;
let bounds: usize = 0;
/** By bucket: its first exemplar and one; by exemplar: the next one and one, where it is, its size. */
let firstExemplars: usize = 0;
let exemplarLinks: usize = 0;

export function startSeries(): void {
	placeWord('le');
	leAt = textAt;
	leSize = textSize;
	placeWord('quantile');
	quantileAt = textAt;
	quantileSize = textSize;
	placeWord('+Inf');
	infinityAt = textAt;
	infinitySize = textSize;
	bucketValues = allocate((<usize>tally.pointBuckets) << 3);
	bounds = allocate((<usize>tally.pointBounds) << 3);
	firstExemplars = allocate((<usize>tally.pointBounds + 1) << 2);
	exemplarLinks = allocate(<usize>tally.pointExemplars * 12 + 4);
}

export function releaseSeries(): void {
	release(bucketValues, bucketValues);
	release(bounds, bounds);
	release(firstExemplars, firstExemplars);
	release(exemplarLinks, exemplarLinks);
	bucketValues = bounds = firstExemplars = exemplarLinks = 0;
}

function startOf(isGauge: bool): f64 {
	return isGauge ? 0 : millisOf(point.start);
}

function recordedOf(value: f64): f64 {
	return point.isStale ? reinterpret<f64>(STALE) : value;
}

/** One series with one sample. */
function addPlain(name: usize, value: f64, isDelta: bool): void {
	fill.addSample(millisOf(point.time), recordedOf(value), startOf(false));
	endPlain(name, isDelta);
}

function endPlain(name: usize, isDelta: bool): void {
	const ref = names + name;
	const count = writeSet(fill.nextLabels(), <usize>load<u32>(ref), <usize>load<u32>(ref, 4));
	fill.endSeries(count, isDelta, exemplarCount(), nativeCount());
}

function endExtra(
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
	fill.addSample(millisOf(point.time), recordedOf(point.value), startOf(isGauge));
	if (isCounter && !addExemplars(point.NUMBER, start, end)) return BROKEN;
	endPlain(PLAIN, isDelta);
	return ACCEPTED;
}

/** Adds all exemplars of the point to the series that is open. */
function addExemplars(kind: u32, start: usize, end: usize): bool {
	if (point.exemplars === 0) return true;
	const number = point.exemplarsField(kind);
	skipTo(start);
	while (cursor < end) {
		if (!readTag(end)) return false;
		if (field !== number) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		const next = cursor + <usize>varint;
		if (addExemplar(next) !== ACCEPTED) return false;
		skipTo(next);
	}
	return true;
}

export function addNative(kind: u32, start: usize, end: usize, boundCount: usize, isDelta: bool): i32 {
	commitNative(kind === point.HISTOGRAM, boundCount, isDelta);
	if (!addExemplars(kind, start, end)) return BROKEN;
	endPlain(PLAIN, isDelta);
	return ACCEPTED;
}

/** Reads buckets and bounds of a point with explicit bounds, and says what is wrong with them. */
export function readBounds(start: usize, end: usize, isCustom: bool): i32 {
	let bucketAt = bucketValues;
	let boundAt = bounds;
	skipTo(start);
	while (cursor < end) {
		if (!readTag(end)) return BROKEN;
		if (field === 6) {
			bucketAt = copyFloats(end, bucketAt);
			if (bucketAt === 0) return BROKEN;
		} else if (field === 7) {
			boundAt = copyFloats(end, boundAt);
			if (boundAt === 0) return BROKEN;
		} else if (!skipField(end)) return BROKEN;
	}
	if (point.count > MAX_COUNT) return BAD_COUNT;
	const buckets = <usize>point.bucketCounts;
	const count = <usize>point.explicitBounds;
	if (buckets !== (buckets === 0 && count === 0 ? 0 : count + 1)) return BAD_BUCKETS;
	for (let i: usize = 0; i < count; i++) {
		const bound = load<f64>(bounds + (i << 3));
		// NaN is above nothing; +Inf is the bound behind the last one.
		if (!(bound < Infinity) || (i > 0 && !(bound > load<f64>(bounds + ((i - 1) << 3))))) return BAD_BUCKETS;
	}
	let total: u64 = 0;
	for (let i: usize = 0; i < buckets; i++) {
		const value = load<u64>(bucketValues + (i << 3));
		if (value > MAX_COUNT) return BAD_COUNT;
		total += value;
		if (total > MAX_COUNT) return BAD_COUNT;
	}
	return isCustom ? readCustom(bucketValues, buckets, bounds, count) : ACCEPTED;
}

/** Series `_bucket` by rising bound with their exemplars, `_sum` where the point has one, `_count`. */
export function addClassic(start: usize, end: usize, isDelta: bool): i32 {
	const count = <usize>point.explicitBounds;
	if (!sortExemplars(start, end, count)) return BROKEN;
	findExtra('le');
	let sum: u64 = 0;
	for (let i: usize = 0; i <= count; i++) {
		let valueAt = infinityAt;
		let size = infinitySize;
		let value = <f64>point.count;
		if (i < count) {
			if (placeNumber(load<f64>(bounds + (i << 3))) !== ACCEPTED) return BROKEN;
			valueAt = textAt;
			size = textSize;
			sum += load<u64>(bucketValues + (i << 3));
			value = <f64>sum;
		}
		fill.addSample(millisOf(point.time), recordedOf(value), startOf(false));
		if (!addBucketExemplars(i)) return BROKEN;
		endExtra(BUCKET, leAt, leSize, valueAt, size, isDelta);
	}
	if (point.hasSum) addPlain(SUM, point.sum, isDelta);
	addPlain(COUNT, <f64>point.count, isDelta);
	return ACCEPTED;
}

/** Links the exemplars of each bucket, in the order of the sender. */
function sortExemplars(start: usize, end: usize, count: usize): bool {
	memory.fill(firstExemplars, 0, (count + 1) << 2);
	if (point.exemplars === 0) return true;
	let number: u32 = 0;
	skipTo(start);
	while (cursor < end) {
		if (!readTag(end)) return false;
		if (field !== 8) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!readLength(end)) return false;
		const place = cursor;
		const size = <usize>varint;
		if (!readExemplar(place + size)) return false;
		const link = exemplarLinks + <usize>number * 12;
		store<u32>(link, <u32>place, 4);
		store<u32>(link, <u32>size, 8);
		// The bucket, until it is linked.
		store<u32>(link, <u32>bucketOf(exemplarValue, count));
		number++;
		skipTo(place + size);
	}
	for (let i = number; i > 0; i--) {
		const link = exemplarLinks + <usize>(i - 1) * 12;
		const first = firstExemplars + ((<usize>load<u32>(link)) << 2);
		store<u32>(link, load<u32>(first));
		store<u32>(first, i);
	}
	return true;
}

/** The first bucket whose bound is not below the value; NaN is in the last one. */
function bucketOf(value: f64, count: usize): usize {
	let low: usize = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (value <= load<f64>(bounds + (middle << 3))) high = middle;
		else low = middle + 1;
	}
	return low;
}

function addBucketExemplars(bucket: usize): bool {
	for (let i = load<u32>(firstExemplars + (bucket << 2)); i !== 0; ) {
		const link = exemplarLinks + <usize>(i - 1) * 12;
		const place = <usize>load<u32>(link, 4);
		skipTo(place);
		if (addExemplar(place + <usize>load<u32>(link, 8)) !== ACCEPTED) return false;
		i = load<u32>(link);
	}
	return true;
}

/** A series for each quantile, `_sum`, `_count`. Quantiles are no deltas, and of no start. */
export function addSummary(start: usize, end: usize): i32 {
	findExtra('quantile');
	skipTo(start);
	while (cursor < end) {
		if (!readTag(end)) return BROKEN;
		if (field !== 6) {
			if (!skipField(end)) return BROKEN;
			continue;
		}
		if (!readLength(end)) return BROKEN;
		const next = cursor + <usize>varint;
		if (!readQuantile(next) || placeNumber(quantile) !== ACCEPTED) return BROKEN;
		fill.addSample(millisOf(point.time), recordedOf(quantileValue), 0);
		endExtra(PLAIN, quantileAt, quantileSize, textAt, textSize, false);
		skipTo(next);
	}
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
