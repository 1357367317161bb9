import type { StoreComponent } from './chunk-codec.ts';
import { checkGroups, type PackedChunks } from './chunks.ts';
import { CoreError } from './errors.ts';

export interface MergedChunks {
	chunks: PackedChunks;
	/** Prefix ends of the groups in `chunks`; a group without a sample has no chunk. */
	groupEnds: Uint32Array;
	/** Chunks of the input that were not taken; the others of their groups are merged. */
	refused: Uint32Array;
	/** Samples that another one of the same time replaced. */
	duplicates: number;
}

export interface ChunkMerger {
	/**
	 * Makes each group, the chunks `[groupEnds[i-1], groupEnds[i])` of one series and hour, oldest first, as few chunks as
	 * hold its samples. Where times meet the sample of the later chunk counts; ABSENT_BITS never replaces one. Throws CoreError
	 * CXR_CORE_CHUNK_BAD_GROUPS, and CXR_CORE_CHUNK_TOO_LARGE for a group of over 2^20 samples or a result over 128 MiB.
	 */
	mergeChunks(packed: PackedChunks, groupEnds: Uint32Array): MergedChunks;
}

export const GROUP_REFUSALS = {
	'bad-shape': 'CXR_CORE_CHUNK_BAD_GROUPS',
	'too-large': 'CXR_CORE_CHUNK_TOO_LARGE',
} as const;

export function chunkMerger(component: StoreComponent): ChunkMerger {
	return {
		mergeChunks(packed, groupEnds) {
			checkGroups(packed, groupEnds);
			return component.call(
				(it) => it.chunkMerge.merge(packed, groupEnds),
				(why: keyof typeof GROUP_REFUSALS) => new CoreError(GROUP_REFUSALS[why]),
			);
		},
	};
}
