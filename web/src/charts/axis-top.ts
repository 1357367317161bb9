export type Column = readonly (number | null | undefined)[];

/** A limit that is further away than this many times what is used would press the rest to the ground. */
const FAR_LIMIT = 4;

/** The highest value to be drawn; the last columns are limits, of which those that are near count. */
export function topOf(columns: readonly Column[], limits: number): number {
	const highest = (list: readonly Column[]) =>
		list.reduce((top, column) => column.reduce<number>((most, value) => Math.max(most, value ?? 0), top), 0);
	const used = highest(columns.slice(0, columns.length - limits));
	const near = columns
		.slice(columns.length - limits)
		.map((column) => highest([column]))
		.filter((top) => used === 0 || top <= used * FAR_LIMIT);
	return Math.max(used, ...near);
}
