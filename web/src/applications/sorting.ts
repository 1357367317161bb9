import type { ApplicationSummary } from '../api/types.ts';
import { namespaceName, STATUS_ORDER } from '../format/status.ts';
import {
	type Sorting as ColumnSorting,
	nextSorting as nextColumn,
	readSorting as readColumn,
} from '../state/sorting.ts';

export const COLUMNS = ['name', 'namespace', 'status', 'rate', 'errors', 'p50', 'p95', 'instances'] as const;
export type Column = (typeof COLUMNS)[number];
export type Sorting = ColumnSorting<Column>;
const WORDS: readonly Column[] = ['name', 'namespace', 'status'];

/** Reads `rate` or `-rate`; anything else is the worst first. */
export const readSorting = (text: string | null): Sorting =>
	readColumn(text, COLUMNS, { column: 'status', descending: false });

export const nextSorting = (now: Sorting, column: Column): string => nextColumn(now, column, WORDS);

const figure: Record<
	Exclude<Column, 'name' | 'namespace' | 'status'>,
	(app: ApplicationSummary) => number | null
> = {
	rate: (app) => app.requestsPerSecond,
	errors: (app) => app.errorRatio,
	p50: (app) => app.latencyP50,
	p95: (app) => app.latencyP95,
	instances: (app) => app.instances,
};

/** Sorted anew; what is not known stays at the end either way, and equals are in order of their names. */
export function sortApplications(
	list: readonly ApplicationSummary[],
	{ column, descending }: Sorting,
): ApplicationSummary[] {
	const sign = descending ? -1 : 1;
	const byName = (a: ApplicationSummary, b: ApplicationSummary) =>
		a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
	const compare = (a: ApplicationSummary, b: ApplicationSummary): number => {
		if (column === 'name') return sign * byName(a, b);
		if (column === 'namespace')
			return sign * namespaceName(a.namespace).localeCompare(namespaceName(b.namespace));
		if (column === 'status') return sign * (STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status));
		const x = figure[column](a);
		const y = figure[column](b);
		if (x === null || y === null) return Number(x === null) - Number(y === null);
		return sign * (x - y);
	};
	return [...list].sort((a, b) => compare(a, b) || byName(a, b));
}
