import { describe, expect, test } from 'vitest';
import { foldStacks } from '../../testing/fold-stacks.ts';
import { changeColour, changeOf, layoutFlame, matchedShare, matchingStrings } from './flame.ts';
import { functionRows, sortFunctions } from './function-rows.ts';
import { formatValue } from './profile-value.ts';

// main calls work and idle; work calls itself.
const STACKS = [
	{ frames: ['main'], value: 1, base: 6 },
	{ frames: ['main', 'work'], value: 2, base: 2 },
	{ frames: ['main', 'work', 'work'], value: 4, base: 2 },
	{ frames: ['main', 'idle'], value: 3, base: 10 },
];
const flame = foldStacks(STACKS, true);
const layout = layoutFlame(flame);

test('children lie side by side below their parent', () => {
	expect([...layout.starts]).toEqual([0, 0, 0, 0, 6]);
	expect([...layout.ends]).toEqual([5, 5, 4, 4, 5]);
});

describe('functions', () => {
	test('one that calls itself counts its samples once, and is shown where it is widest', () => {
		expect(functionRows(flame).map(({ name, self, total, widest }) => [name, self, total, widest])).toEqual([
			['main', 1, 10, 1],
			['work', 6, 6, 2],
			['idle', 3, 3, 4],
		]);
	});

	test('a shared one is shown where it is widest', () => {
		const shared = foldStacks([
			{ frames: ['a', 'alloc'], value: 1 },
			{ frames: ['b', 'alloc'], value: 5 },
		]);
		expect(functionRows(shared).find(({ name }) => name === 'alloc')).toMatchObject({ total: 6, widest: 4 });
	});

	test('are sorted by each column, both ways', () => {
		const rows = functionRows(flame);
		const names = (column: 'name' | 'self' | 'total' | 'change', descending: boolean) =>
			sortFunctions(rows, { column, descending }).map(({ name }) => name);
		expect(names('self', true)).toEqual(['work', 'idle', 'main']);
		expect(names('self', false)).toEqual(['main', 'idle', 'work']);
		expect(names('total', true)).toEqual(['main', 'work', 'idle']);
		expect(names('name', false)).toEqual(['idle', 'main', 'work']);
		expect(names('name', true)).toEqual(['work', 'main', 'idle']);
		// 0.4 more, the same, 0.2 less
		expect(names('change', true)).toEqual(['work', 'main', 'idle']);
		expect(names('change', false)).toEqual(['idle', 'main', 'work']);
	});
});

describe('the change', () => {
	test('is that of the share', () => {
		const changes = new Map(functionRows(flame).map(({ name, change }) => [name, change]));
		expect(changes.get('work')).toBeCloseTo(6 / 10 - 4 / 20);
		expect(changes.get('idle')).toBeCloseTo(3 / 10 - 10 / 20);
		expect([0.1, -0.02, 0.004, 0].map(changeColour)).toEqual([
			'--df-up-3',
			'--df-down-2',
			'--df-up-1',
			'--df-0',
		]);
	});

	test.each([
		['no base', foldStacks(STACKS)],
		[
			'a base without a profile',
			foldStacks(
				STACKS.map((stack) => ({ ...stack, base: 0 })),
				true,
			),
		],
	])('%s is no change, and not more', (_what, lone) => {
		expect(functionRows(lone).map(({ change }) => change)).toEqual([null, null, null]);
		expect(changeOf(lone, 10, 0)).toBeNull();
		expect(changeColour(changeOf(lone, 10, 0))).toBe('--df-0');
	});

	test('a function that is new is more', () => {
		expect(changeOf(flame, 10, 0)).toBe(1);
	});
});

test('a search counts each sample once', () => {
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'WORK'))).toBeCloseTo(0.6);
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'i'))).toBeCloseTo(1);
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'zzz'))).toBe(0);
});

test('values in their unit', () => {
	expect(formatValue(2.5e9, 'nanoseconds')).toMatch(/^2.5\Ws$/);
	expect(formatValue(2048, 'bytes')).toMatch(/^2\WKiB$/);
});
