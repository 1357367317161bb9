/** What a list is sorted by, as the address holds it: `rate`, or `-rate` for the highest first. */
export interface Sorting<Column extends string> {
	column: Column;
	descending: boolean;
}

/** Reads the text of the address; anything that names no column is `fallback`. */
export function readSorting<Column extends string>(
	text: string | null,
	columns: readonly Column[],
	fallback: Sorting<Column>,
): Sorting<Column> {
	const descending = text?.startsWith('-') ?? false;
	const column = (descending ? text?.slice(1) : text) as Column;
	return columns.includes(column) ? { column, descending } : fallback;
}

/** What a click on a column head asks for: figures begin with the highest, columns of `words` with the first. */
export function nextSorting<Column extends string>(
	now: Sorting<Column>,
	column: Column,
	words: readonly Column[],
): string {
	const descending = now.column === column ? !now.descending : !words.includes(column);
	return descending ? `-${column}` : column;
}

/** The value of `aria-sort` of a column head. */
export function ariaSort<Column extends string>(
	{ column, descending }: Sorting<Column>,
	head: Column,
): 'ascending' | 'descending' | undefined {
	if (column !== head) return undefined;
	return descending ? 'descending' : 'ascending';
}
