import { expect, test } from 'vitest';
import {
	hrefOf,
	type Place,
	pathOf,
	readList,
	routeOf,
	searchWith,
	toggled,
	withoutToken,
} from './address.ts';

test.each<Place>([
	{ page: 'map' },
	{ page: 'applications' },
	{ page: 'application', id: '_:payments:Deployment:ledger-api' },
	{ page: 'application', id: '_:_:HostProcess:/host/usr bin/nginx?x' },
	{ page: 'application', id: '_:_:Unknown:python3.11' },
	{ page: 'logs' },
	{ page: 'traces' },
	{ page: 'trace', id: '06bd70c993b16237c147c53ccc341a0b' },
	{ page: 'profiles' },
	{ page: 'nodes' },
	{ page: 'node', id: 'a1b2c3:4c4c4544' },
	{ page: 'node', id: 'box/with slash' },
])('%j has an address that leads back', (route) => {
	expect(routeOf(pathOf(route))).toEqual(route);
});

test('an address of an application is readable', () => {
	expect(pathOf({ page: 'application', id: '_:shop:Pod:web' })).toBe('/applications/_:shop:Pod:web');
	expect(pathOf({ page: 'application', id: '_:_:Unknown:python3.11' })).toBe(
		'/applications/_:_:Unknown:python3.11',
	);
});

test.each(['/node', '/nodes/%E0%A4%A', '/traces/06bd', '/applications/a/b', '/applications/%E0%A4%A'])(
	'%s is no page',
	(path) => {
		expect(routeOf(path).page).toBe('missing');
	},
);

test('the range is kept across links, filters are not', () => {
	const now = new URLSearchParams('range=3h&q=led&app=x');
	expect(hrefOf({ page: 'applications' }, now)).toBe('/applications?range=3h');
	expect(hrefOf({ page: 'map' }, now, { app: '_:a:b:c' })).toBe('/?range=3h&app=_:a:b:c');
});

test('lists live in one parameter', () => {
	const params = new URLSearchParams('status=crit,warn');
	expect(readList(params, 'status')).toEqual(['crit', 'warn']);
	expect(toggled(['crit', 'warn'], 'crit')).toEqual(['warn']);
	expect(toggled(['warn'], 'crit')).toEqual(['crit', 'warn']);
	expect(searchWith(params, { status: '' })).toBe('');
});

test('a parameter with several values is repeated, and replaced as a whole', () => {
	const params = new URLSearchParams('attribute=a=1&attribute=b=2&text=x');
	expect(new URLSearchParams(searchWith(params, { attribute: ['b=2', 'c=3'] })).getAll('attribute')).toEqual([
		'b=2',
		'c=3',
	]);
	expect(searchWith(params, { attribute: [] })).toBe('?text=x');
});

test('the token leaves the address and the rest stays', () => {
	expect(withoutToken('http://h:1/?token=abc&range=3h#x')).toEqual({ token: 'abc', href: '/?range=3h#x' });
	expect(withoutToken('http://h:1/?range=3h')).toEqual({ token: null, href: 'http://h:1/?range=3h' });
});
