import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import type { CoreError } from './errors.ts';
import { createProfileFold, type FlameColumns, type FoldColumns } from './profiles.ts';

const fold = createProfileFold(await builtModules());

interface Stack {
	/** Leaf first. */
	frames: string[];
	value: number;
}

/** Strings are numbered from 0 on without the empty one in front, as the component allows. */
function columnsOf(stacks: Stack[], line = 0): FoldColumns {
	const names = [...new Set(stacks.flatMap(({ frames }) => frames)), 'file.c'];
	let [stringEnd, frameEnd] = [0, 0];
	const encoded = names.map((name) => new TextEncoder().encode(name));
	const frames = names.length - 1;
	return {
		strings: {
			bytes: Uint8Array.from(encoded.flatMap((bytes) => [...bytes])),
			ends: Uint32Array.from(encoded, (bytes) => {
				stringEnd += bytes.length;
				return stringEnd;
			}),
		},
		frameNames: Uint32Array.from({ length: frames }, (_, i) => i),
		frameFiles: new Uint32Array(frames).fill(frames),
		frameLines: new Uint32Array(frames).fill(line),
		stackEnds: Uint32Array.from(stacks, (stack) => {
			frameEnd += stack.frames.length;
			return frameEnd;
		}),
		stackFrames: Uint32Array.from(stacks.flatMap((stack) => stack.frames.map((name) => names.indexOf(name)))),
		values: Float64Array.from(stacks, ({ value }) => value),
	};
}

function texts({ bytes, ends }: FlameColumns['strings']): string[] {
	return Array.from(ends, (end, i) => new TextDecoder().decode(bytes.subarray(i ? ends[i - 1] : 0, end)));
}

/** `root;..;leaf` of every node with its numbers. */
function nodesOf(flame: FlameColumns): Map<string, number[]> {
	const names = texts(flame.strings);
	const paths: string[] = [];
	const found = new Map<string, number[]>();
	for (let i = 0; i < flame.names.length; i++) {
		const own = names[flame.names[i]!]!;
		paths[i] = i === 0 ? '' : `${paths[flame.parents[i]!]};${own}`;
		expect(flame.depths[i]).toBe(i === 0 ? 0 : flame.depths[flame.parents[i]!]! + 1);
		found.set(paths[i]!, [flame.totals[i]!, flame.selfs[i]!, flame.baseTotals[i]!, flame.baseSelfs[i]!]);
	}
	expect(found.size).toBe(flame.names.length);
	return found;
}

function plainNodes(now: Stack[], base: Stack[]): Map<string, number[]> {
	const found = new Map<string, number[]>([['', [0, 0, 0, 0]]]);
	for (const [side, stacks] of [now, base].entries()) {
		for (const { frames, value } of stacks) {
			let path = '';
			const steps = [''];
			for (const name of frames.toReversed()) {
				path += `;${name}`;
				steps.push(path);
			}
			for (const [i, step] of steps.entries()) {
				const node = found.get(step) ?? [0, 0, 0, 0];
				node[2 * side]! += value;
				if (i === steps.length - 1) node[2 * side + 1]! += value;
				found.set(step, node);
			}
		}
	}
	return found;
}

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
	value: fc.integer({ min: 1, max: 1000 }),
});

describe('a fold of stacks', () => {
	test('is the call tree that a plain one is, with a base', () => {
		fc.assert(
			fc.property(fc.array(stack), fc.array(stack), (now, base) => {
				fold.clear();
				fold.add(columnsOf(now));
				fold.add(columnsOf(base), 1, true);
				const flame = fold.flame(1e6);
				expect(nodesOf(flame)).toEqual(plainNodes(now, base));
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
				fold.add(columnsOf(stacks.slice(0, half), line), 10);
				fold.add(columnsOf(stacks.slice(half), line), 10);
				const wanted = new Map<string, number>();
				for (const { frames, value } of stacks) {
					const key = frames.join(';');
					wanted.set(key, (wanted.get(key) ?? 0) + value * 10);
				}
				const head = { types: [{ type: 'cpu', unit: 'ns' }], timeNanos: 2n ** 60n, durationNanos: 7n, period: 11 };
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
			columnsOf([
				{ frames: ['leaf', 'thin', 'main', 'comm'], value: 1 },
				{ frames: ['hot', 'main', 'comm'], value: 990 },
				{ frames: ['tiny'], value: 1 },
				{ frames: ['inner', 'tiny'], value: 1 },
			]),
		);
		fold.prune(0.01);
		expect(stacksOf(fold.pprof({ types: [{ type: 't', unit: 'u' }], timeNanos: 0n, durationNanos: 0n }))).toEqual(
			new Map([
				['main;comm', 1],
				['hot;main;comm', 990],
				['tiny', 2],
			]),
		);
		const flame = fold.flame(100);
		expect([...nodesOf(flame).keys()]).toEqual(['', ';comm', ';comm;main', ';comm;main;hot', ';tiny']);
		expect(texts(flame.strings)).not.toContain('leaf');
	});

	test('keeps the heaviest nodes where there are too many, whole up to the root', () => {
		fc.assert(
			fc.property(fc.array(stack, { minLength: 1 }), fc.integer({ min: 1, max: 30 }), (stacks, most) => {
				fold.clear();
				fold.add(columnsOf(stacks));
				const flame = fold.flame(most);
				const all = plainNodes(stacks, []);
				expect(flame.names.length).toBeLessThanOrEqual(most);
				expect(flame.names.length + flame.omitted).toBe(all.size);
				const kept = nodesOf(flame);
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
		const good = columnsOf([{ frames: ['a', 'b'], value: 1 }]);
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
			fold.add(columnsOf([{ frames: ['a'], value }]));
		expect(nodesOf(fold.flame(10)).get('')).toEqual([0, 0, 0, 0]);
	});

	test('more nodes than the bound are refused, and clearing makes room', () => {
		fold.clear();
		const deep = (prefix: string): Stack[] =>
			Array.from({ length: 400 }, (_, i) => ({
				frames: [...Array.from({ length: 600 }, (_, n) => `f${n}`), `${prefix}${i}`],
				value: 1,
			}));
		const code = () => {
			try {
				for (let i = 0; i < 10; i++) fold.add(columnsOf(deep(`p${i}-`)));
			} catch (error) {
				return (error as CoreError).code;
			}
			return '';
		};
		expect(code()).toBe('CXR_CORE_FOLD_FULL');
		fold.clear();
		fold.add(columnsOf([{ frames: ['a'], value: 1 }]));
		expect(nodesOf(fold.flame(10)).size).toBe(2);
		expect(fold.traps).toBe(0);
	}, 60_000);
});
