import { expect, test } from 'vitest';
import { totalsByStatus, totalsSentence } from './totals.ts';

test('totals come in fixed order without what never happened', () => {
	expect(totalsByStatus({ totals: { '5xx': 1, '2xx': 98, '4xx': 0, unknown: 1 } })).toEqual([
		['2xx', 98],
		['5xx', 1],
		['unknown', 1],
	]);
});

test('totals read as a sentence', () => {
	expect(totalsSentence({ totals: { '2xx': 9700, '4xx': 200, '5xx': 100 } }).replaceAll('\u202f', ' ')).toBe(
		'10 000 requests in this range: 9 700 2xx, 200 4xx, 100 5xx (1 %)',
	);
	expect(totalsSentence({ totals: { '2xx': 1 } })).toBe('1 request in this range: 1 2xx');
	expect(totalsSentence({ totals: {} })).toBe('');
});
