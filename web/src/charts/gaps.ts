/** Where a chart has no sample. */

export interface Gap {
	/** In the unit of `times`. */
	from: number;
	to: number;
}

/** The newest steps may be empty because their samples are still on the way; that is not a gap yet. */
const ON_THE_WAY = 2;

/**
 * The stretches in which every series is null. A value covers the step before its time, so a gap does too.
 * @param step ms
 * @param live the range ends now, so empty steps at the end are only late
 */
export function findGaps(
	times: readonly number[],
	series: readonly (number | null)[][],
	step: number,
	live: boolean,
): Gap[] {
	const empty = times.map((_, i) => series.every((values) => values[i] === null || values[i] === undefined));
	let end = times.length;
	while (end > 0 && empty[end - 1]) end--;
	// Everything empty, or more than what can be on the way, is a gap up to the end.
	if (!live || end === 0 || times.length - end > ON_THE_WAY) end = times.length;
	const gaps: Gap[] = [];
	for (let i = 0; i < end; i++) {
		if (!empty[i]) continue;
		const from = (times[i] as number) - step;
		while (i + 1 < end && empty[i + 1]) i++;
		gaps.push({ from, to: times[i] as number });
	}
	return gaps;
}

/** Indices of samples without a neighbour: a line cannot show them, so they become dots. */
export function loneSamples(values: readonly (number | null | undefined)[]): number[] {
	const there = (i: number) => values[i] !== null && values[i] !== undefined;
	return values.flatMap((_, i) => (there(i) && !there(i - 1) && !there(i + 1) ? [i] : []));
}
