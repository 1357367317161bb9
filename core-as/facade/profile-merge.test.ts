import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import {
	FILE,
	flameNodes,
	foldColumns,
	type PlainStack,
	plainNodes,
	plainTop,
	textsOf,
	topRows,
} from '../testing/plain-stacks.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import { createProfileFold, type FlameColumns, type FoldColumns } from './profiles.ts';

const modules = await builtModules();
const fold = createProfileFold(modules);
const codec = createCodec(modules);
const ALL = 1e6;
const NO_TIME = { timeNanos: 0n, durationNanos: 0n };

const name = fc.constantFrom('a', 'b', 'c', 'größe', 'main', 'a long name of a function');
const stacksOf = (kinds: number, least = 0) =>
	fc.array(
		fc.record({
			frames: fc.array(name, { maxLength: 7 }),
			values: fc.array(fc.integer({ min: least, max: 1000 }), { minLength: kinds, maxLength: kinds }),
		}),
		{ maxLength: 20 },
	);

function flamesOf(kinds: number): FlameColumns[] {
	return Array.from({ length: kinds }, (_, kind) => fold.flame(ALL, kind));
}

function codeOf(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		if (error instanceof CoreError) return error.code;
		throw error;
	}
	return '';
}

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

/** Sums of equal stacks, kind by kind. */
function merged(stacks: readonly PlainStack[]): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const { frames, values } of stacks) {
		const key = frames.join(';');
		const sums = found.get(key) ?? values.map(() => 0);
		found.set(
			key,
			sums.map((sum, kind) => sum + values[kind]!),
		);
	}
	return found;
}

