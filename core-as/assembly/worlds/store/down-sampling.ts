import { allocate, RESULT, release, releaseList } from '../../abi/memory';
import {
	addBuckets,
	BUCKET_COLUMNS,
	bucketColumn,
	buckets,
	releaseBuckets,
	startBuckets,
} from '../../codecs/buckets';
import { collectGroup, MAX_CHUNKS, startGroups } from '../../codecs/chunk-groups';
import { refusals, refused } from '../../codecs/packed-chunks';
import { collected, times, values } from '../../codecs/sample-runs';
import { storeColumn } from './columns';

const BAD_SHAPE: i32 = 0;
const BAD_TIMESTAMP: i32 = 1;
const TOO_LARGE: i32 = 2;
const FINE: i32 = -1;
/** Up to here a division finds the bucket without an error. */
const MAX_TIME: f64 = 4503599627370496; // 2^52

/** result<buckets, sampling-error>: discriminant at 0; eight lists from 4, or the error at 4. */
export function down_sampling_down_sample_chunks(
	data: usize,
	size: usize,
	ends: usize,
	chunks: usize,
	groupEnds: usize,
	groups: usize,
	step: u32,
): usize {
	let fault = FINE;
	if (step === 0 || !startGroups(data, size, ends, chunks, groupEnds, groups)) fault = BAD_SHAPE;
	else {
		startBuckets();
		const bucketEnds = allocate(groups << 2);
		for (let i: usize = 0; i < groups && fault === FINE; i++) {
			const fits = collectGroup(load<u32>(groupEnds + (i << 2)));
			if (!fits || !addBuckets(times, values, collected, <f64>step)) fault = TOO_LARGE;
			store<u32>(bucketEnds + (i << 2), buckets);
		}
		if (fault === FINE) storeBuckets(bucketEnds, groups, refused, refusals);
		else {
			releaseBuckets();
			heap.free(bucketEnds);
			heap.free(refused);
		}
	}
	storeFault(fault);
	release(data, size);
	release(ends, chunks);
	release(groupEnds, groups);
	return RESULT;
}

export function down_sampling_down_sample_chunks_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	for (let offset: usize = 4; offset < 68; offset += 8) releaseList(offset);
}

/** As above. */
export function down_sampling_down_sample_columns(
	timestamps: usize,
	timeCount: usize,
	samples: usize,
	sampleCount: usize,
	ends: usize,
	series: usize,
	step: u32,
): usize {
	let fault = FINE;
	if (step === 0 || timeCount !== sampleCount) fault = BAD_SHAPE;
	else fault = checkColumns(timestamps, sampleCount, ends, series);
	if (fault === FINE) {
		startBuckets();
		const bucketEnds = allocate(series << 2);
		let start: u32 = 0;
		for (let i: usize = 0; i < series && fault === FINE; i++) {
			const end = load<u32>(ends + (i << 2));
			const at = (<usize>start) << 3;
			if (!addBuckets(timestamps + at, samples + at, end - start, <f64>step)) fault = TOO_LARGE;
			store<u32>(bucketEnds + (i << 2), buckets);
			start = end;
		}
		if (fault === FINE) storeBuckets(bucketEnds, series, allocate(0), 0);
		else {
			releaseBuckets();
			heap.free(bucketEnds);
		}
	}
	storeFault(fault);
	release(timestamps, timeCount);
	release(samples, sampleCount);
	release(ends, series);
	return RESULT;
}

export function down_sampling_down_sample_columns_post(result: usize): void {
	down_sampling_down_sample_chunks_post(result);
}

function checkColumns(timestamps: usize, count: usize, ends: usize, series: usize): i32 {
	let start: usize = 0;
	if (series > MAX_CHUNKS) return BAD_SHAPE;
	for (let i: usize = 0; i < series; i++) {
		const end = <usize>load<u32>(ends + (i << 2));
		if (end < start || end > count) return BAD_SHAPE;
		let before: f64 = -Infinity;
		for (; start < end; start++) {
			const time = load<f64>(timestamps + (start << 3));
			// NaN fails every comparison.
			if (!(time > before && abs(time) <= MAX_TIME)) return BAD_TIMESTAMP;
			before = time;
		}
	}
	return start === count ? FINE : BAD_SHAPE;
}

function storeBuckets(ends: usize, groups: usize, refused: usize, refusals: usize): void {
	for (let i: u32 = 0; i < BUCKET_COLUMNS; i++) {
		storeColumn(4 + ((<usize>i) << 3), bucketColumn(i), buckets);
	}
	storeColumn(52, ends, groups);
	storeColumn(60, refused, refusals);
}

function storeFault(fault: i32): void {
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) store<u8>(RESULT, <u8>fault, 4);
}
