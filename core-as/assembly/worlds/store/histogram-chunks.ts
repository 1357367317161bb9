import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { HISTOGRAMS_1 } from '../../codecs/chunk-frame';
import { MAX_SAMPLES } from '../../codecs/chunk-section';
import { decodeHistograms, isFull, padStarts } from '../../codecs/histogram-chunk-decode';
import { BAD_SHAPE, encodeHistograms, FINE } from '../../codecs/histogram-chunk-encode';
import {
	dropRecord,
	endRecord,
	extendList,
	goBack,
	lengthIn,
	markLists,
	pointerIn,
	RECORD_SIZE,
	releaseHistograms,
	releaseRecord,
	resultLength,
	startRecord,
} from '../../codecs/histogram-record';
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
} from '../../codecs/metric-columns';
import {
	chunkEnd,
	chunkFrom,
	nextChunk,
	refusals,
	refuseChunk,
	refused,
	startChunks,
} from '../../codecs/packed-chunks';
import { output, releaseOutput, startOutput, written } from '../../codecs/row-writer';
import { storeColumn } from './columns';

/** True when `ends` has `count` elements that rise to `last`, by at most `most` each and, where `least` is 1, by that. */
function areEnds(record: usize, ends: usize, count: u32, last: u32, least: u32, most: u32): bool {
	if (lengthIn(record, ends) !== count) return false;
	const pointer = pointerIn(record, ends);
	let before: u32 = 0;
	for (let i: usize = 0; i < <usize>count; i++) {
		const end = load<u32>(pointer + (i << 2));
		if (end < before || end - before < least || end - before > most) return false;
		before = end;
	}
	return before === last;
}

/** True when the lists fit each other. */
function isShaped(record: usize): bool {
	const count = lengthIn(record, HISTOGRAM_TIMESTAMPS);
	const starts = lengthIn(record, HISTOGRAM_START_TIMESTAMPS);
	if (starts !== 0 && starts !== count) return false;
	if (lengthIn(record, KINDS) !== count || lengthIn(record, SCHEMAS) !== count) return false;
	if (lengthIn(record, POSITIVE_SPANS) !== count || lengthIn(record, ZERO_THRESHOLDS) !== count) return false;
	for (let list = ZERO_COUNTS; list <= SUMS; list += 8) if (lengthIn(record, list) !== count) return false;
	const spans = lengthIn(record, SPAN_OFFSETS);
	return (
		lengthIn(record, COUNTS) === count &&
		lengthIn(record, SPAN_LENGTHS) === spans &&
		areEnds(record, HISTOGRAM_ENDS, lengthIn(record, HISTOGRAM_ENDS), count, 1, MAX_SAMPLES) &&
		areEnds(record, SPAN_ENDS, count, spans, 0, u32.MAX_VALUE) &&
		areEnds(record, BUCKET_ENDS, count, lengthIn(record, BUCKET_COUNTS), 0, u32.MAX_VALUE) &&
		areEnds(record, CUSTOM_ENDS, count, lengthIn(record, CUSTOM_VALUES), 0, u32.MAX_VALUE)
	);
}

/** result<packed, histogram-error>: discriminant at 0; two lists from 4, or the error at 4. `call`: the record. */
export function histogram_chunks_encode(call: usize): usize {
	let fault = isShaped(call) ? FINE : BAD_SHAPE;
	if (fault === FINE) {
		const chunks = lengthIn(call, HISTOGRAM_ENDS);
		const chunkEnds = allocate((<usize>chunks) << 2);
		startOutput(0);
		let start: u32 = 0;
		for (let i: usize = 0; i < <usize>chunks && fault === FINE; i++) {
			const end = load<u32>(pointerIn(call, HISTOGRAM_ENDS) + (i << 2));
			fault = encodeHistograms(call, start, end - start);
			store<u32>(chunkEnds + (i << 2), <u32>written());
			start = end;
		}
		if (fault === FINE) {
			storeList(4, output, written());
			storeColumn(12, chunkEnds, chunks);
		} else {
			releaseOutput();
			heap.free(chunkEnds);
		}
	}
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) store<u8>(RESULT, <u8>fault, 4);
	releaseHistograms(call);
	release(call, RECORD_SIZE);
	return RESULT;
}

export function histogram_chunks_encode_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseOutput();
	releaseList(12);
}

/** Offset of the list of refused chunks. */
const REFUSED: usize = 4 + RECORD_SIZE;

/** result<decoded-histograms, too-large>: discriminant at 0; the record and a list from 4, or the error at 4. */
export function histogram_chunks_decode(data: usize, size: usize, ends: usize, chunks: usize): usize {
	startRecord();
	startChunks(data, size, ends, chunks, HISTOGRAMS_1);
	let fits: bool = true;
	for (let i: usize = 0; i < chunks && fits; i++) {
		const count = nextChunk();
		markLists();
		if (count === 0 || !decodeHistograms(chunkFrom, chunkEnd, count)) {
			if (count !== 0) {
				fits = !isFull;
				goBack();
			}
			refuseChunk();
		}
		const end = extendList(HISTOGRAM_ENDS, 1);
		if (end === 0) fits = false;
		else store<u32>(end, resultLength(HISTOGRAM_TIMESTAMPS));
	}
	if (resultLength(HISTOGRAM_START_TIMESTAMPS) > 0)
		fits = fits && padStarts(resultLength(HISTOGRAM_TIMESTAMPS));
	if (fits) {
		endRecord();
		storeColumn(REFUSED, refused, refusals);
	} else {
		dropRecord();
		heap.free(refused);
		store<u8>(RESULT, 0, 4);
	}
	store<u8>(RESULT, fits ? 0 : 1);
	release(data, size);
	release(ends, chunks);
	return RESULT;
}

export function histogram_chunks_decode_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseRecord();
	releaseList(REFUSED);
}
