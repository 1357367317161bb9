import type { SelectHints, SeriesSource } from '../../promql/source.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';

/** The part of the chunk store that PromQL reads. */
export interface SampleStore {
	/** Samples of [from, to], ms. A store that keeps down-sampled tiers may read less by the hints. */
	select(matchers: readonly Matcher[], from: number, to: number, hints?: SelectHints): Promise<SeriesColumns>;
}

/** Series of a chunk store for the PromQL engine. */
export function promqlSource(store: SampleStore): SeriesSource {
	return {
		async select(matchers, start, end, hints) {
			const columns = await store.select(matchers, start, end, hints);
			// Who went away while it was read need not wait for the rest.
			hints.signal?.throwIfAborted();
			return columns;
		},
	};
}
