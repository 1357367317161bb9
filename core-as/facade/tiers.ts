import type { StoreComponent } from './chunk-codec.ts';
import { type ChunkSamples, checkEnds, checkGroups, checkPacked, type PackedChunks } from './chunks.ts';
import { CoreError } from './errors.ts';

/** Chunks of whole series of one day, by series, hour and age. */
export interface DayChunks {
	packed: PackedChunks;
	/** Group `i`, the chunks `[groupEnds[i-1], groupEnds[i])`, is of one series and hour. */
	groupEnds: Uint32Array;
	/** Of each group, 0 to 23, rising within a series. */
	hours: Uint8Array;
	/** Series `k` is the groups `[seriesEnds[k-1], seriesEnds[k])`. */
	seriesEnds: Uint32Array;
}

export interface ClosedDay {
	chunks: PackedChunks;
	/** Prefix ends of the groups in `chunks`; a group without a sample has no chunk. */
	groupEnds: Uint32Array;
	/** Chunks of the input that were not taken; the others of their groups are there. */
	refused: Uint32Array;
	/**
	 * Tier rows of all series for the first step, then for the next; layout in docs/formats.md. A series without a value has an empty one, and
	 * one with samples behind their hour one that says that its chunks have to be read.
	 */
	rows: PackedChunks;
}

/** Number of each column of a tier row. */
export const TIER_COLUMN = { lasts: 0, maxima: 1, minima: 2, sums: 3, counts: 4 } as const;
/** Bound of rows that are read in one call. */
export const MAX_TIER_ROWS = 4096;
/** In the place of the second byte of a row: it keeps nothing, the chunks of the day have to be read. */
export const READ_CHUNKS = 0xff;
const FIRST_BYTES: readonly number[] = [0xe1, 0xe2];

/** What is kept of a day that closes. */
export interface TierCoder {
	/**
	 * Merges the chunks of each group as `mergeChunks` does, but copies one that is alone, and down-samples each series to 1 to 4 steps of
	 * milliseconds, from 5 minutes on, that divide an hour. Throws CoreError CXR_CORE_TIER_BAD_SHAPE, and CXR_CORE_CHUNK_TOO_LARGE for a group of
	 * over 2^20 samples, 128 MiB of chunks or 32 MiB of rows of one step.
	 */
	closeDay(day: DayChunks, steps: Uint32Array): ClosedDay;
	/**
	 * One column, TIER_COLUMN, of up to MAX_TIER_ROWS rows of any version: 0 to 512 buckets each, times since the start of the day. A row that
	 * breaks the layout yields none and stands in `refused`. Throws CoreError CXR_CORE_TIER_BAD_SHAPE.
	 */
	readTiers(rows: PackedChunks, column: number): { samples: ChunkSamples; refused: Uint32Array };
}

/** True when the row of `data` from `from` on keeps buckets, in a layout that is known. */
export function keepsBuckets(data: Uint8Array, from: number): boolean {
	return FIRST_BYTES.includes(data[from]!) && data[from + 1] !== READ_CHUNKS;
}

/** A row that keeps nothing. */
export function unkeptRow(): Uint8Array {
	return Uint8Array.of(FIRST_BYTES.at(-1)!, READ_CHUNKS);
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_TIER_BAD_SHAPE',
	'too-large': 'CXR_CORE_CHUNK_TOO_LARGE',
} as const;

export function tierCoder(component: StoreComponent): TierCoder {
	const refuse = (why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]);
	return {
		closeDay({ packed, groupEnds, hours, seriesEnds }, steps) {
			checkGroups(packed, groupEnds);
			checkEnds(seriesEnds);
			if (!(hours instanceof Uint8Array)) throw new Error('BUG: hours must be a Uint8Array');
			checkEnds(steps);
			return component.call((it) => it.tiers.closeDay(packed, groupEnds, hours, seriesEnds, steps), refuse);
		},
		readTiers(rows, column) {
			checkPacked(rows);
			return component.call((it) => it.tiers.read(rows, column), refuse);
		},
	};
}
