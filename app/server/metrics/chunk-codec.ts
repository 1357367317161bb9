import type { ClosedDay, DayChunks, DecodeOptions, NativeHistograms } from '../../../core-as/facade/index.ts';

/** Samples of many chunks: chunk `i` owns `[sampleEnds[i-1], sampleEnds[i])`, 1 to 256, in rising time order. */
export interface ChunkSamples {
	/** Milliseconds from the start of the chunk's hour. */
	timestamps: Float64Array;
	values: Float64Array;
	sampleEnds: Uint32Array;
}

export interface PackedChunks {
	data: Uint8Array;
	/** Prefix ends of each chunk in `data`. */
	ends: Uint32Array;
}

/** What the store asks of the core's chunk codec; createChunkCodec of the facade gives one. */
export interface ChunkCodec {
	encode(samples: ChunkSamples): PackedChunks;
	/** A damaged chunk yields no samples and stands in `refused`. What is lent is good until the codec's next call. */
	decode(packed: PackedChunks, options?: DecodeOptions): { samples: ChunkSamples; refused: Uint32Array };
	/**
	 * Makes each group `[groupEnds[i-1], groupEnds[i])`, chunks of one series and hour, oldest first, as few chunks as hold its samples;
	 * those of later chunks win. Throws for a group of more than MAX_MERGE_CHUNKS.
	 */
	mergeChunks(
		packed: PackedChunks,
		groupEnds: Uint32Array,
	): { chunks: PackedChunks; groupEnds: Uint32Array; refused: Uint32Array };
	/**
	 * Merges and down-samples the chunks of whole series of one day, as `mergeChunks` does; rows of tiers for each of `steps`, ms. Throws a CoreError.
	 */
	closeDay(day: DayChunks, steps: Uint32Array): ClosedDay;
	/** One column of tier rows: times count from the start of the day. A damaged row yields no samples and stands in `refused`. */
	readTiers(rows: PackedChunks, column: number): { samples: ChunkSamples; refused: Uint32Array };
	/** One chunk a series of the columns, 1 to MAX_CHUNK_SAMPLES histograms; times count from the chunk's hour. Throws a CoreError. */
	encodeHistograms(histograms: NativeHistograms): PackedChunks;
	/** A damaged chunk yields no histograms. Throws a CoreError when the columns would be too large. */
	decodeHistograms(packed: PackedChunks): { histograms: NativeHistograms; refused: Uint32Array };
}

/** Most samples that one chunk holds. */
export const MAX_CHUNK_SAMPLES = 256;
/** Most chunks of a group that are merged whatever they hold: 2^20 samples. */
export const MAX_MERGE_CHUNKS = 4096;
export const HOUR_MS = 3_600_000;
