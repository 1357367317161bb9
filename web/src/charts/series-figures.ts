/** The figures of a series that stand in a legend or a table. Null where there is no sample. */
export interface SeriesFigures {
	last: number | null;
	lowest: number | null;
	highest: number | null;
	mean: number | null;
}

export function seriesFigures(values: readonly (number | null)[]): SeriesFigures {
	const known = values.filter((value): value is number => value !== null);
	if (known.length === 0) return { last: null, lowest: null, highest: null, mean: null };
	return {
		last: known.at(-1) ?? null,
		lowest: Math.min(...known),
		highest: Math.max(...known),
		mean: known.reduce((sum, value) => sum + value, 0) / known.length,
	};
}
