import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { collectGroup, startGroups } from '../../codecs/chunk-groups';
import { mergedChunks, mergedEnds, startMerged, writeCollected } from '../../codecs/merged-chunks';
import { refusals, refused } from '../../codecs/packed-chunks';
import { output, overflowed, releaseOutput, startOutput, written } from '../../codecs/row-writer';
import { replaced } from '../../codecs/sample-runs';
import { storeColumn } from './columns';

const BAD_SHAPE: u8 = 0;
const TOO_LARGE: u8 = 1;

/** result<merged, merge-error>: discriminant at 0; four lists from 4 and a number at 36, or the error at 4. */
export function chunk_merge_merge(
	data: usize,
	size: usize,
	inputEnds: usize,
	inputChunks: usize,
	groupEnds: usize,
	groups: usize,
): usize {
	let fault: i32 = -1;
	if (!startGroups(data, size, inputEnds, inputChunks, groupEnds, groups)) fault = BAD_SHAPE;
	else {
		startOutput(size);
		startMerged(inputChunks);
		const ends = allocate(groups << 2);
		let duplicates: u32 = 0;
		for (let i: usize = 0; i < groups && fault < 0; i++) {
			if (collectGroup(load<u32>(groupEnds + (i << 2)))) writeCollected();
			else fault = TOO_LARGE;
			if (overflowed) fault = TOO_LARGE;
			duplicates += replaced;
			store<u32>(ends + (i << 2), <u32>mergedChunks);
		}
		if (fault >= 0) {
			releaseOutput();
			heap.free(mergedEnds);
			heap.free(ends);
			heap.free(refused);
		} else {
			storeList(4, output, written());
			storeColumn(12, mergedEnds, mergedChunks);
			storeColumn(20, ends, groups);
			storeColumn(28, refused, refusals);
			store<u32>(RESULT, duplicates, 36);
		}
	}
	store<u8>(RESULT, fault < 0 ? 0 : 1);
	if (fault >= 0) store<u8>(RESULT, <u8>fault, 4);
	release(data, size);
	release(inputEnds, inputChunks);
	release(groupEnds, groups);
	return RESULT;
}

export function chunk_merge_merge_post(result: usize): void {
	if (load<u8>(result) !== 0) return;
	releaseOutput();
	for (let offset: usize = 12; offset < 36; offset += 8) releaseList(offset);
}
