/** Rows of `codexray top`: of edges, or of what was asked over one; filtered, sorted, one of them chosen. */

import { edgeKey } from './edge-totals.ts';
import type { LiveDetail, LiveEdge } from './live-view.ts';
import type { TopState } from './top-state.ts';

export type ColumnName =
	| 'client'
	| 'server'
	| 'protocol'
	| 'requests'
	| 'errors'
	| 'p50'
	| 'p95'
	| 'max'
	| 'open'
	| 'fails';

export interface Row {
	key: string;
	/** What is sorted by; null is the least. Of a detail `client` is the detail. */
	values: Record<ColumnName, string | number | null>;
}

export interface Rows {
	rows: Row[];
	/** Of the chosen one; 0 where there are none. */
	index: number;
	selected: Row | undefined;
}

/** The opened edge; undefined when none is, or it has gone quiet. */
export function openedEdge(state: TopState): LiveEdge | undefined {
	return state.view.edges.find((edge) => edgeKey(edge.client, edge.server) === state.opened);
}

export function rowsOf(state: TopState): Rows {
	const edge = openedEdge(state);
	const all =
		state.opened === undefined ? state.view.edges.map(edgeRow) : (edge?.details ?? []).map(detailRow);
	const wanted = state.filter.toLowerCase();
	const rows = all.filter(({ values }) =>
		[values.client, values.server, values.protocol].some((text) =>
			String(text).toLowerCase().includes(wanted),
		),
	);
	const { column, descending } = state.sort;
	rows.sort((a, b) => (descending ? -1 : 1) * compare(a.values[column], b.values[column]) || byKey(a, b));
	const index = Math.max(
		0,
		rows.findIndex((row) => row.key === state.selected),
	);
	return { rows, index, selected: rows[index] };
}

/** `/host/shop` as `shop`, `/k8s/prod/shop-1/web` as `prod/shop-1/web`; an address as it is. */
export function shortName(id: string): string {
	return id.startsWith('/') ? id.replace(/^\/[^/]*\/(?=.)/, '') : id;
}

function edgeRow(edge: LiveEdge): Row {
	const talks = edge.protocols.length > 0;
	return {
		key: edgeKey(edge.client, edge.server),
		values: {
			client: shortName(edge.client),
			server: shortName(edge.server),
			protocol: talks ? edge.protocols.join('+') : 'tcp',
			requests: talks ? edge.requestsPerSecond : null,
			errors: talks ? edge.errorsPerSecond : null,
			...edge.latency,
			open: edge.activeConnections,
			fails: edge.failedConnectsPerSecond,
		},
	};
}

function detailRow(detail: LiveDetail): Row {
	return {
		key: `${detail.protocol} ${detail.detail}`,
		values: {
			client: detail.detail,
			server: '',
			protocol: detail.protocol,
			requests: detail.requestsPerSecond,
			errors: detail.errorsPerSecond,
			...detail.latency,
			open: null,
			fails: null,
		},
	};
}

function compare(a: string | number | null, b: string | number | null): number {
	if (a === b) return 0;
	if (a === null || b === null) return a === null ? -1 : 1;
	return a < b ? -1 : 1;
}

/** Rows that are equal keep their places from frame to frame. */
function byKey(a: Row, b: Row): number {
	return compare(a.key, b.key);
}
