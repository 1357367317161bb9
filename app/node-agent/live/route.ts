/** The route that a request asked for: its path without what differs from request to request. */

/** What stands in a path for one thing out of many: numbers, UUIDs, hashes, long mixed words. */
const ID = /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|(?=.*\d)[\w-]{20,})$/i;

/** `http://shop:8080/orders/42?page=2` and `/orders/42` are both `/orders/{id}`. */
export function routeOf(url: string): string {
	const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
	if (path === '' || path === '/') return '/';
	return path
		.split('/')
		.map((part) => (ID.test(part) ? '{id}' : part))
		.join('/');
}
