import type { ProfileFlame } from '../api/profile-types.ts';
import type { Sorting } from '../state/sorting.ts';
import { changeOf } from './flame.ts';

export interface FunctionRow {
	name: string;
	file: string;
	self: number;
	/** A function that calls itself counts once. */
	total: number;
	/** Change of `total` as a share of all against the base; null where there is nothing to compare with. */
	change: number | null;
	/** Its node with most samples. */
	widest: number;
}

export const COLUMNS = ['name', 'self', 'total', 'change'] as const;
export type FunctionColumn = (typeof COLUMNS)[number];

/** Functions with their own and all of their samples, in the order of their first node. */
export function functionRows(flame: ProfileFlame): FunctionRow[] {
	const { names, files, totals, selfs, baseTotals, strings } = flame;
	const rows: (Omit<FunctionRow, 'change'> & { base: number })[] = [];
	/** By string, its row and one more. */
	const rowOf = new Uint32Array(strings.length);
	/** Names on the way from the root to the node, and how often each is there: those that are not counted again. */
	const path: number[] = [];
	const onPath = new Uint32Array(strings.length);
	for (let node = 1; node < names.length; node++) {
		const name = names[node]!;
		while (path.length > flame.depths[node]! - 1) onPath[path.pop()!]!--;
		const inside = onPath[name]! > 0;
		path.push(name);
		onPath[name]!++;
		if (rowOf[name] === 0)
			rowOf[name] = rows.push({ name: strings[name]!, file: '', self: 0, total: 0, base: 0, widest: node });
		const row = rows[rowOf[name]! - 1]!;
		if (totals[node]! > totals[row.widest]!) row.widest = node;
		row.self += selfs[node]!;
		if (inside) continue;
		row.total += totals[node]!;
		row.base += baseTotals?.[node] ?? 0;
	}
	return rows.map(({ base, ...row }) => ({
		...row,
		file: strings[files[row.widest]!]!,
		change: changeOf(flame, row.total, base),
	}));
}

/** Sorted anew; equals are in order of their names. */
export function sortFunctions(
	rows: readonly FunctionRow[],
	{ column, descending }: Sorting<FunctionColumn>,
): FunctionRow[] {
	const sign = descending ? -1 : 1;
	const byName = (a: FunctionRow, b: FunctionRow) => a.name.localeCompare(b.name);
	return rows.toSorted((a, b) =>
		column === 'name' ? sign * byName(a, b) : sign * ((a[column] ?? 0) - (b[column] ?? 0)) || byName(a, b),
	);
}
