import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { flameNodes, foldColumns, topRows } from '../testing/plain-stacks.ts';
import { ALL, codeOf, flamesOf, stacksOf } from '../testing/stack-arbitrary.ts';
import { createProfileFold, type FoldColumns } from './profiles.ts';

const modules = await builtModules();
const fold = createProfileFold(modules);
const NO_TIME = { timeNanos: 0n, durationNanos: 0n };

/** One stack of so many frames, with the value 1 in each kind. */
function chain(count: number, kinds: number): FoldColumns {
	const strings = { bytes: new Uint8Array(1), ends: Uint32Array.of(1) };
	const zeros = new Uint32Array(count);
	const stackFrames = Uint32Array.from({ length: count }, (_, i) => i);
	return {
		...{ strings, frameNames: zeros, frameFiles: zeros, frameLines: stackFrames, stackFrames },
		...{ stackEnds: Uint32Array.of(count), values: new Float64Array(kinds).fill(1) },
	};
}

describe('a top list', () => {
	test('counts a stack once for a function that is on it several times', () => {
		fold.clear();
		fold.add(
			foldColumns([
				{ frames: ['f', 'g', 'f', 'main'], values: [5] },
				{ frames: ['f', 'f', 'f'], values: [2] },
				{ frames: ['g', 'main'], values: [1] },
			]),
		);
		const top = fold.top(10);
		expect([...topRows(top)]).toEqual([
			['f', [7, 7, 0, 0]],
			['g', [1, 6, 0, 0]],
		]);
		expect([...topRows(fold.top(10, 0, 'cumulative'))]).toEqual([
			['f', [7, 7, 0, 0]],
			['g', [1, 6, 0, 0]],
			['main', [0, 6, 0, 0]],
		]);
	});

	test('has what the flame graph has: flat values and those of stacks without frames are the total', () => {
		fc.assert(
			fc.property(stacksOf(1), fc.integer({ min: 0, max: 6 }), (stacks, most) => {
				fold.clear();
				fold.add(foldColumns(stacks));
				const flame = fold.flame(ALL);
				const all = fold.top(ALL);
				expect(all.flats.reduce((a, b) => a + b, flame.selfs[0]!)).toBe(flame.totals[0]);
				const some = fold.top(most);
				expect(some.flats.length).toBeLessThanOrEqual(most);
				expect(some.flats.length + some.omitted).toBe(all.flats.length);
				expect([...some.flats]).toEqual([...all.flats.subarray(0, some.flats.length)]);
				for (let i = 1; i < all.flats.length; i++)
					expect(all.flats[i]).toBeLessThanOrEqual(all.flats[i - 1]!);
			}),
			{ numRuns: 200 },
		);
	});

	test('lines of one function are one row', () => {
		fold.clear();
		for (const line of [1, 2, 3]) fold.add(foldColumns([{ frames: ['f'], values: [1] }], 1, line));
		expect([...topRows(fold.top(10))]).toEqual([['f', [3, 3, 0, 0]]]);
		// The graph too has frames of one function side by side, by line.
		expect(fold.flame(10).names).toHaveLength(4);
	});
});

describe('a fold', () => {
	test('pruned by one kind keeps the sums of all, of now and of the base', () => {
		fc.assert(
			fc.property(stacksOf(2), stacksOf(2), fc.integer({ min: 0, max: 40 }), (now, base, percent) => {
				fold.clear(2);
				fold.add(foldColumns(now, 2));
				fold.add(foldColumns(base, 2), 1, true);
				const sums = () => flamesOf(fold, 2).map(({ totals, baseTotals }) => [totals[0], baseTotals[0]]);
				const before = sums();
				fold.prune(percent / 100, 1);
				expect(sums()).toEqual(before);
				const least = (percent / 100) * before[1]![0]!;
				for (const [path, [total, , baseTotal]] of flameNodes(fold.flame(ALL, 1)))
					if (path.split(';').length > 2 && baseTotal === 0) expect(total).toBeGreaterThanOrEqual(least);
			}),
			{ numRuns: 150 },
		);
	});

	test('has 1 to 8 kinds, and refuses others', () => {
		expect(codeOf(() => fold.clear(0))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.clear(9))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		fold.clear(8);
		const values = [1, 2, 3, 4, 5, 6, 7, 8];
		fold.add(foldColumns([{ frames: ['a'], values }], 8));
		expect(flamesOf(fold, 8).map(({ totals }) => totals[0])).toEqual(values);
		expect(codeOf(() => fold.flame(10, 8))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.top(10, 8))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.prune(0.1, 8))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.add(foldColumns([{ frames: ['a'], values: [1] }])))).toBe(
			'CXR_CORE_FOLD_BAD_SHAPE',
		);
		const types = new Array(9).fill({ type: 't', unit: 'u' });
		expect(codeOf(() => fold.pprof({ types, ...NO_TIME }))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(fold.traps).toBe(0);
	});

	test('refuses in words what does not fit: text, values of many kinds', () => {
		const before = fold.traps;
		fold.clear();
		const long = (i: number) => foldColumns([{ frames: [`${i}${'x'.repeat(5e6)}`], values: [1] }]);
		expect(
			codeOf(() => {
				for (let i = 0; i < 14; i++) fold.add(long(i));
			}),
		).toBe('CXR_CORE_FOLD_FULL');
		expect(fold.flame(ALL).names).toHaveLength(14);
		// The names of types are texts too.
		expect(codeOf(() => fold.pprof({ types: [{ type: 'y'.repeat(5e6), unit: '' }], ...NO_TIME }))).toBe(
			'CXR_CORE_FOLD_FULL',
		);
		fold.clear(8);
		expect(codeOf(() => fold.add(chain(2 ** 19, 8)))).toBe('CXR_CORE_FOLD_FULL');
		fold.clear();
		fold.add(chain(2 ** 19, 1));
		expect(fold.traps).toBe(before);
	}, 120_000);

	test('refuses a pprof of over 64 MiB: two thousand leaves, each below 16 000 callers', () => {
		const fold = createProfileFold(modules);
		const [stacks, depth] = [750, 16_000];
		for (let part = 0; part < 3; part++) {
			const columns = chain(depth + stacks * (part + 1), 1);
			const stackFrames = new Uint32Array(stacks * depth);
			for (let i = 0; i < stacks; i++) {
				stackFrames.set(columns.stackFrames.subarray(0, depth), i * depth);
				stackFrames[i * depth] = depth + part * stacks + i;
			}
			const stackEnds = Uint32Array.from({ length: stacks }, (_, i) => (i + 1) * depth);
			fold.add({ ...columns, stackFrames, stackEnds, values: new Float64Array(stacks).fill(1) });
		}
		expect(codeOf(() => fold.pprof({ types: [{ type: 't', unit: 'u' }], ...NO_TIME }))).toBe(
			'CXR_CORE_FOLD_FULL',
		);
		expect(fold.traps).toBe(0);
		fold.clear();
		expect(fold.flame(1).totals[0]).toBe(0);
	}, 120_000);
});
