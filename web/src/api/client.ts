import { ApiFailure } from './failure.ts';
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

const between = ({ from, to }: TimeBounds) => `from=${Math.round(from)}&to=${Math.round(to)}`;

export const api = {
	signIn: (token: string) => send('POST', '/api/session', { token }),
	signOut: () => send('DELETE', '/api/session'),
	session: () => get<{ signedIn: boolean }>('/api/session'),
	status: (signal?: AbortSignal) => get<ServerStatus>('/api/status', signal),
	map: (bounds: TimeBounds, signal?: AbortSignal) => get<ServiceMap>(`/api/map?${between(bounds)}`, signal),
	application: (id: string, bounds: TimeBounds, signal?: AbortSignal) =>
		get<ApplicationReport>(`/api/applications/${encodeURIComponent(id)}?${between(bounds)}`, signal),
};
