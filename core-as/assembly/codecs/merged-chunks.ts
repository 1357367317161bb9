import { allocate } from '../abi/memory';
import { encodeChunk, maxChunkSize } from './chunk';
import { MAX_SAMPLES } from './chunk-section';
import { chunkEnd, chunkFrom } from './packed-chunks';
import { beginRoom, endRoom, writeBytes, written } from './row-writer';
import { collected, times, values } from './sample-runs';

// Chunks of merged groups, written to the output of row-writer. No group becomes more chunks than it had.

/** Prefix ends of the chunks that were written. */
export let mergedEnds: usize = 0;
export let mergedChunks: usize = 0;

export function startMerged(inputChunks: usize): void {
	mergedEnds = allocate(inputChunks << 2);
	mergedChunks = 0;
}

/** Writes the collected samples as chunks. */
export function writeCollected(): void {
	for (let from: u32 = 0; from < collected; from += MAX_SAMPLES) {
		const count = min(collected - from, MAX_SAMPLES);
		const at = (<usize>from) << 3;
		endRoom(encodeChunk(times + at, values + at, count, beginRoom(maxChunkSize(count))));
		endChunk();
	}
}

/** Copies the chunk that was read last: it is all of its group. */
export function copyChunk(): void {
	writeBytes(chunkFrom, chunkEnd - chunkFrom);
	endChunk();
}

function endChunk(): void {
	store<u32>(mergedEnds + (mergedChunks << 2), <u32>written());
	mergedChunks++;
}
