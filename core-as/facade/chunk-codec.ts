import { instantiate } from '../../build/core/store.js';
import { type ChunkMerger, chunkMerger } from './chunk-merge.ts';
import { type ChunkCoder, chunkCoder } from './chunks.ts';
import { Component, type CoreModules } from './component.ts';
import { type DownSampler, downSampler } from './down-sampling.ts';
import { type HistogramChunkCoder, histogramChunkCoder } from './histogram-chunks.ts';
import { type TierCoder, tierCoder } from './tiers.ts';

/** The store component; one file of this folder for each of its interfaces. */
export type StoreComponent = Component<ReturnType<typeof instantiate>>;

/** What is done with chunks. Outputs are fresh arrays that the caller owns, but for the matrix. */
export interface ChunkCodec extends ChunkCoder, ChunkMerger, DownSampler, HistogramChunkCoder, TierCoder {
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

export function createChunkCodec(modules: CoreModules): ChunkCodec {
	const component: StoreComponent = new Component(instantiate, modules);
	return {
		...chunkCoder(component),
		...chunkMerger(component),
		...downSampler(component),
		...histogramChunkCoder(component),
		...tierCoder(component),
		get traps() {
			return component.traps;
		},
	};
}
