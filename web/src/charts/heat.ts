/** Latency buckets as rectangles of a heatmap on a logarithmic axis. */

export interface Heatmap {
	/** Upper bounds in seconds, ascending; null is infinity. */
	bounds: (number | null)[];
	counts: (number | null)[][];
}

export interface HeatCell {
	column: number;
	/** Seconds. */
	low: number;
	high: number;
	/** 0..5, by the logarithm of the count. */
	heat: number;
}

/** The axis never shows less than this span, so that a quiet service does not look wild. */
const FLOOR = 0.001;
const LEAST_TOP = 0.1;

/** The ends of the axis, round figures around what was measured. */
export function latencyScale(
	{ bounds, counts }: Heatmap,
	percentiles: readonly (number | null)[][],
): [number, number] {
	let top = LEAST_TOP;
	let bottom = FLOOR;
	for (const values of percentiles) {
		for (const value of values) {
			if (value === null || value <= 0) continue;
			top = Math.max(top, value);
			bottom = Math.min(bottom, value);
		}
	}
	const finite = bounds.filter((bound): bound is number => bound !== null);
	for (const column of counts) {
		column.forEach((count, row) => {
			if (count) top = Math.max(top, bounds[row] ?? (finite.at(-1) ?? top) * 2.5);
		});
	}
	return [10 ** Math.floor(Math.log10(bottom) + 1e-9), niceTop(top)];
}

/** The next of 1, 2.5 and 5 times a power of ten. */
function niceTop(value: number): number {
	const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
	return ([1, 2.5, 5, 10].find((step) => step * decade >= value * (1 - 1e-9)) ?? 10) * decade;
}

/** The cells with requests in them. The first bucket reaches down to the axis, the last one up to its end. */
export function heatCells({ bounds, counts }: Heatmap, [bottom, top]: readonly [number, number]): HeatCell[] {
	const highest = Math.max(0, ...counts.flat().map((count) => count ?? 0));
	const cells: HeatCell[] = [];
	counts.forEach((rows, column) => {
		rows.forEach((count, row) => {
			if (!count) return;
			const low = Math.max(bottom, row === 0 ? bottom : (bounds[row - 1] ?? bottom));
			const high = Math.min(top, bounds[row] ?? top);
			if (high <= low) return;
			const heat = Math.min(5, Math.floor((Math.log1p(count) / Math.log1p(highest)) * 6));
			cells.push({ column, low, high, heat });
		});
	});
	return cells;
}

/** Requests per bucket over the whole range, for the table; null where nothing was measured at all. */
export function bucketTotals({ bounds, counts }: Heatmap): { bound: number | null; count: number | null }[] {
	return bounds.map((bound, row) => {
		let sum: number | null = null;
		for (const column of counts) {
			const count = column[row];
			if (count !== null && count !== undefined) sum = (sum ?? 0) + count;
		}
		return { bound, count: sum };
	});
}
