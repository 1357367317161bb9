import { expect, test } from 'vitest';
import { searchWith } from '../state/address.ts';
import { askedFilters, filterChips, isNarrowed, NO_FILTERS, readFilters, readTyped } from './log-filters.ts';

const nothing = readFilters(new URLSearchParams(), null);

test('filters come out of the address and a wrong severity is none', () => {
	const params = new URLSearchParams(
		'severity=warn&text=a+b&attribute=k=v&attribute=x=y=z&pattern=ab&service=s',
	);
	expect(readFilters(params, '_:n:K:app')).toEqual({
		application: '_:n:K:app',
		service: 's',
		severity: 'warn',
		text: 'a b',
		pattern: 'ab',
		traceId: null,
		attribute: ['k=v', 'x=y=z'],
	});
	expect(readFilters(new URLSearchParams('severity=loud'), null).severity).toBeNull();
});

test('a service is asked instead of its application', () => {
	const both = { ...nothing, application: '_:n:K:app', service: 's' };
	expect(askedFilters(both).application).toBeNull();
	expect(askedFilters({ ...both, service: null }).application).toBe('_:n:K:app');
});

test.each([
	['deadline exceeded', { text: 'deadline exceeded', attribute: [] }],
	['deadline  journal=J85 exceeded', { text: 'deadline exceeded', attribute: ['journal=J85'] }],
	['http.route = "/a b"', { text: '', attribute: ['http.route=/a b'] }],
	['severity=WARN x', { text: 'x', severity: 'warn', attribute: [] }],
	['level=loud', { text: 'level=loud', attribute: [] }],
	[
		'service=/docker/api trace_id=06bd70c993b16237c147c53ccc341a0b',
		{ text: '', service: '/docker/api', traceId: '06bd70c993b16237c147c53ccc341a0b', attribute: [] },
	],
	['trace=ab', { text: 'trace=ab', attribute: [] }],
	['a == b', { text: 'a == b', attribute: [] }],
	['url=/x?a=1', { text: '', attribute: ['url=/x?a=1'] }],
])('%s', (typed, changes) => {
	expect(readTyped(typed, nothing)).toEqual(changes);
});

test('typed attributes join those that are there, each once', () => {
	expect(readTyped('a=1 b=2', { ...nothing, attribute: ['a=1'] }).attribute).toEqual(['a=1', 'b=2']);
});

test('each chip takes away its own filter', () => {
	const params = new URLSearchParams('severity=warn&attribute=k=v&attribute=x=y');
	const chips = filterChips(readFilters(params, null), false);
	expect(chips.map(({ words }) => words)).toEqual(['severity ≥ warn', 'k = v', 'x = y']);
	const left = new URLSearchParams(searchWith(params, chips[1]!.without));
	expect(left.getAll('attribute')).toEqual(['x=y']);
	expect(left.get('severity')).toBe('warn');
});

test('an application is a chip only where it was chosen', () => {
	const filters = { ...nothing, application: '_:n:K:a:b' };
	expect(filterChips(filters, true)).toEqual([]);
	expect(filterChips(filters, false)[0]!.words).toBe('application = a:b');
	expect(isNarrowed(filters)).toBe(false);
	expect(isNarrowed({ ...filters, text: 'x' })).toBe(true);
});

test('without filters the address holds none', () => {
	expect(searchWith(new URLSearchParams('range=3h&text=a&attribute=b=c&severity=warn'), NO_FILTERS)).toBe(
		'?range=3h',
	);
});
