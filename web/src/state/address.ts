/** The pages and their addresses. What a person chose lives in the address, so that a link shows the same thing. */

export type Route =
	| { page: 'map' }
	| { page: 'applications' }
	| { page: 'application'; id: string }
	| { page: 'logs' }
	| { page: 'traces' }
	| { page: 'trace'; id: string }
	| { page: 'profiles' }
	| { page: 'features' }
	| { page: 'nodes' }
	| { page: 'node'; id: string }
	| { page: 'missing'; path: string };

/** A page that stands in an address. */
export type Place = Exclude<Route, { page: 'missing' }>;

/** Pages that are one word. */
const LISTS = ['applications', 'logs', 'traces', 'profiles', 'nodes', 'features'] as const;

export function routeOf(path: string): Route {
	if (path === '/' || path === '/index.html') return { page: 'map' };
	const list = LISTS.find((page) => path === `/${page}` || path === `/${page}/`);
	if (list) return { page: list };
	const one = /^\/(application|node)s\/([^/]+)\/?$/.exec(path);
	if (one) {
		try {
			return { page: one[1] as 'application' | 'node', id: decodeURIComponent(one[2] as string) };
		} catch {
			// A percent sign that encodes nothing: no such page.
		}
	}
	const trace = /^\/traces\/([0-9a-f]{32})\/?$/i.exec(path)?.[1];
	if (trace) return { page: 'trace', id: trace.toLowerCase() };
	return { page: 'missing', path };
}

export function pathOf(route: Place): string {
	if (route.page === 'map') return '/';
	if (route.page === 'trace') return `/traces/${route.id}`;
	if (route.page !== 'application' && route.page !== 'node') return `/${route.page}`;
	// Colons stay readable.
	return `/${route.page}s/${encodeURIComponent(route.id).replaceAll('%3A', ':')}`;
}

/** Parameters of an address and what they become: null or an empty text removes one, a list repeats it. */
export type ParamChanges = Record<string, string | readonly string[] | null>;

/** The time range is kept across every link; a page's own filters are not. */
const KEPT = ['range', 'from', 'to'];

/** Address of a page: its path, the time range of `current`, and parameters of its own. */
export function hrefOf(route: Place, current: URLSearchParams, own: ParamChanges = {}): string {
	const kept = new URLSearchParams();
	for (const key of KEPT) {
		const value = current.get(key);
		if (value !== null) kept.set(key, value);
	}
	return pathOf(route) + searchWith(kept, own);
}

/** `?...` with some parameters changed. Colons and commas stay readable. */
export function searchWith(current: URLSearchParams, changes: ParamChanges): string {
	const next = new URLSearchParams(current);
	for (const [key, value] of Object.entries(changes)) {
		if (typeof value === 'string' && value !== '') next.set(key, value);
		else next.delete(key);
		if (Array.isArray(value)) for (const one of value) next.append(key, one);
	}
	const text = next.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/');
	return text ? `?${text}` : '';
}

/** A list in one parameter: `status=crit,warn`. */
export function readList(params: URLSearchParams, key: string): string[] {
	return (params.get(key) ?? '').split(',').filter(Boolean);
}

/** Adds the entry, or takes it away when it is there. */
export function toggled(list: readonly string[], entry: string): string[] {
	return list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry].sort();
}

/** Takes the sign-in token out of an address, so that it stays in no history. */
export function withoutToken(href: string): { token: string | null; href: string } {
	const url = new URL(href);
	const token = url.searchParams.get('token');
	if (token === null) return { token, href };
	url.searchParams.delete('token');
	return { token, href: url.pathname + searchWith(url.searchParams, {}) + url.hash };
}
