/** Below every number, as Prometheus sorts it for quantiles. */
function nanFirst(a: number, b: number): number {
	if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
	return Number.isNaN(b) ? 1 : a - b || 0;
}

/**
 * The quantile of `values`, between two of them as their weighted mean. -Inf and +Inf where `q` is no share, NaN where it
 * or everything is nothing. Sorts `values`.
 */
export function quantileOf(q: number, values: Float64Array): number {
	if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
	if (q < 0) return Number.NEGATIVE_INFINITY;
	if (q > 1) return Number.POSITIVE_INFINITY;
	sortNanFirst(values);
	const last = values.length - 1;
	const rank = q * last;
	const lower = Math.max(0, Math.floor(rank));
	const upper = Math.min(last, lower + 1);
	const weight = rank - Math.floor(rank);
	if (weight === 0) return values[lower]!;
	return values[lower]! * (1 - weight) + values[upper]! * weight;
}

function sortNanFirst(values: Float64Array): void {
	// Typed arrays sort NaN last, and fast.
	if (values.some(Number.isNaN)) values.sort(nanFirst);
	else values.sort();
}
