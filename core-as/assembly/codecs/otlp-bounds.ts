import { allocate, release } from '../abi/memory';
import * as tally from './metric-tally';
import { addExemplar, value as exemplarValue, readExemplar } from './otlp-exemplar';
import { placeNumber, placeWord, textAt, textSize } from './otlp-label-text';
import { findExtra } from './otlp-labels';
import { MAX_COUNT, readCustom } from './otlp-native';
import * as point from './otlp-point';
import { ACCEPTED, BAD_BUCKETS, BAD_COUNT, BROKEN } from './otlp-rejection';
import { addPlain, BUCKET, COUNT, endExtra, SUM, startSample } from './otlp-series';
import { copyFloats } from './packed-field';
import { cursor, FINE, fault, field, nextField, readTag, skipField, skipTo, varint } from './protobuf-reader';

// Histograms with explicit bounds: their lists, and the classic series that they become.

let leAt: usize = 0;
let leSize: usize = 0;
let infinityAt: usize = 0;
let infinitySize: usize = 0;

/** Lists of the point. */
let bucketValues: usize = 0;
let bounds: usize = 0;
/** By bucket: its first exemplar and one; by exemplar: the next one and one, where it is, its size. */
let firstExemplars: usize = 0;
let exemplarLinks: usize = 0;

export function startBounds(): void {
	placeWord('le');
	leAt = textAt;
	leSize = textSize;
	placeWord('+Inf');
	infinityAt = textAt;
	infinitySize = textSize;
	bucketValues = allocate((<usize>tally.pointBuckets) << 3);
	bounds = allocate((<usize>tally.pointBounds) << 3);
	firstExemplars = allocate((<usize>tally.pointBounds + 1) << 2);
	exemplarLinks = allocate(<usize>tally.pointExemplars * 12 + 4);
}

export function releaseBounds(): void {
	release(bucketValues, bucketValues);
	release(bounds, bounds);
	release(firstExemplars, firstExemplars);
	release(exemplarLinks, exemplarLinks);
	bucketValues = bounds = firstExemplars = exemplarLinks = 0;
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
		startSample(value);
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
	while (nextField(end, 8)) {
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
	if (fault !== FINE) return false;
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
