/** Columns of a time grid: one number per step, NaN where nothing is known. */

/** As the API gives them: null for what is not known, and for the whole where nothing is. */
export function known(column: Float64Array | null): (number | null)[] | null {
	if (column === null || column.every(Number.isNaN)) return null;
	return Array.from(column, (value) => (Number.isNaN(value) ? null : value));
}

/** Step by step; what is not known adds nothing where something else is known. Null without columns. */
export function sumOf(columns: readonly Float64Array[]): Float64Array | null {
	return folded(columns, (sum, value) => sum + value);
}

/** The later column counts where it knows something. Null without columns. */
export function latestOf(columns: readonly Float64Array[]): Float64Array | null {
	return folded(columns, (_, value) => value);
}

function folded(
	columns: readonly Float64Array[],
	fold: (before: number, value: number) => number,
): Float64Array | null {
	if (columns.length < 2) return columns[0] ?? null;
	const out = Float64Array.from(columns[0]!);
	for (const column of columns.slice(1)) {
		for (let i = 0; i < out.length; i++) {
			const value = column[i]!;
			if (Number.isNaN(value)) continue;
			out[i] = Number.isNaN(out[i]) ? value : fold(out[i]!, value);
		}
	}
	return out;
}

/** `part` of `whole`, 0 to 1 where both are known; null where one is missing altogether. */
export function shareOf(part: Float64Array | null, whole: Float64Array | null): Float64Array | null {
	if (part === null || whole === null) return null;
	return part.map((value, i) => (whole[i]! > 0 ? value / whole[i]! : Number.NaN));
}

/** The newest value that is known, or null. */
export function newestOf(column: Float64Array | null): number | null {
	return column?.findLast((value) => !Number.isNaN(value)) ?? null;
}

/** Mean of what is known, or null. */
export function meanOf(column: Float64Array | null): number | null {
	let sum = 0;
	let count = 0;
	for (const value of column ?? []) {
		if (Number.isNaN(value)) continue;
		sum += value;
		count++;
	}
	return count === 0 ? null : sum / count;
}

/** A small course of at most `most` values, each the mean of its steps, to four digits. */
export function courseOf(column: Float64Array | null, most: number): (number | null)[] | null {
	if (column === null || column.every(Number.isNaN)) return null;
	const size = Math.ceil(column.length / most);
	return Array.from({ length: Math.ceil(column.length / size) }, (_, i) => {
		const mean = meanOf(column.subarray(i * size, (i + 1) * size));
		return mean === null ? null : Number(mean.toPrecision(4));
	});
}
