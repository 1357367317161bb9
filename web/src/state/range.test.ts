import { expect, test } from 'vitest';
import { boundsOf, DEFAULT_RANGE, rangeFault, rangeParams, readRange, type TimeRange } from './range.ts';

const params = (range: TimeRange) => {
	const kept = Object.entries(rangeParams(range)).filter((e): e is [string, string] => e[1] !== null);
	return new URLSearchParams(kept);
};

test.each<TimeRange>([
	{ kind: 'last', span: '1h' },
	{ kind: 'last', span: '7d' },
	{ kind: 'between', from: 1000, to: 2000 },
])('%j survives the address', (range) => {
	expect(readRange(params(range))).toEqual(range);
});

test.each(['range=2h', 'range=toString', 'from=2000&to=1000', 'from=x&to=5', 'to=5', ''])(
	'%j is the last hour',
	(text) => {
		expect(readRange(new URLSearchParams(text))).toEqual(DEFAULT_RANGE);
	},
);

test('a span ends now, a fixed range never moves', () => {
	expect(boundsOf({ kind: 'last', span: '15m' }, 10_000_000)).toEqual({ from: 9_100_000, to: 10_000_000 });
	expect(boundsOf({ kind: 'between', from: 1, to: 2 }, 10_000_000)).toEqual({ from: 1, to: 2 });
});

test('what is wrong with two typed ends', () => {
	expect(rangeFault(Number.NaN, 2, 9)).toMatch(/From is not a time/);
	expect(rangeFault(1, Number.NaN, 9)).toMatch(/To is not a time/);
	expect(rangeFault(2, 2, 9)).toMatch(/later/);
	expect(rangeFault(10, 12, 9)).toMatch(/future/);
	expect(rangeFault(1, 2, 9)).toBeNull();
});
