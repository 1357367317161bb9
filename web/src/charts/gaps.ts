/** Where a chart has no sample. */

export interface Gap {
	/** In the unit of `times`. */
	from: number;
	to: number;
}

/** The newest steps may be empty because their samples are still on the way; that is not a gap yet. */
const ON_THE_WAY = 2;

/**
 * The stretches in which every series is null. A gap reaches half a step over its empty times, but never over a sample.
 * @param live the range ends now, so empty steps at the end are only late
 */
export function findGaps(
	times: readonly number[],
	series: readonly (number | null)[][],
	live: boolean,
): Gap[] {
	const empty = times.map((_, i) => series.every((values) => values[i] === null || values[i] === undefined));
	const last = times.length - 1;
	let end = last;
	if (live) while (end >= 0 && empty[end] && last - end < ON_THE_WAY) end--;
	if (live && end >= 0 && empty[end]) end = last;
	const gaps: Gap[] = [];
	for (let i = 0; i <= end; i++) {
		if (!empty[i]) continue;
		const first = i;
		while (i < end && empty[i + 1]) i++;
		const at = (index: number) => times[index] as number;
		gaps.push({
			from: first === 0 ? at(0) : (at(first - 1) + at(first)) / 2,
			to: i === last ? at(last) : (at(i) + at(i + 1)) / 2,
		});
	}
	return gaps;
}

/** Indices of samples without a neighbour: a line cannot show them, so they become dots. */
export function loneSamples(values: readonly (number | null | undefined)[]): number[] {
	const there = (i: number) => values[i] !== null && values[i] !== undefined;
	return values.flatMap((_, i) => (there(i) && !there(i - 1) && !there(i + 1) ? [i] : []));
}
