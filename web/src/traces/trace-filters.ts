import type { TraceFilters } from '../api/trace-types.ts';
import type { ParamChanges } from '../state/address.ts';

/** The filters that an address holds. On an application's page the application is given and not chosen. */
export function readTraceFilters(params: URLSearchParams, application: string | null): TraceFilters {
	const status = params.get('status');
	return {
		application,
		service: params.get('service'),
		name: params.get('name'),
		status: status === 'error' || status === 'ok' ? status : null,
		minDuration: readMillis(params.get('min')),
		maxDuration: readMillis(params.get('max')),
		attribute: params.getAll('attribute'),
		root: params.get('root') === '1',
	};
}

function readMillis(text: string | null): number | null {
	const ms = Number(text);
	return text === null || text.trim() === '' || !Number.isFinite(ms) || ms < 0 ? null : ms;
}

/** A service is narrower than an application; the server takes one of both. */
export function askedTraceFilters(filters: TraceFilters): TraceFilters {
	return filters.service ? { ...filters, application: null } : filters;
}

const UNITS: Record<string, number> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, min: 60_000 };

/** `250`, `250 ms`, `1.5s`, `2 min` as ms; null for nothing, undefined for no duration. */
export function parseDuration(text: string): number | null | undefined {
	if (text.trim() === '') return null;
	const match = /^\s*(\d+(?:[.,]\d+)?)\s*(us|µs|ms|s|min)?\s*$/i.exec(text);
	if (!match) return undefined;
	return Number(match[1]!.replace(',', '.')) * UNITS[(match[2] ?? 'ms').toLowerCase()]!;
}

/** The change of the address that takes all filters away. */
export const NO_TRACE_FILTERS: ParamChanges = {
	application: null,
	service: null,
	name: null,
	status: null,
	min: null,
	max: null,
	attribute: null,
	root: null,
};

/** Whether anything narrows the question, so that nothing found may only mean nothing that fits. */
export function isNarrowed(filters: TraceFilters): boolean {
	const { service, name, status, minDuration, maxDuration, attribute, root } = filters;
	return Boolean(
		service || name || status || minDuration !== null || maxDuration !== null || attribute?.length || root,
	);
}
