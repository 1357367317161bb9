import type { StoreComponent } from './chunk-codec.ts';
import { checkEnds, checkPacked, type PackedChunks } from './chunks.ts';
import { CoreError } from './errors.ts';
import type { NativeHistograms } from './metric-columns.ts';

/** Chunks of native histograms: lossless, one series and hour each. */
export interface HistogramChunkCoder {
	/**
	 * Chunk `i` holds the histograms `[ends[i-1], ends[i])`, 1 to 256 of them, of one series; timestamps are milliseconds from the
	 * start of the chunk's hour, rising integers in [0, 2^32). Start timestamps that are all 0 are not kept. Throws CoreError
	 * CXR_CORE_HISTOGRAM_*.
	 */
	encodeHistograms(histograms: NativeHistograms): PackedChunks;
	/**
	 * `refused` lists the chunks that were not taken; such a chunk yields no histograms and disturbs no other. Throws CoreError
	 * CXR_CORE_HISTOGRAM_TOO_LARGE when the columns would take more than 192 MiB.
	 */
	decodeHistograms(packed: PackedChunks): { histograms: NativeHistograms; refused: Uint32Array };
}

const REFUSALS = {
	'bad-shape': 'CXR_CORE_HISTOGRAM_BAD_SHAPE',
	'bad-timestamp': 'CXR_CORE_CHUNK_BAD_TIMESTAMP',
	'bad-spans': 'CXR_CORE_HISTOGRAM_BAD_SPANS',
	'too-large': 'CXR_CORE_HISTOGRAM_TOO_LARGE',
} as const;

const COLUMNS = {
	ends: Uint32Array,
	timestamps: Float64Array,
	startTimestamps: Float64Array,
	kinds: Uint8Array,
	schemas: Int8Array,
	zeroThresholds: Float64Array,
	zeroCounts: Float64Array,
	counts: Float64Array,
	sums: Float64Array,
	spanEnds: Uint32Array,
	positiveSpans: Uint32Array,
	spanOffsets: Int32Array,
	spanLengths: Uint32Array,
	bucketEnds: Uint32Array,
	bucketCounts: Float64Array,
	customEnds: Uint32Array,
	customValues: Float64Array,
} as const satisfies Record<keyof NativeHistograms, unknown>;

/** Bound of the columns of one call. */
const MAX_BYTES = 192 * 1024 * 1024;

export function histogramChunkCoder(component: StoreComponent): HistogramChunkCoder {
	const refuse = (why: keyof typeof REFUSALS) => new CoreError(REFUSALS[why]);
	return {
		encodeHistograms(histograms) {
			checkColumns(histograms);
			return component.call((it) => it.histogramChunks.encode(histograms), refuse);
		},
		decodeHistograms(packed) {
			checkPacked(packed);
			return component.call((it) => it.histogramChunks.decode(packed), refuse);
		},
	};
}

function checkColumns(histograms: NativeHistograms): void {
	let bytes = 0;
	for (const [name, array] of Object.entries(COLUMNS)) {
		const column = histograms[name as keyof NativeHistograms];
		if (!(column instanceof array)) throw new Error(`BUG: ${name} must be a ${array.name}`);
		bytes += column.byteLength;
	}
	if (bytes > MAX_BYTES)
		throw new Error(`BUG: ${bytes} bytes of histograms in one call, at most ${MAX_BYTES}`);
	checkEnds(histograms.ends);
}
