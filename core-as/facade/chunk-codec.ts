import { instantiate } from '../../build/core/store.js';
import { Component, type CoreModules } from './component.ts';
import { CoreError } from './errors.ts';

/** Bound of one call, so that columns and output fit the component's memory; split larger batches. */
export const MAX_CHUNKS_PER_CALL = 32_768;

/** Many chunks as columns: chunk `i` holds samples `[sampleEnds[i-1], sampleEnds[i])`, 1 to 256 of them. */
export interface ChunkSamples {
	/** Milliseconds from the start of the chunk's hour: integers in [0, 2^32), rising within a chunk. */
	timestamps: Float64Array;
	/** Any bit pattern; each comes back bit by bit. */
	values: Float64Array;
	sampleEnds: Uint32Array;
}

/** Encoded chunks back to back; `ends` are prefix ends in `data`. Layout: docs/formats.md, "Chunk". */
export interface PackedChunks {
	data: Uint8Array;
	ends: Uint32Array;
}

export interface ChunkCodec {
	/** Throws CoreError CXR_CORE_CHUNK_*. */
	encode(samples: ChunkSamples): PackedChunks;
	/**
	 * `refused` lists the chunks that were not taken (version, checksum, or a field out of range); such a chunk
	 * yields no samples and disturbs no other.
	 */
	decode(packed: PackedChunks): { samples: ChunkSamples; refused: Uint32Array };
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_CHUNK_BAD_SHAPE',
	'bad-timestamp': 'CXR_CORE_CHUNK_BAD_TIMESTAMP',
} as const;

export function createChunkCodec(modules: CoreModules): ChunkCodec {
	const component = new Component(instantiate, modules);
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
		decode(packed) {
			if (!(packed.data instanceof Uint8Array)) throw new Error('BUG: packed chunks must be a Uint8Array');
			checkEnds(packed.ends);
			return component.call((it) => it.chunks.decode(packed));
		},
		get traps() {
			return component.traps;
		},
	};
}

function checkEnds(ends: Uint32Array): void {
	if (!(ends instanceof Uint32Array)) throw new Error('BUG: ends must be a Uint32Array');
	if (ends.length > MAX_CHUNKS_PER_CALL) {
		throw new Error(`BUG: ${ends.length} chunks in one call, at most ${MAX_CHUNKS_PER_CALL}`);
	}
}
