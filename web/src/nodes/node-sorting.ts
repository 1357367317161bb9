import type { NodeSummary } from '../api/resource-types.ts';
import { STATUS_ORDER } from '../format/status.ts';
import { nextSorting as nextColumn, readSorting as readColumn, type Sorting } from '../state/sorting.ts';

export const COLUMNS = [
	'name',
	'status',
	'cpu',
	'memory',
	'disk',
	'network',
	'containers',
	'uptime',
] as const;
export type NodeColumn = (typeof COLUMNS)[number];
const WORDS: readonly NodeColumn[] = ['name', 'status'];

/** Reads `cpu` or `-cpu`; anything else is by name. */
export const readSorting = (text: string | null): Sorting<NodeColumn> =>
	readColumn(text, COLUMNS, { column: 'name', descending: false });

export const nextSorting = (now: Sorting<NodeColumn>, column: NodeColumn): string =>
	nextColumn(now, column, WORDS);

const figure: Record<Exclude<NodeColumn, 'name' | 'status'>, (node: NodeSummary) => number | null> = {
	cpu: (node) => node.cpu,
	memory: (node) => node.memory,
	disk: (node) => node.diskBytesPerSecond,
	network: (node) => node.networkBytesPerSecond,
	containers: (node) => node.containers,
	uptime: (node) => node.uptimeSeconds,
};

/** Sorted anew; what is not known stays at the end either way, and equals are in order of their names. */
export function sortNodes(
	list: readonly NodeSummary[],
	{ column, descending }: Sorting<NodeColumn>,
): NodeSummary[] {
	const sign = descending ? -1 : 1;
	const byName = (a: NodeSummary, b: NodeSummary) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
	const compare = (a: NodeSummary, b: NodeSummary): number => {
		if (column === 'name') return sign * byName(a, b);
		if (column === 'status') return sign * (STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status));
		const x = figure[column](a);
		const y = figure[column](b);
		if (x === null || y === null) return Number(x === null) - Number(y === null);
		return sign * (x - y);
	};
	return [...list].sort((a, b) => compare(a, b) || byName(a, b));
}
