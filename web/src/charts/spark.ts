/** SVG paths of a small course without axes, from 0 to a little over its highest value. Gaps stay gaps. */
export function sparkPaths(
	values: (number | null)[],
	width: number,
	height: number,
): { line: string; area: string } {
	const top = Math.max(0, ...values.map((value) => value ?? 0)) * 1.1 || 1;
	const x = (i: number) => round((i / Math.max(1, values.length - 1)) * width);
	const y = (value: number) => round(height - 1 - (value / top) * (height - 3));
	let line = '';
	let area = '';
	let start = -1;
	values.forEach((value, i) => {
		if (value === null) {
			start = -1;
			return;
		}
		const next = values[i + 1];
		line += `${start < 0 ? 'M' : 'L'}${x(i)} ${y(value)}`;
		area += start < 0 ? `M${x(i)} ${height}L${x(i)} ${y(value)}` : `L${x(i)} ${y(value)}`;
		if (start < 0) start = i;
		if (next === null || next === undefined) area += `L${x(i)} ${height}Z`;
	});
	return { line, area };
}

/** Counts put together until there are at most `most`: the last group may be smaller. */
export function grouped(counts: readonly number[], most: number): number[] {
	const size = Math.max(1, Math.ceil(counts.length / most));
	return Array.from({ length: Math.ceil(counts.length / size) }, (_, i) =>
		counts.slice(i * size, (i + 1) * size).reduce((sum, count) => sum + count, 0),
	);
}

const round = (value: number) => Math.round(value * 10) / 10;
