import { expect, test } from 'vitest';
import { routeOf } from './route.ts';

test.each([
	['/', '/'],
	['', '/'],
	['http://127.0.0.1:8080', '/'],
	['http://shop:8080/orders/42?page=REDACTED', '/orders/{id}'],
	['/orders/42/items/7', '/orders/{id}/items/{id}'],
	['/v1/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/v1/users/{id}'],
	['/blobs/9f86d081884c7d659a2feaa0c55ad015', '/blobs/{id}'],
	['/s/AbCdEf0123456789-xyz_Q', '/s/{id}'],
	['/a-rather-long-name-without-figures', '/a-rather-long-name-without-figures'],
	['/v2/search', '/v2/search'],
	['/static/app.js#top', '/static/app.js'],
	['*', '*'],
])('%j is the route %j', (url, route) => {
	expect(routeOf(url)).toBe(route);
});
