import type { MetricMetadata } from '../../telemetry/metadata.ts';
import type { SampleStore } from '../metrics/promql-source.ts';
import type { SeriesIndex } from '../metrics/series-index.ts';

/** What the API asks of a project's metrics. */
export interface MetricStore extends SampleStore {
	readonly index: SeriesIndex;
	/** What families of metrics mean; a store that keeps none has no such method. */
	metadata?(): Iterable<MetricMetadata>;
	stats(): { series: number; dropped: Record<string, number>; headSamples: number };
}
