import type { StoreComponent } from './chunk-codec.ts';
import { GROUP_REFUSALS } from './chunk-merge.ts';
import { type ChunkSamples, checkEnds, checkGroups, type PackedChunks } from './chunks.ts';
import { CoreError } from './errors.ts';

/** What samples come to, by bucket; bucket columns of group, or series, `i` are `[ends[i-1], ends[i])`. */
export interface SampleBuckets {
	/** Starts of buckets: multiples of the step. Buckets without a value are left out. */
	timestamps: Float64Array;
	/** NaN where all values are NaN. */
	minima: Float64Array;
	maxima: Float64Array;
	sums: Float64Array;
	counts: Float64Array;
	/** The last value, bit by bit. */
	lasts: Float64Array;
	ends: Uint32Array;
	/** Chunks that were not taken. */
	refused: Uint32Array;
}

/** Staleness markers and ABSENT_BITS are no values. Steps are milliseconds, aligned to 0. */
export interface DownSampler {
	/**
	 * Groups as in `mergeChunks`; times count from the start of the hour. Throws CoreError CXR_CORE_CHUNK_BAD_GROUPS,
	 * CXR_CORE_CHUNK_TOO_LARGE for a group of over 2^20 samples or a result of over 2^21 buckets.
	 */
	downSampleChunks(packed: PackedChunks, groupEnds: Uint32Array, step: number): SampleBuckets;
	/** Series of any length, times from -2^52 to 2^52. Throws CoreError CXR_CORE_SAMPLING_*. */
	downSampleColumns(samples: ChunkSamples, step: number): SampleBuckets;
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_SAMPLING_BAD_SHAPE',
	'bad-timestamp': 'CXR_CORE_SAMPLING_BAD_TIMESTAMP',
	'too-large': 'CXR_CORE_SAMPLING_TOO_LARGE',
} as const;

/** Samples of one call. */
const MAX_SAMPLES = 1 << 23;

export function downSampler(component: StoreComponent): DownSampler {
	return {
		downSampleChunks(packed, groupEnds, step) {
			checkGroups(packed, groupEnds);
			checkStep(step);
			return component.call(
				(it) => it.downSampling.downSampleChunks(packed, groupEnds, step),
				(why: keyof typeof GROUP_REFUSALS) => new CoreError(GROUP_REFUSALS[why]),
			);
		},
		downSampleColumns(samples, step) {
			const { timestamps, values, sampleEnds } = samples;
			if (!(timestamps instanceof Float64Array && values instanceof Float64Array)) {
				throw new Error('BUG: timestamps and values must be Float64Array');
			}
			if (values.length > MAX_SAMPLES) {
				throw new Error(`BUG: ${values.length} samples in one call, at most ${MAX_SAMPLES}`);
			}
			checkEnds(sampleEnds);
			checkStep(step);
			return component.call(
				(it) => it.downSampling.downSampleColumns(samples, step),
				(why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]),
			);
		},
	};
}

function checkStep(step: number): void {
	if (!(Number.isInteger(step) && step > 0 && step <= 0xffffffff)) throw new Error(`BUG: step ${step}`);
}
