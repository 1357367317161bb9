import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { ServerError } from '../errors.ts';
import { HistogramColumns } from '../ingest/histogram-columns.ts';
import type { HistogramList } from './histogram-list.ts';

/** Most buckets, spans and custom bounds of one answer, together. */
const MAX_ENTRIES = 32_000_000;

/** Puts columns of histograms together, series by series. Throws CXR_QUERY_TOO_LARGE over its bounds. */
export class HistogramsOut {
	readonly #columns = new HistogramColumns();
	readonly #maxHistograms: number;
	#entries = 0;

	constructor(maxHistograms: number) {
		this.#maxHistograms = maxHistograms;
	}

	get count(): number {
		return this.#columns.count;
	}

	/** The list is in time order, and may be empty. */
	addSeries(list: HistogramList): void {
		if (this.count + list.length > this.#maxHistograms) {
			throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${this.#maxHistograms} histograms.`);
		}
		for (let i = 0; i < list.length; i++) {
			const columns = list.columns(i);
			const index = list.index(i);
			for (const ends of [columns.spanEnds, columns.bucketEnds, columns.customEnds]) {
				this.#entries += ends[index]! - (index === 0 ? 0 : ends[index - 1]!);
			}
			if (this.#entries > MAX_ENTRIES) {
				throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${MAX_ENTRIES} buckets of histograms.`);
			}
			this.#columns.copy(columns, index);
		}
		this.#columns.endSeries();
	}

	finish(): NativeHistograms {
		return this.#columns.finish();
	}
}