describe('a merge', () => {
	test('of several kinds keeps each apart, with a base, in flame and top', () => {
		fc.assert(
			fc.property(stacksOf(3), stacksOf(3), (now, base) => {
				fold.clear(3);
				fold.add(foldColumns(now, 3));
				fold.add(foldColumns(base, 3), 1, true);
				for (const [kind, flame] of flamesOf(3).entries()) {
					expect(flameNodes(flame)).toEqual(plainNodes(now, base, kind));
					const top = fold.top(ALL, kind, 'cumulative');
					const wanted = [...plainTop(now, base, kind)].filter(([, row]) => row[1]! + row[3]! > 0);
					expect(topRows(top)).toEqual(new Map(wanted));
					expect([top.total, top.baseTotal, top.omitted]).toEqual([flame.totals[0], flame.baseTotals[0], 0]);
				}
			}),
			{ numRuns: 200 },
		);
	});

	test('gives the same in any order, and in parts', () => {
		fc.assert(
			fc.property(fc.array(stacksOf(2), { maxLength: 5 }), (profiles) => {
				const run = (order: typeof profiles) => {
					fold.clear(2);
					for (const each of order) fold.add(foldColumns(each, 2));
					return flamesOf(2).map(flameNodes);
				};
				const forward = run(profiles);
				expect(run(profiles.toReversed())).toEqual(forward);
				expect(run([profiles.flat()])).toEqual(forward);
			}),
			{ numRuns: 150 },
		);
	});

	test('of thousands of profiles takes the room of their stacks, not of their number', () => {
		const pool = Array.from({ length: 300 }, (_, i) => [
			`leaf${i}`,
			...Array.from({ length: 5 + (i % 20) }, (_, depth) => `function${(i + depth * 13) % 90}`),
		]);
		fold.clear(2);
		const sums = [0, 0];
		for (let profile = 0; profile < 3000; profile++) {
			// Every profile has labels and names of its own, which no frame needs.
			const stacks = Array.from({ length: 10 }, (_, i) => ({
				frames: pool[(profile * 11 + i * 29) % pool.length]!,
				values: [1, (profile % 7) + 1],
			}));
			const columns = foldColumns(stacks, 2);
			const { bytes, ends } = columns.strings;
			const own = Buffer.from('x'.repeat(40_000) + profile);
			const strings = {
				bytes: Buffer.concat([bytes, own]),
				ends: Uint32Array.from([...ends, bytes.length + own.length]),
			};
			fold.add({ ...columns, strings });
			sums[0]! += 10;
			sums[1]! += 10 * ((profile % 7) + 1);
		}
		expect(flamesOf(2).map((flame) => flame.totals[0])).toEqual(sums);
		const profile = Profile.decode(
			fold.pprof({
				types: [
					{ type: 'a', unit: 'b' },
					{ type: 'c', unit: 'd' },
				],
				...NO_TIME,
			}),
		);
		expect(profile.sample).toHaveLength(pool.length);
		expect(fold.traps).toBe(0);
	}, 60_000);

	test('as pprof of several types is what another decoder merges, and comes back through the codec', () => {
		fc.assert(
			fc.property(stacksOf(3), fc.integer({ min: 1, max: 3 }), (stacks, types) => {
				fold.clear(3);
				fold.add(foldColumns(stacks, 3, 7));
				const names = ['cpu', 'objects', 'space'].slice(0, types);
				const body = fold.pprof({ types: names.map((type) => ({ type, unit: `of ${type}` })), ...NO_TIME });
				const wanted = [...merged(stacks)]
					.map(([key, values]) => [key, values.slice(0, types)] as const)
					.filter(([, values]) => values.some((value) => value > 0));
				const theirs = Profile.decode(body);
				const text = (i: unknown) => theirs.stringTable.strings[Number(i)]!;
				expect(theirs.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual(
					names.map((type) => [type, `of ${type}`]),
				);
				const functions = new Map(theirs.function.map((each) => [each.id, each]));
				const locations = new Map(theirs.location.map((each) => [each.id, each.line]));
				const found = theirs.sample.map(({ locationId, value }) => [
					locationId.map((id) => text(functions.get(locations.get(id)![0]!.functionId)!.name)).join(';'),
					value.map(Number),
				]);
				expect(new Map(found as never)).toEqual(new Map(wanted as never));
				// Ids have no holes.
				expect(theirs.location.map(({ id }) => Number(id))).toEqual(theirs.location.map((_, i) => i + 1));
				expect(theirs.function.map(({ id }) => Number(id))).toEqual(theirs.function.map((_, i) => i + 1));
				const again = codec.decodePprofColumns(body);
				const before = flamesOf(types).map(flameNodes);
				fold.clear(types);
				fold.add(again);
				expect(flamesOf(types).map(flameNodes)).toEqual(before);
			}),
			{ numRuns: 200 },
		);
	});

	test('golden bytes of pprof', () => {
		fold.clear(2);
		fold.add(
			foldColumns(
				[
					{ frames: ['leaf', 'main'], values: [300, 1] },
					{ frames: ['main'], values: [0, 2] },
				],
				2,
				5,
			),
		);
		const body = fold.pprof({
			types: [
				{ type: 'cpu', unit: 'ns' },
				{ type: 'n', unit: '' },
			],
			timeNanos: 1000n,
			durationNanos: 2n,
			period: 3,
		});
		expect(Buffer.from(body).toString('hex')).toBe(
			[
				// Types: cpu in ns, n without a unit.
				'0a04 08011002 0a02 0803',
				// Samples: main has values 0 and 2; leaf in main 300 and 1.
				'1207 0a0101 12020002 1209 0a020201 1203ac0201',
				// Locations 1 and 2 with line 5 of functions 1 and 2, which are main and leaf in file.c.
				'2208 0801 220408011005 2208 0802 220408021005',
				'2a06 080110042005 2a06 080210062005',
				'3200 3203637075 32026e73 32016e 32046d61696e 320666696c652e63 32046c656166',
				'48e807 5002 6003',
			]
				.join('')
				.replaceAll(' ', ''),
		);
	});

	test('values beyond what a profile can say become the largest', () => {
		fold.clear();
		for (let i = 0; i < 3; i++) fold.add(foldColumns([{ frames: ['a'], values: [2 ** 63] }]));
		const [sample] = Profile.decode(fold.pprof({ types: [{ type: 't', unit: 'u' }], ...NO_TIME })).sample;
		expect(BigInt(sample!.value[0]!)).toBeGreaterThan(2n ** 62n);
		expect(BigInt.asIntN(64, BigInt(sample!.value[0]!))).toBeGreaterThan(0n);
	});
});

describe('a difference of two windows', () => {
	test('is of shares; what is in one alone is there, and half a window counts as much as a whole', () => {
		fold.clear();
		fold.add(
			foldColumns([
				{ frames: ['new', 'main'], values: [30] },
				{ frames: ['same', 'main'], values: [70] },
			]),
		);
		const base = [
			{ frames: ['gone', 'main'], values: [100] },
			{ frames: ['same', 'main'], values: [900] },
		];
		fold.add(foldColumns(base), 1, true);
		const flame = fold.flame(ALL);
		const nodes = flameNodes(flame);
		const changes = new Map([...nodes.keys()].map((path, i) => [path.split(';').at(-1)!, flame.changes[i]!]));
		expect(nodes.get(';main;gone')).toEqual([0, 0, 100, 100]);
		expect(nodes.get(';main;new')).toEqual([30, 30, 0, 0]);
		const wanted = { '': 0, main: 0, same: -0.2, new: 0.3, gone: -0.1 };
		for (const [key, change] of Object.entries(wanted)) expect(changes.get(key)).toBeCloseTo(change, 12);
		// 30 of 100 are more than 100 of 1000.
		expect([...nodes.keys()]).toEqual(['', ';main', ';main;same', ';main;new', ';main;gone']);
		expect(flameNodes(fold.flame(4)).has(';main;gone')).toBe(false);
		const top = fold.top(ALL, 0, 'cumulative');
		expect(textsOf(top.strings).filter((text) => text && text !== FILE)).toEqual([
			'main',
			'same',
			'new',
			'gone',
		]);
		for (const [i, change] of [0, -0.2, 0.3, -0.1].entries()) expect(top.changes[i]).toBeCloseTo(change, 12);
	});

	test('of all nodes is the share now less the share before', () => {
		fc.assert(
			fc.property(stacksOf(1, 1), stacksOf(1, 1), (now, base) => {
				fold.clear();
				fold.add(foldColumns(now));
				fold.add(foldColumns(base), 1, true);
				const flame = fold.flame(ALL);
				const [total, baseTotal] = [flame.totals[0]!, flame.baseTotals[0]!];
				if (total === 0 || baseTotal === 0) {
					expect(flame.changes).toHaveLength(0);
					expect(fold.top(ALL).changes).toHaveLength(0);
					return;
				}
				for (const [i, change] of flame.changes.entries())
					expect(change).toBe(flame.totals[i]! / total - flame.baseTotals[i]! / baseTotal);
				// A node weighs no more than its callers, and children stand heaviest first.
				const weight = (i: number) => flame.totals[i]! + flame.baseTotals[i]! * (total / baseTotal);
				const last = new Map<number, number>();
				for (let i = 1; i < flame.names.length; i++) {
					const parent = flame.parents[i]!;
					expect(weight(i)).toBeLessThanOrEqual(last.get(parent) ?? weight(parent) * (1 + 1e-12));
					last.set(parent, weight(i));
				}
			}),
			{ numRuns: 200 },
		);
	});
});

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

describe('a delta of cumulative profiles', () => {
	test('and the profile before are the profile now, and no value falls below 0', () => {
		fc.assert(
			fc.property(stacksOf(2), stacksOf(2), (before, grown) => {
				const now = [...before, ...grown];
				fold.clear(2);
				fold.add(foldColumns(now, 2));
				fold.add(foldColumns(before, 2), 1, true);
				expect(fold.delta([0, 1])).toBe(false);
				for (const [kind, flame] of flamesOf(2).entries()) {
					expect(flame.totals[0]).toBe(plainNodes(grown, [], kind).get('')![0]);
					expect(flameNodes(flame)).toEqual(plainNodes(grown, [], kind));
				}
				fold.add(foldColumns(before, 2));
				expect(flamesOf(2).map(flameNodes)).toEqual([0, 1].map((kind) => plainNodes(now, [], kind)));
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
				for (const [kind, flame] of flamesOf(2).entries()) {
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
		expect(flamesOf(2).map(({ totals, baseTotals }) => [totals[0], baseTotals[0]])).toEqual([
			[20, 0],
			[10, 0],
		]);
		expect(codeOf(() => fold.delta([2]))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
		expect(codeOf(() => fold.delta([-1]))).toBe('CXR_CORE_FOLD_BAD_SHAPE');
	});
});

describe('a fold', () => {
	test('pruned by one kind keeps the sums of all, of now and of the base', () => {
		fc.assert(
			fc.property(stacksOf(2), stacksOf(2), fc.integer({ min: 0, max: 40 }), (now, base, percent) => {
				fold.clear(2);
				fold.add(foldColumns(now, 2));
				fold.add(foldColumns(base, 2), 1, true);
				const sums = () => flamesOf(2).map(({ totals, baseTotals }) => [totals[0], baseTotals[0]]);
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
		expect(flamesOf(8).map(({ totals }) => totals[0])).toEqual(values);
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
