import type { StoreComponent } from './chunk-codec.ts';
import { CoreError } from './errors.ts';
import { type Lending, owned } from './lent.ts';

/** Bound of one call, so that columns and output fit the component's memory; split larger batches. */
export const MAX_CHUNKS_PER_CALL = 32_768;

/** Many chunks as columns: chunk `i` holds samples `[sampleEnds[i-1], sampleEnds[i])`, 1 to 256 of them. */
export interface ChunkSamples {
	/** Milliseconds from the start of the chunk's hour: integers in [0, 2^32), rising within a chunk. */
	timestamps: Float64Array;
	/** Any bit pattern; each comes back bit by bit. ABSENT_BITS, for no sample, is the cheapest. */
	values: Float64Array;
	sampleEnds: Uint32Array;
}

/** Encoded chunks back to back; `ends` are prefix ends in `data`. Layout: docs/formats.md. */
export interface PackedChunks {
	data: Uint8Array;
	ends: Uint32Array;
}

/** Bits of the NaN that says that there is no sample at this time. Any other NaN is a value. */
export const ABSENT_BITS = 0x7ff8616273656e74n;
/** Bound of a matrix: 128 MiB. */
export const MAX_MATRIX_CELLS = 1 << 24;

/** Column `k` is the time from `k * step` to before `(k + 1) * step` milliseconds after the start of the hour. */
export interface MatrixGrid {
	step: number;
	columns: number;
}

export interface ChunkMatrix {
	/**
	 * Row-major, one row a chunk; NaN (ABSENT_BITS) where there is no sample. The last sample of a column counts.
	 * Lent by the codec: read it before the next call of the same codec, which overwrites or detaches it.
	 */
	values: Float64Array;
	/** Chunks that were not taken; their rows hold no sample. */
	refused: Uint32Array;
}

export interface DecodeOptions extends Lending {
	/** What is added to the times of each chunk, ms; none: times count from the start of its hour. */
	starts?: Float64Array;
}

const NO_STARTS = new Float64Array(0);

/** Chunks of samples: lossless, one series and hour each. */
export interface ChunkCoder {
	/** Throws CoreError CXR_CORE_CHUNK_*. */
	encode(samples: ChunkSamples): PackedChunks;
	/**
	 * `refused` lists the chunks that were not taken (version, checksum, or a field out of range); such a chunk
	 * yields no samples and disturbs no other.
	 */
	decode(packed: PackedChunks, options?: DecodeOptions): { samples: ChunkSamples; refused: Uint32Array };
	/** Values of many chunks as a dense matrix, several times faster than `decode`; see MatrixGrid. */
	decodeMatrix(packed: PackedChunks, grid: MatrixGrid): ChunkMatrix;
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_CHUNK_BAD_SHAPE',
	'bad-timestamp': 'CXR_CORE_CHUNK_BAD_TIMESTAMP',
} as const;

export function chunkCoder(component: StoreComponent): ChunkCoder {
	return {
		encode(samples) {
			const { timestamps, values, sampleEnds } = samples;
			if (!(timestamps instanceof Float64Array && values instanceof Float64Array)) {
				throw new Error('BUG: timestamps and values must be Float64Array');
			}
			checkEnds(sampleEnds);
			return component.call(
				(it) => it.chunks.encode(samples),
				(why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]),
			);
		},
		decode(packed, { lend = false, starts = NO_STARTS } = {}) {
			checkPacked(packed);
			if (starts.length !== 0 && starts.length !== packed.ends.length) {
				throw new Error(`BUG: ${starts.length} starts of ${packed.ends.length} chunks`);
			}
			const decoded = component.call((it) => it.chunks.decode(packed, starts));
			return lend ? decoded : owned(decoded);
		},
		decodeMatrix(packed, grid) {
			checkPacked(packed);
			const { step, columns } = grid;
			if (!(Number.isInteger(step) && step > 0 && step <= 0xffffffff)) throw new Error(`BUG: step ${step}`);
			if (!(Number.isInteger(columns) && columns >= 0 && columns * packed.ends.length <= MAX_MATRIX_CELLS)) {
				throw new Error(`BUG: ${columns} columns for ${packed.ends.length} chunks`);
			}
			const { values, refused } = component.call((it) => it.chunks.decodeMatrix(packed, grid));
			return { values, refused: refused.slice() };
		},
	};
}

/** Bound of the bytes of one call; so many chunks never reach it. */
const MAX_PACKED = 160 * 1024 * 1024;

export function checkPacked(packed: PackedChunks): void {
	if (!(packed.data instanceof Uint8Array)) throw new Error('BUG: packed chunks must be a Uint8Array');
	if (packed.data.length > MAX_PACKED) {
		throw new Error(`BUG: ${packed.data.length} bytes of chunks in one call, at most ${MAX_PACKED}`);
	}
	checkEnds(packed.ends);
}

/** Of chunks in groups, whose prefix ends are `groupEnds`. */
export function checkGroups(packed: PackedChunks, groupEnds: Uint32Array): void {
	checkPacked(packed);
	checkEnds(groupEnds);
}

export function checkEnds(ends: Uint32Array): void {
	if (!(ends instanceof Uint32Array)) throw new Error('BUG: ends must be a Uint32Array');
	if (ends.length > MAX_CHUNKS_PER_CALL) {
		throw new Error(`BUG: ${ends.length} chunks in one call, at most ${MAX_CHUNKS_PER_CALL}`);
	}
}
