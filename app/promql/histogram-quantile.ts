import { ClassicHistogram } from './functions/classic-histogram.ts';

/**
 * Quantile of a classic histogram, as Prometheus's histogram_quantile: `cumulative[i]` counts what is <= `bounds[i]`;
 * bounds rise, the last is Infinity. Null when nothing was observed.
 */
export function histogramQuantile(
	q: number,
	bounds: readonly number[],
	cumulative: readonly number[],
): number | null {
	// Counts are NaN where there is no sample.
	if (!((cumulative.at(-1) ?? 0) > 0)) return null;
	const histogram = new ClassicHistogram();
	for (const [i, bound] of bounds.entries()) histogram.add(bound, cumulative[i]!);
	const value = histogram.quantile(q, () => {});
	return Number.isNaN(value) ? null : value;
}
