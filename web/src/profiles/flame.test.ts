import { describe, expect, test } from 'vitest';
import type { ProfileFlame } from '../api/profile-types.ts';
import {
	changeColour,
	functionRows,
	layoutFlame,
	matchedShare,
	matchingStrings,
	originOf,
	widestNode,
} from './flame.ts';
import { formatValue } from './profile-value.ts';

// root 10: main 10 (self 1) -> work 6 (self 2) -> work 4 (self 4); main -> idle 3
const flame: ProfileFlame = {
	...{ type: 't', unit: 'count', from: 0, to: 1, total: 10, baseTotal: 20, samples: 10, truncated: false },
	strings: ['', 'main', 'work', 'idle', 'app.c'],
	names: [0, 1, 2, 2, 3],
	files: [0, 4, 4, 4, 4],
	parents: [0, 0, 1, 2, 1],
	depths: [0, 1, 2, 3, 2],
	totals: [10, 10, 6, 4, 3],
	selfs: [0, 1, 2, 4, 3],
	baseTotals: [20, 20, 4, 2, 10],
	baseSelfs: [0, 6, 2, 2, 10],
	...{ instances: [], times: [], series: [], unnamed: null },
};
const layout = layoutFlame(flame);

test('children lie side by side below their parent', () => {
	expect([...layout.starts]).toEqual([0, 0, 0, 0, 6]);
	expect([...layout.ends]).toEqual([5, 5, 4, 4, 5]);
	expect(layout.depth).toBe(4);
});

describe('functions', () => {
	test('one that calls itself counts its samples once', () => {
		expect(functionRows(flame).map(({ name, self, total }) => [name, self, total])).toEqual([
			['work', 6, 6],
			['idle', 3, 3],
			['main', 1, 10],
		]);
	});
	test('the change is that of the share', () => {
		const [work, idle] = functionRows(flame);
		expect([work!.change, idle!.change]).toEqual(
			[6 / 10 - 4 / 20, 3 / 10 - 10 / 20].map((n) => expect.closeTo(n, 9)),
		);
		expect(functionRows({ ...flame, baseTotal: null, baseTotals: null })[0]!.change).toBeNull();
		expect([0.1, -0.02, 0.004, 0].map(changeColour)).toEqual([
			'--df-up-3',
			'--df-down-2',
			'--df-up-1',
			'--df-0',
		]);
	});
	test('the widest node of a name is what a link opens', () => {
		expect([widestNode(flame, 'work'), widestNode(flame, 'none'), widestNode(flame, null)]).toEqual([
			2, 0, 0,
		]);
	});
});

test('a search counts each sample once', () => {
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'WORK'))).toBeCloseTo(0.6);
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'i'))).toBeCloseTo(1);
	expect(matchedShare(flame, layout, matchingStrings(flame.strings, 'zzz'))).toBe(0);
});

test.each([
	['schedule', '[kernel]', 'kernel'],
	['malloc', '/usr/lib/x86_64-linux-gnu/libc.so.6', 'lib'],
	['runtime.mallocgc', '/app/main', 'runtime'],
	['handle', '/app/server.js', 'app'],
])('%s of %s is %s', (name, file, origin) => {
	expect(originOf(name, file)).toBe(origin);
});

test('values in their unit', () => {
	expect(formatValue(2.5e9, 'nanoseconds')).toMatch(/^2.5\Ws$/);
	expect(formatValue(2048, 'bytes')).toMatch(/^2\WKiB$/);
});
