import type { METRIC_TYPES } from '../../core-as/facade/index.ts';

/** What a family of metrics means, as its sender says. */
export interface MetricMetadata {
	/** Name of the family: of a histogram without `_bucket`. */
	family: string;
	type: MetricType;
	help: string;
	unit: string;
}

/** Words as the Prometheus API has them. */
export type MetricType = (typeof METRIC_TYPES)[number];
