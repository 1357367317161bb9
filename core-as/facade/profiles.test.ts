import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { flameNodes, foldColumns, type PlainStack, plainNodes, textsOf } from '../testing/plain-stacks.ts';
import type { CoreError } from './errors.ts';
import { createProfileFold, type FoldColumns } from './profiles.ts';

const fold = createProfileFold(await builtModules());

/** Stacks of a pprof by their names, leaf first. */
function stacksOf(pprof: Uint8Array): Map<string, number> {
	const profile = Profile.decode(pprof);
	const text = (i: unknown) => profile.stringTable.strings[Number(i)]!;
	const functions = new Map(profile.function.map((each) => [Number(each.id), text(each.name)]));
	const locations = new Map(
		profile.location.map((each) => [Number(each.id), functions.get(Number(each.line[0]!.functionId))!]),
	);
	return new Map(
		profile.sample.map(({ locationId, value }) => [
			locationId.map((id) => locations.get(Number(id))).join(';'),
			Number(value[0]),
		]),
	);
}

const stack = fc.record({
	frames: fc.array(fc.constantFrom('a', 'b', 'c', 'größe', 'main', 'a long name of a function'), {
		minLength: 1,
		maxLength: 6,
	}),
	values: fc.tuple(fc.integer({ min: 1, max: 1000 })),
});

describe('a fold of stacks', () => {
	test('is the call tree that a plain one is, with a base', () => {
		fc.assert(
			fc.property(fc.array(stack), fc.array(stack), (now, base) => {
				fold.clear();
				fold.add(foldColumns(now));
				fold.add(foldColumns(base), 1, true);
				const flame = fold.flame(1e6);
				expect(flameNodes(flame)).toEqual(plainNodes(now, base));
				expect(flame.omitted).toBe(0);
				// Pre-order, heaviest child first.
				for (let i = 1; i < flame.parents.length; i++) expect(flame.parents[i]).toBeLessThan(i);
			}),
			{ numRuns: 300 },
		);
	});

	test('as pprof has the stacks that went in, as another decoder reads it', () => {
		fc.assert(
			fc.property(fc.array(stack), fc.integer({ min: 0, max: 3 }), (stacks, line) => {
				fold.clear();
				const half = stacks.length >> 1;
				fold.add(foldColumns(stacks.slice(0, half), 1, line), 10);
				fold.add(foldColumns(stacks.slice(half), 1, line), 10);
				const wanted = new Map<string, number>();
				for (const { frames, values } of stacks) {
					const key = frames.join(';');
					wanted.set(key, (wanted.get(key) ?? 0) + values[0] * 10);
				}
				const head = {
					types: [{ type: 'cpu', unit: 'ns' }],
					timeNanos: 2n ** 60n,
					durationNanos: 7n,
					period: 11,
				};
				const pprof = fold.pprof(head);
				expect(stacksOf(pprof)).toEqual(wanted);
				const profile = Profile.decode(pprof);
				expect([profile.timeNanos, Number(profile.durationNanos), Number(profile.period)]).toEqual([
					2n ** 60n,
					7,
					11,
				]);
				expect(profile.location.every((each) => Number(each.line[0]!.line) === line)).toBe(true);
				expect(profile.stringTable.strings[0]).toBe('');
				expect(new Set(profile.stringTable.strings).size).toBe(profile.stringTable.strings.length);
			}),
			{ numRuns: 200 },
		);
	});

	test('pruned, gives the values of thin branches to their callers', () => {
		fold.clear();
		fold.add(
			foldColumns([
				{ frames: ['leaf', 'thin', 'main', 'comm'], values: [1] },
				{ frames: ['hot', 'main', 'comm'], values: [990] },
				{ frames: ['tiny'], values: [1] },
				{ frames: ['inner', 'tiny'], values: [1] },
			]),
		);
		fold.prune(0.01);
		expect(
			stacksOf(fold.pprof({ types: [{ type: 't', unit: 'u' }], timeNanos: 0n, durationNanos: 0n })),
		).toEqual(
			new Map([
				['main;comm', 1],
				['hot;main;comm', 990],
				['tiny', 2],
			]),
		);
		const flame = fold.flame(100);
		expect([...flameNodes(flame).keys()]).toEqual(['', ';comm', ';comm;main', ';comm;main;hot', ';tiny']);
		expect(textsOf(flame.strings)).not.toContain('leaf');
	});

	test('keeps the heaviest nodes where there are too many, whole up to the root', () => {
		fc.assert(
			fc.property(fc.array(stack, { minLength: 1 }), fc.integer({ min: 1, max: 30 }), (stacks, most) => {
				fold.clear();
				fold.add(foldColumns(stacks));
				const flame = fold.flame(most);
				const all = plainNodes(stacks, []);
				expect(flame.names.length).toBeLessThanOrEqual(most);
				expect(flame.names.length + flame.omitted).toBe(all.size);
				const kept = flameNodes(flame);
				const least = Math.min(...[...kept.values()].map(([total]) => total!));
				for (const [path, numbers] of all) {
					if (kept.has(path)) expect(kept.get(path)).toEqual(numbers);
					else expect(numbers[0]).toBeLessThanOrEqual(least);
				}
			}),
			{ numRuns: 200 },
		);
	});

	test('columns that do not fit each other are refused and change nothing', () => {
		fold.clear();
		const good = foldColumns([{ frames: ['a', 'b'], values: [1] }]);
		const bad: Partial<FoldColumns>[] = [
			{ values: new Float64Array(2) },
			{ frameLines: new Uint32Array(1) },
			{ stackFrames: Uint32Array.of(0, 2) },
			{ stackEnds: Uint32Array.of(3) },
			{ frameNames: Uint32Array.of(0, 3) },
			{ frameFiles: Uint32Array.of(0, 0xffffffff) },
			{ strings: { bytes: good.strings.bytes, ends: Uint32Array.of(2, 1, 3) } },
			{ strings: { bytes: good.strings.bytes, ends: Uint32Array.of(1, 2, 99) } },
		];
		for (const each of bad) {
			let thrown: unknown;
			try {
				fold.add({ ...good, ...each });
			} catch (error) {
				thrown = error;
			}
			expect((thrown as CoreError).code).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		}
		expect(fold.flame(10).names).toHaveLength(1);
		expect(fold.traps).toBe(0);
	});

	test('values that are no numbers above 0 are passed over', () => {
		fold.clear();
		for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
			fold.add(foldColumns([{ frames: ['a'], values: [value] }]));
		expect(flameNodes(fold.flame(10)).get('')).toEqual([0, 0, 0, 0]);
	});

	test('more nodes than the bound are refused, and clearing makes room', () => {
		fold.clear();
		const deep = (prefix: string): PlainStack[] =>
			Array.from({ length: 400 }, (_, i) => ({
				frames: [...Array.from({ length: 600 }, (_, n) => `f${n}`), `${prefix}${i}`],
				values: [1],
			}));
		const code = () => {
			try {
				for (let i = 0; i < 10; i++) fold.add(foldColumns(deep(`p${i}-`)));
			} catch (error) {
				return (error as CoreError).code;
			}
			return '';
		};
		expect(code()).toBe('CXR_CORE_FOLD_FULL');
		fold.clear();
		fold.add(foldColumns([{ frames: ['a'], values: [1] }]));
		expect(flameNodes(fold.flame(10)).size).toBe(2);
		expect(fold.traps).toBe(0);
	}, 60_000);
});
