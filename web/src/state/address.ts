/** The pages and their addresses. What a person chose lives in the address, so that a link shows the same thing. */

export type Route =
	| { page: 'map' }
	| { page: 'applications' }
	| { page: 'application'; id: string }
	| { page: 'missing'; path: string };

export function routeOf(path: string): Route {
	if (path === '/' || path === '/index.html') return { page: 'map' };
	if (path === '/applications' || path === '/applications/') return { page: 'applications' };
	const application = /^\/applications\/([^/]+)\/?$/.exec(path)?.[1];
	if (application) {
		try {
			return { page: 'application', id: decodeURIComponent(application) };
		} catch {
			// A percent sign that encodes nothing: no such page.
		}
	}
	return { page: 'missing', path };
}

export function pathOf(route: Exclude<Route, { page: 'missing' }>): string {
	if (route.page === 'map') return '/';
	if (route.page === 'applications') return '/applications';
	// Colons stay readable. A dot would make the end of the address look like the name of a file.
	return `/applications/${encodeURIComponent(route.id).replaceAll('%3A', ':').replaceAll('.', '%2E')}`;
}

/** The time range is kept across every link; a page's own filters are not. */
const KEPT = ['range', 'from', 'to'];

/** Address of a page: its path, the time range of `current`, and parameters of its own. */
export function hrefOf(
	route: Exclude<Route, { page: 'missing' }>,
	current: URLSearchParams,
	own: Record<string, string | null> = {},
): string {
	const kept = new URLSearchParams();
	for (const key of KEPT) {
		const value = current.get(key);
		if (value !== null) kept.set(key, value);
	}
	return pathOf(route) + searchWith(kept, own);
}

/** `?...` with some parameters changed; null or an empty text removes one. Colons and commas stay readable. */
export function searchWith(current: URLSearchParams, changes: Record<string, string | null>): string {
	const next = new URLSearchParams(current);
	for (const [key, value] of Object.entries(changes)) {
		if (value === null || value === '') next.delete(key);
		else next.set(key, value);
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
