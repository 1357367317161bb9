/**
 * Quantile of a classic histogram, as Prometheus's histogram_quantile: linear inside the bucket that holds it, from
 * 0 in the first; the highest finite bound when it lies in the last. `cumulative[i]` counts what is <= `bounds[i]`;
 * bounds rise, the last is Infinity. Null when nothing was observed.
 */
export function histogramQuantile(
	q: number,
	bounds: readonly number[],
	cumulative: readonly number[],
): number | null {
	const total = cumulative.at(-1) ?? 0;
	if (!(total > 0) || bounds.length < 2) return null;
	const rank = q * total;
	let i = cumulative.findIndex((c) => c >= rank);
	if (i < 0) i = bounds.length - 1;
	if (i === bounds.length - 1) return bounds[bounds.length - 2]!;
	const lower = i === 0 ? 0 : bounds[i - 1]!;
	const below = i === 0 ? 0 : cumulative[i - 1]!;
	const inside = cumulative[i]! - below;
	if (inside <= 0) return bounds[i]!;
	return lower + ((bounds[i]! - lower) * (rank - below)) / inside;
}
