import { ApiFailure } from './failure.ts';
import type { LogFilters, LogHistogram, LogList, LogPatterns, LogServices } from './log-types.ts';
import type { ProfileFlame, ProfileQuery, ProfileServices } from './profile-types.ts';
import type { NodeList, NodeReport } from './resource-types.ts';
import type { Trace, TraceFilters, TraceHeatmap, TraceList, TraceServices } from './trace-types.ts';
import type { ApplicationReport, Problem, ServerStatus, ServiceMap } from './types.ts';

/** Longer than any answer may take; a request that hangs must not stop the refresh. */
const TIMEOUT_MS = 30_000;

export interface TimeBounds {
	from: number;
	to: number;
}

/** Sends one request. Throws ApiFailure for an answer that is not 2xx and when no answer comes. */
async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
	const timeout = AbortSignal.timeout(TIMEOUT_MS);
	let response: Response;
	try {
		response = await fetch(path, {
			method,
			credentials: 'same-origin',
			headers: body === undefined ? {} : { 'content-type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
		});
	} catch (error) {
		if (signal?.aborted) throw error;
		const words = timeout.aborted
			? 'no answer within 30 s'
			: error instanceof Error
				? error.message
				: String(error);
		throw new ApiFailure(0, null, words);
	}
	if (response.ok) return response;
	const text = await response.text().catch(() => '');
	throw new ApiFailure(response.status, parseProblem(response, text), text || response.statusText);
}

function parseProblem(response: Response, text: string): Problem | null {
	if (!/json/.test(response.headers.get('content-type') ?? '')) return null;
	try {
		return JSON.parse(text) as Problem;
	} catch {
		return null;
	}
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
	const response = await send('GET', path, undefined, signal);
	return (await response.json()) as T;
}

/** What a question may hold: nothing is sent for null, false and the empty text; a list is repeated. */
type Asked = string | number | boolean | readonly string[] | null | undefined;

/** `from=..&to=..` and the rest of a question. */
export function questionText({ from, to }: TimeBounds, rest: object = {}): string {
	const params = new URLSearchParams({ from: String(Math.round(from)), to: String(Math.round(to)) });
	for (const [key, value] of Object.entries(rest) as [string, Asked][]) {
		if (Array.isArray(value)) for (const one of value) params.append(key, one);
		else if (value !== null && value !== undefined && value !== false && value !== '')
			params.set(key, String(value));
	}
	return params.toString();
}

/** A page of a list. */
export interface Paging {
	limit?: number;
	/** The `next` of the page before. */
	before?: string | null;
}

export const api = {
	signIn: (token: string) => send('POST', '/api/session', { token }),
	signOut: () => send('DELETE', '/api/session'),
	session: () => get<{ signedIn: boolean }>('/api/session'),
	status: (signal?: AbortSignal) => get<ServerStatus>('/api/status', signal),
	map: (bounds: TimeBounds, signal?: AbortSignal) =>
		get<ServiceMap>(`/api/map?${questionText(bounds)}`, signal),
	application: (id: string, bounds: TimeBounds, signal?: AbortSignal) =>
		get<ApplicationReport>(`/api/applications/${encodeURIComponent(id)}?${questionText(bounds)}`, signal),
	nodes: (bounds: TimeBounds, signal?: AbortSignal) =>
		get<NodeList>(`/api/nodes?${questionText(bounds)}`, signal),
	node: (id: string, bounds: TimeBounds, signal?: AbortSignal) =>
		get<NodeReport>(`/api/nodes/${encodeURIComponent(id)}?${questionText(bounds)}`, signal),

	logs: (bounds: TimeBounds, filters: LogFilters & Paging, signal?: AbortSignal) =>
		get<LogList>(`/api/logs?${questionText(bounds, filters)}`, signal),
	logHistogram: (bounds: TimeBounds, filters: LogFilters, signal?: AbortSignal) =>
		get<LogHistogram>(`/api/logs/histogram?${questionText(bounds, filters)}`, signal),
	logPatterns: (bounds: TimeBounds, filters: LogFilters & { limit?: number }, signal?: AbortSignal) =>
		get<LogPatterns>(`/api/logs/patterns?${questionText(bounds, filters)}`, signal),
	logServices: (bounds: TimeBounds, signal?: AbortSignal) =>
		get<LogServices>(`/api/logs/services?${questionText(bounds)}`, signal),

	traces: (bounds: TimeBounds, filters: TraceFilters & Paging, signal?: AbortSignal) =>
		get<TraceList>(`/api/traces?${questionText(bounds, filters)}`, signal),
	traceHeatmap: (bounds: TimeBounds, filters: TraceFilters, signal?: AbortSignal) =>
		get<TraceHeatmap>(`/api/traces/heatmap?${questionText(bounds, filters)}`, signal),
	traceServices: (bounds: TimeBounds, signal?: AbortSignal) =>
		get<TraceServices>(`/api/traces/services?${questionText(bounds)}`, signal),
	trace: (id: string, signal?: AbortSignal) => get<Trace>(`/api/traces/${id}`, signal),

	profileServices: (bounds: TimeBounds, signal?: AbortSignal) =>
		get<ProfileServices>(`/api/profiles/services?${questionText(bounds)}`, signal),
	profileFlame: (bounds: TimeBounds, query: ProfileQuery, signal?: AbortSignal) =>
		get<ProfileFlame>(`/api/profiles/flame?${questionText(bounds, query)}`, signal),
	/** Address of the download, for a link. */
	profileDownload: (bounds: TimeBounds, query: ProfileQuery) =>
		`/api/profiles/pprof?${questionText(bounds, { ...query, baseFrom: null, baseTo: null, maxNodes: null })}`,
};
