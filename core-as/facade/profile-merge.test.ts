import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import {
	FILE,
	flameNodes,
	foldColumns,
	plainNodes,
	plainTop,
	textsOf,
	topRows,
} from '../testing/plain-stacks.ts';
import { ALL, flamesOf, merged, stacksOf } from '../testing/stack-arbitrary.ts';
import { createCodec } from './codec.ts';
import { createProfileFold } from './profiles.ts';

const modules = await builtModules();
const fold = createProfileFold(modules);
const codec = createCodec(modules);
const NO_TIME = { timeNanos: 0n, durationNanos: 0n };

describe('a merge', () => {
	test('of several kinds keeps each apart, with a base, in flame and top', () => {
		fc.assert(
			fc.property(stacksOf(3), stacksOf(3), (now, base) => {
				fold.clear(3);
				fold.add(foldColumns(now, 3));
				fold.add(foldColumns(base, 3), 1, true);
				for (const [kind, flame] of flamesOf(fold, 3).entries()) {
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
					return flamesOf(fold, 2).map(flameNodes);
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
		expect(flamesOf(fold, 2).map((flame) => flame.totals[0])).toEqual(sums);
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
				const before = flamesOf(fold, types).map(flameNodes);
				fold.clear(types);
				fold.add(again);
				expect(flamesOf(fold, types).map(flameNodes)).toEqual(before);
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
