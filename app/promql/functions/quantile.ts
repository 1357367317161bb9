/** Up to here sorting by insertion is faster than the array's own sort. */
const FEW = 40;
let scratch = new Float64Array(FEW);

/** The quantile of `values[low, high)`, which stay as they are. */
export function quantileWithin(q: number, values: Float64Array, low: number, high: number): number {
	if (high - low > scratch.length) scratch = new Float64Array(2 * (high - low));
	for (let i = low; i < high; i++) scratch[i - low] = values[i]!;
	return quantileOf(q, scratch, high - low);
}

/**
 * The quantile of the first `n` values, between two of them as their weighted mean. -Inf and +Inf where `q` is no share,
 * NaN where it or everything is nothing. Sorts them.
 */
export function quantileOf(q: number, values: Float64Array, n = values.length): number {
	if (n === 0 || Number.isNaN(q)) return Number.NaN;
	if (q < 0) return Number.NEGATIVE_INFINITY;
	if (q > 1) return Number.POSITIVE_INFINITY;
	sortNanFirst(values, n);
	const last = n - 1;
	const rank = q * last;
	const lower = Math.max(0, Math.floor(rank));
	const upper = Math.min(last, lower + 1);
	const weight = rank - Math.floor(rank);
	if (weight === 0) return values[lower]!;
	return values[lower]! * (1 - weight) + values[upper]! * weight;
}

/** NaN is below every number, as Prometheus sorts it for quantiles. */
function sortNanFirst(values: Float64Array, n: number): void {
	if (n > FEW) {
		const sorted = values.subarray(0, n).sort();
		// Typed arrays have NaN last.
		let numbers = n;
		while (numbers > 0 && Number.isNaN(sorted[numbers - 1])) numbers--;
		sorted.copyWithin(n - numbers, 0, numbers).fill(Number.NaN, 0, n - numbers);
		return;
	}
	for (let i = 1; i < n; i++) {
		const x = values[i]!;
		let at = i;
		while (at > 0 && (values[at - 1]! > x || (Number.isNaN(x) && !Number.isNaN(values[at - 1])))) {
			values[at] = values[at - 1]!;
			at--;
		}
		values[at] = x;
	}
}
