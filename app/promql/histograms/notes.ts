import { quoteString } from '../parser/quote.ts';

// What may be wrong with the use of histograms, in Prometheus's words.

export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

export const MIXED_IN_AGGREGATION = 'encountered a mix of histograms and floats for aggregation';

export function mixedSamples(metric: string): string {
	return `encountered a mix of histograms and floats for metric name ${quoteString(metric)}`;
}

export function mixedSchemas(metric: string): string {
	const what = 'vector contains a mix of histograms with exponential and custom buckets schemas';
	return `${what} for metric name ${quoteString(metric)}`;
}

export function noCounter(metric: string): string {
	return `this native histogram metric is not a counter: ${quoteString(metric)}`;
}

export function noGauge(metric: string): string {
	return `this native histogram metric is not a gauge: ${quoteString(metric)}`;
}

export function resetCollision(operation: HistogramOperation): string {
	return `conflicting counter resets during histogram ${operation}`;
}

export function reconciledBounds(operation: HistogramOperation): string {
	return `mismatched custom buckets were reconciled during ${operation}`;
}

export function ignoredInRange(metric: string): string {
	const what = 'ignored histograms in a range containing both floats and histograms';
	return `${what} for metric name ${quoteString(metric)}`;
}

export function aboutMetric(text: string, metric: string): string {
	return metric === '' ? text : `${text} for metric name ${quoteString(metric)}`;
}
