import { lend } from '../../abi/lent';
import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { areTimes, decodeChunk, encodeChunk, maxChunkSize } from '../../codecs/chunk';
import { isSound, SAMPLES_1 } from '../../codecs/chunk-frame';
import { decodeRow, fillAbsent } from '../../codecs/chunk-matrix';
import { MAX_SAMPLES } from '../../codecs/chunk-section';
import {
	chunkEnd,
	chunkFrom,
	nextChunk,
	refusals,
	refuseChunk,
	refused,
	rewindChunks,
	startChunks,
} from '../../codecs/packed-chunks';
import { storeColumn } from './columns';

const BAD_SHAPE: u8 = 0;
const BAD_TIMESTAMP: u8 = 1;
const FINE: u8 = 255;
/** Bound of a matrix: 128 MiB. */
const MAX_CELLS: u64 = 1 << 24;

let outputSize: usize = 0;

/** What is wrong with the columns; sets `outputSize` to a bound of the result. */
function check(times: usize, samples: usize, valueCount: usize, ends: usize, chunks: usize): u8 {
	if (samples !== valueCount) return BAD_SHAPE;
	let start: u32 = 0;
	outputSize = 0;
	for (let i: usize = 0; i < chunks; i++) {
		const end = load<u32>(ends + (i << 2));
		if (end <= start || end - start > MAX_SAMPLES || end > <u32>samples) return BAD_SHAPE;
		if (!areTimes(times + ((<usize>start) << 3), end - start)) return BAD_TIMESTAMP;
		outputSize += maxChunkSize(end - start);
		start = end;
	}
	return start === <u32>samples ? FINE : BAD_SHAPE;
}

/** result<packed, encode-error>: discriminant at 0; two lists from 4, or the error at 4. */
export function chunks_encode(
	times: usize,
	timeCount: usize,
	values: usize,
	valueCount: usize,
	ends: usize,
	chunks: usize,
): usize {
	const fault = check(times, timeCount, valueCount, ends, chunks);
	if (fault === FINE) {
		const data = allocate(outputSize);
		const dataEnds = allocate(chunks << 2);
		let to = data;
		let start: usize = 0;
		for (let i: usize = 0; i < chunks; i++) {
			const end = <usize>load<u32>(ends + (i << 2));
			to = encodeChunk(times + (start << 3), values + (start << 3), <u32>(end - start), to);
			store<u32>(dataEnds + (i << 2), <u32>(to - data));
			start = end;
		}
		store<u8>(RESULT, 0);
		storeColumn(4, data, to - data);
		storeColumn(12, dataEnds, chunks);
	} else {
		store<u8>(RESULT, 1);
		store<u8>(RESULT, fault, 4);
	}
	release(times, timeCount);
	release(values, valueCount);
	release(ends, chunks);
	return RESULT;
}

export function chunks_encode_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseList(4);
	releaseList(12);
}

/** record decoded: times, values, sample ends, refused: four lists. `starts` are as many as the chunks, or none. */
export function chunks_decode(
	data: usize,
	size: usize,
	ends: usize,
	chunks: usize,
	starts: usize,
	startCount: usize,
): usize {
	if (startCount !== 0 && startCount !== chunks) unreachable();
	startChunks(data, size, ends, chunks, SAMPLES_1);
	let total: usize = 0;
	for (let i: usize = 0; i < chunks; i++) total += <usize>nextChunk();
	// Samples are written eight at a time.
	const times = allocate((total << 3) + 64);
	const values = allocate((total << 3) + 64);
	const sampleEnds = allocate(chunks << 2);
	let decoded: usize = 0;
	rewindChunks();
	for (let i: usize = 0; i < chunks; i++) {
		const count = nextChunk();
		const at = decoded << 3;
		const start: f64 = startCount === 0 ? 0 : load<f64>(starts + (i << 3));
		if (count !== 0 && decodeChunk(chunkFrom, chunkEnd, count, start, times + at, values + at))
			decoded += <usize>count;
		else refuseChunk();
		store<u32>(sampleEnds + (i << 2), <u32>decoded);
	}
	release(data, size);
	release(ends, chunks);
	release(starts, startCount);
	storeColumn(0, times, decoded);
	storeColumn(8, values, decoded);
	storeColumn(16, sampleEnds, chunks);
	storeColumn(24, refused, refusals);
	return RESULT;
}

export function chunks_decode_post(_result: usize): void {
	for (let offset: usize = RESULT; offset < RESULT + 32; offset += 8) {
		lend(load<usize>(offset), <usize>load<u32>(offset, 4));
	}
}

/** The matrix of the last call. It stays: memory that was written before is faster than new memory. */
let matrix: usize = 0;
let matrixBytes: usize = 0;

function matrixOf(bytes: usize): usize {
	if (bytes > matrixBytes) {
		release(matrix, matrixBytes);
		matrix = allocate(bytes + 64);
		matrixBytes = bytes;
	}
	return matrix;
}

/** record matrix: values, refused: two lists. `step` is above 0; what does not fit the memory traps. */
export function chunks_decode_matrix(
	data: usize,
	size: usize,
	ends: usize,
	chunks: usize,
	step: u32,
	columns: u32,
): usize {
	const cells = <u64>chunks * <u64>columns;
	if (step === 0 || cells > MAX_CELLS) unreachable();
	const values = matrixOf((<usize>cells) << 3);
	startChunks(data, size, ends, chunks, SAMPLES_1);
	let row = values;
	for (let i: usize = 0; i < chunks; i++) {
		const behind = row + ((<usize>columns) << 3);
		const count = nextChunk();
		if (
			count === 0 ||
			!isSound(chunkFrom, chunkEnd) ||
			!decodeRow(chunkFrom, chunkEnd, count, step, columns, row)
		) {
			fillAbsent(row, behind);
			refuseChunk();
		}
		row = behind;
	}
	release(data, size);
	release(ends, chunks);
	storeList(0, values, <usize>cells);
	storeColumn(8, refused, refusals);
	return RESULT;
}

export function chunks_decode_matrix_post(_result: usize): void {
	lend(load<usize>(RESULT, 8), <usize>load<u32>(RESULT, 12));
}
