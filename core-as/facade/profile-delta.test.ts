import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { flameNodes, foldColumns, plainNodes } from '../testing/plain-stacks.ts';
import { codeOf, flamesOf, merged, stacksOf } from '../testing/stack-arbitrary.ts';
import { createProfileFold } from './profiles.ts';

const fold = createProfileFold(await builtModules());

describe('a delta of cumulative profiles', () => {
	test('and the profile before are the profile now, and no value falls below 0', () => {
		fc.assert(
			fc.property(stacksOf(2), stacksOf(2), (before, grown) => {
				const now = [...before, ...grown];
				fold.clear(2);
				fold.add(foldColumns(now, 2));
				fold.add(foldColumns(before, 2), 1, true);
				expect(fold.delta([0, 1])).toBe(false);
				for (const [kind, flame] of flamesOf(fold, 2).entries()) {
					expect(flame.totals[0]).toBe(plainNodes(grown, [], kind).get('')![0]);
					expect(flameNodes(flame)).toEqual(plainNodes(grown, [], kind));
				}
				fold.add(foldColumns(before, 2));
				expect(flamesOf(fold, 2).map(flameNodes)).toEqual([0, 1].map((kind) => plainNodes(now, [], kind)));
			}),
			{ numRuns: 200 },
		);
	});

	test('after a restart is all that was counted since, in all cumulative kinds', () => {
		fc.assert(
			fc.property(stacksOf(2), stacksOf(2), (before, now) => {
				const [old, fresh] = [merged(before), merged(now)];
				const restarted = [...old].some(([key, values]) =>
					values.some((value, kind) => (fresh.get(key)?.[kind] ?? 0) < value),
				);
				fold.clear(2);
				fold.add(foldColumns(now, 2));
				fold.add(foldColumns(before, 2), 1, true);
				expect(fold.delta([0, 1])).toBe(restarted);
				for (const [kind, flame] of flamesOf(fold, 2).entries()) {
					if (restarted) expect(flameNodes(flame)).toEqual(plainNodes(now, [], kind));
					for (const self of flame.selfs) expect(self).toBeGreaterThanOrEqual(0);
				}
			}),
			{ numRuns: 200 },
		);
	});

	test('leaves kinds that are no counters as they are: what is in use may fall', () => {
		fold.clear(2);
		fold.add(foldColumns([{ frames: ['f'], values: [120, 10] }], 2));
		fold.add(foldColumns([{ frames: ['f'], values: [100, 80] }], 2), 1, true);
		expect(fold.delta([0])).toBe(false);
		expect(flamesOf(fold, 2).map(({ totals, baseTotals }) => [totals[0], baseTotals[0]])).toEqual([
			[20, 0],
			[10, 0],
		]);
		expect(codeOf(() => fold.delta([2]))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.delta([-1]))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
	});
});
