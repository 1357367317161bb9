/** Samples in columns, one element a sample. */
export interface SampleColumns {
	/** Ids of series. */
	series: Uint32Array;
	/** Milliseconds since the epoch. */
	timestamps: Float64Array;
	values: Float64Array;
}

/** Samples of asked series: those of series `i` are `[ends[i-1], ends[i])`, in time order. */
export interface HeadSamples {
	ends: Uint32Array;
	timestamps: Float64Array;
	values: Float64Array;
}

/**
 * Port: samples that are in the spool and not yet in the chunk table, one of a series and time; createHead of the core's facade gives
 * one. Its memory is bounded: `append` throws a CoreError CXR_CORE_HEAD_FULL when that is reached, and
 * CXR_CORE_TRAP or CXR_CORE_HEAD_LOST when all samples are gone.
 */
export interface SampleHead {
	/** At most MAX_APPEND samples. `dropped`: those that no head takes. After HEAD_FULL the same columns may come again. */
	append(columns: SampleColumns): { dropped: number };
	/** Samples from `start` to `end`, both included. */
	read(series: Uint32Array, start: number, end: number): HeadSamples;
	/** Takes out about `maxChunks` chunks of hours below `beforeHour`, by series and hour; none at the end. */
	cut(
		beforeHour: number,
		maxChunks: number,
	): { series: Uint32Array; hours: Uint32Array; data: Uint8Array; ends: Uint32Array };
	statistics(): { samples: number; bytes: number; maxBytes: number };
	close(): void;
}

export const MAX_APPEND = 1 << 18;
/** Memory of one head: 10 million samples, or 700 000 series. */
export const HEAD_BYTES = 128 * 1024 * 1024;
