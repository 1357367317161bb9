import { allocate } from '../abi/memory';
import { chunkCount } from './chunk-frame';

// Walks many chunks that lie back to back. One walk at a time. Ends that make no sense refuse their chunk.

/** The chunk that `nextChunk` found. */
export let chunkFrom: usize = 0;
export let chunkEnd: usize = 0;
/** Index of the next chunk. */
export let chunkIndex: u32 = 0;

/** Indices of the chunks that were refused: a list for the result, with room for all. */
export let refused: usize = 0;
export let refusals: usize = 0;

let data: usize = 0;
let size: u32 = 0;
let ends: usize = 0;
let start: u32 = 0;
let kind: u32 = 0;

/** `chunkKind`: as in chunk-frame; other chunks are refused. */
export function startChunks(
	bytes: usize,
	byteCount: usize,
	chunkEnds: usize,
	chunks: usize,
	chunkKind: u32,
): void {
	kind = chunkKind;
	data = bytes;
	size = <u32>byteCount;
	ends = chunkEnds;
	refused = allocate(chunks << 2);
	refusals = 0;
	rewindChunks();
}

export function rewindChunks(): void {
	chunkIndex = 0;
	start = 0;
}

/** Steps to the next chunk, which must exist; returns how many samples or histograms it says it holds, 0 when it is none. */
export function nextChunk(): u32 {
	const end = load<u32>(ends + ((<usize>chunkIndex) << 2));
	chunkIndex++;
	if (end < start || end > size) return 0;
	chunkFrom = data + <usize>start;
	chunkEnd = data + <usize>end;
	start = end;
	return chunkCount(chunkFrom, chunkEnd, kind);
}

/** Refuses the chunk that `nextChunk` found. */
export function refuseChunk(): void {
	store<u32>(refused + (refusals << 2), chunkIndex - 1);
	refusals++;
}
