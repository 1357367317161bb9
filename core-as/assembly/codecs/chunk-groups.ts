import { decodeChunk } from './chunk';
import { SAMPLES_1 } from './chunk-frame';
import { chunkEnd, chunkFrom, chunkIndex, nextChunk, refuseChunk, startChunks } from './packed-chunks';
import { addRun, collected, makeRoom, mergeRuns, startRuns, times, values } from './sample-runs';

// Groups of chunks, each of one series and hour, oldest first.

/** Bound of chunks in one call. */
export const MAX_CHUNKS: usize = 32_768;

/**
 * Begins with the first of the chunks of samples, whose prefix ends are `ends`; false, and nothing is begun, where the
 * prefix ends of the groups do not rise to `chunks`, or those are too many.
 */
export function startGroups(
	data: usize,
	size: usize,
	ends: usize,
	chunks: usize,
	groupEnds: usize,
	groups: usize,
): bool {
	if (!areGroups(groupEnds, groups, chunks)) return false;
	startChunks(data, size, ends, chunks, SAMPLES_1);
	return true;
}

function areGroups(groupEnds: usize, groups: usize, chunks: usize): bool {
	let before: u32 = 0;
	for (let i: usize = 0; i < groups; i++) {
		const end = load<u32>(groupEnds + (i << 2));
		if (end < before) return false;
		before = end;
	}
	return before === <u32>chunks && chunks <= MAX_CHUNKS;
}

/**
 * Collects and merges the samples of the chunks up to index `end` as one run (sample-runs); false when they are too
 * many. A chunk that cannot be read is refused.
 */
export function collectGroup(end: u32): bool {
	startRuns();
	while (chunkIndex < end) {
		const count = nextChunk();
		if (count !== 0 && !makeRoom(count)) return false;
		const at = (<usize>collected) << 3;
		if (count !== 0 && decodeChunk(chunkFrom, chunkEnd, count, 0, times + at, values + at)) addRun(count);
		else refuseChunk();
	}
	mergeRuns();
	return true;
}
