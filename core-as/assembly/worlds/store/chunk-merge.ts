import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { encodeChunk, maxChunkSize } from '../../codecs/chunk';
import { SAMPLES_1 } from '../../codecs/chunk-frame';
import { areGroups, collectGroup } from '../../codecs/chunk-groups';
import { MAX_SAMPLES } from '../../codecs/chunk-section';
import { refusals, refused, startChunks } from '../../codecs/packed-chunks';
import {
	beginRoom,
	endRoom,
	output,
	overflowed,
	releaseOutput,
	startOutput,
	written,
} from '../../codecs/row-writer';
import { collected, replaced, times, values } from '../../codecs/sample-runs';
import { storeColumn } from './columns';

const BAD_SHAPE: u8 = 0;
const TOO_LARGE: u8 = 1;

/** Prefix ends of the chunks that were written. No group becomes more chunks than it had. */
let chunkEnds: usize = 0;
let chunks: usize = 0;

/** Writes the collected samples as chunks. */
function writeCollected(): void {
	for (let from: u32 = 0; from < collected; from += MAX_SAMPLES) {
		const count = min(collected - from, MAX_SAMPLES);
		const at = (<usize>from) << 3;
		endRoom(encodeChunk(times + at, values + at, count, beginRoom(maxChunkSize(count))));
		store<u32>(chunkEnds + (chunks << 2), <u32>written());
		chunks++;
	}
}

/** result<merged, merge-error>: discriminant at 0; four lists from 4 and a number at 36, or the error at 4. */
export function chunk_merge_merge(
	data: usize,
	size: usize,
	ends: usize,
	inputChunks: usize,
	groupEnds: usize,
	groups: usize,
): usize {
	let fault: i32 = -1;
	if (!areGroups(groupEnds, groups, inputChunks)) fault = BAD_SHAPE;
	else {
		startOutput(size);
		startChunks(data, size, ends, inputChunks, SAMPLES_1);
		chunkEnds = allocate(inputChunks << 2);
		chunks = 0;
		const mergedEnds = allocate(groups << 2);
		let duplicates: u32 = 0;
		for (let i: usize = 0; i < groups && fault < 0; i++) {
			if (collectGroup(load<u32>(groupEnds + (i << 2)))) writeCollected();
			else fault = TOO_LARGE;
			if (overflowed) fault = TOO_LARGE;
			duplicates += replaced;
			store<u32>(mergedEnds + (i << 2), <u32>chunks);
		}
		if (fault >= 0) {
			releaseOutput();
			heap.free(chunkEnds);
			heap.free(mergedEnds);
			heap.free(refused);
		} else {
			storeList(4, output, written());
			storeColumn(12, chunkEnds, chunks);
			storeColumn(20, mergedEnds, groups);
			storeColumn(28, refused, refusals);
			store<u32>(RESULT, duplicates, 36);
		}
	}
	store<u8>(RESULT, fault < 0 ? 0 : 1);
	if (fault >= 0) store<u8>(RESULT, <u8>fault, 4);
	release(data, size);
	release(ends, inputChunks);
	release(groupEnds, groups);
	return RESULT;
}

export function chunk_merge_merge_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseOutput();
	for (let offset: usize = 12; offset < 36; offset += 8) releaseList(offset);
}
