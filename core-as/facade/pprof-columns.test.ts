import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { textsOf } from '../testing/plain-stacks.ts';
import { type PlainFrame, type PlainLabel, type PlainProfile, pprofBody } from '../testing/pprof-body.ts';
import { joined, mutate, Random } from '../testing/random.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import type { PprofColumns } from './pprof.ts';
import { createProfileFold } from './profiles.ts';

const modules = await builtModules();
const codec = createCodec(modules);
const fold = createProfileFold(modules);
const NOW = 1_800_000_000_000_000_000n;
const MUTANTS = process.env.CODEXRAY_TEST_FULL ? 500_000 : 20_000;

/** The columns as what they stand for; the stacks' values sample by sample. */
function plainOf(columns: PprofColumns) {
	const texts = textsOf(columns.strings);
	const { stackEnds, stackFrames, frameNames, frameFiles, frameLines, values, labels, types } = columns;
	const frame = (i: number) => ({
		name: texts[frameNames[i]!]!,
		file: texts[frameFiles[i]!]!,
		line: frameLines[i]!,
	});
	const label = (i: number) => ({
		key: texts[labels.keys[i]!]!,
		text: texts[labels.texts[i]!]!,
		number: labels.numbers[i]!,
		unit: texts[labels.units[i]!]!,
	});
	const between = (ends: Uint32Array, i: number) => [i ? ends[i - 1]! : 0, ends[i]!] as const;
	const range = ([from, to]: readonly [number, number]) =>
		Array.from({ length: to - from }, (_, i) => from + i);
	return {
		types,
		samples: Array.from(stackEnds, (_, i) => ({
			frames: [...stackFrames.subarray(...between(stackEnds, i))].map(frame),
			values: types.map((_, type) => values[type * stackEnds.length + i]!),
			labels: range(between(labels.ends, i)).map(label),
		})),
	};
}

const text = fc.string({ minLength: 1, maxLength: 12 });
const frame: fc.Arbitrary<PlainFrame> = fc.record({
	name: fc.string({ unit: 'grapheme', maxLength: 20 }),
	file: fc.constantFrom('', 'main.c', '/usr/lib/libc.so'),
	line: fc.integer({ min: 0, max: 5000 }),
});
const location = fc.oneof(
	frame,
	fc.integer({ min: 1, max: 2 ** 40 }),
	fc.array(frame, { minLength: 2, maxLength: 4 }),
);
const label: fc.Arbitrary<PlainLabel> = fc.oneof(
	fc.record({ key: text, text }),
	fc.record({ key: text, number: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), unit: text }),
);
const profile: fc.Arbitrary<PlainProfile> = fc.integer({ min: 1, max: 5 }).chain((width) =>
	fc.record({
		idStep: fc.constantFrom(1, 7, 1000),
		types: fc.array(fc.record({ type: text, unit: text }), { minLength: width, maxLength: width }),
		timeNanos: fc.constantFrom(0n, NOW),
		durationNanos: fc.constantFrom(0n, 60_000_000_000n),
		period: fc.record({ type: text, unit: text, every: fc.integer({ min: 1, max: 1e9 }) }),
		samples: fc.array(
			fc.record({
				frames: fc.array(location, { maxLength: 12 }),
				values: fc.array(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 53n }), {
					minLength: width,
					maxLength: width,
				}),
				labels: fc.array(label, { maxLength: 3 }),
			}),
			{ maxLength: 8 },
		),
	}),
);

function refusalOf(work: () => unknown): CoreError {
	try {
		work();
	} catch (error) {
		if (error instanceof CoreError) return error;
		throw error;
	}
	throw new Error('nothing was refused');
}

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('pprof as columns', () => {
	test('has what the profile has: inlined lines, addresses, labels, every type, the period, times', () => {
		fc.assert(
			fc.property(profile, (plain) => {
				const columns = codec.decodePprofColumns(pprofBody(plain));
				const { types, samples } = plainOf(columns);
				expect(types).toEqual(plain.types);
				expect(samples).toEqual(
					plain.samples.map(({ frames, values, labels }) => ({
						frames: frames
							.flat()
							.map((each) =>
								typeof each === 'number'
									? { name: `0x${each.toString(16)}`, file: '/usr/bin/stripped', line: 0 }
									: each,
							),
						values: values.map(Number),
						labels: labels!.map((each) => ({ text: '', number: 0n, unit: '', ...each })),
					})),
				);
				expect([columns.timeNanos, columns.durationNanos]).toEqual([plain.timeNanos, plain.durationNanos]);
				const { type, unit, every } = plain.period!;
				expect([columns.periodType, columns.period]).toEqual([{ type, unit }, BigInt(every)]);
				expect(columns.strings.ends[0]).toBe(0);
			}),
			{ numRuns: 300 },
		);
	});

	test('goes into a fold as it is', () => {
		const body = pprofBody({
			types: [
				{ type: 'samples', unit: 'count' },
				{ type: 'cpu', unit: 'nanoseconds' },
			],
			samples: [
				{ frames: [{ name: 'leaf', file: 'a.c', line: 1 }, 0x1000], values: [2, 20], labels: [{ key: 'k' }] },
				{ frames: [{ name: 'leaf', file: 'a.c', line: 2 }, 0x1000], values: [3, 30] },
				{ frames: [{ name: 'main', file: 'a.c', line: 9 }], values: [0, -5] },
			],
		});
		const columns = codec.decodePprofColumns(body);
		fold.clear(columns.types.length);
		fold.add(columns);
		expect([0, 1].map((kind) => fold.flame(10, kind).totals[0])).toEqual([5, 50]);
		const top = fold.top(10, 1, 'cumulative');
		expect(textsOf(top.strings).slice(1)).toEqual(['leaf', 'a.c', '0x1000', '/usr/bin/stripped']);
		expect([...top.cumulatives]).toEqual([50, 50]);
		// One type alone is one kind.
		fold.clear();
		fold.add({ ...columns, values: columns.values.subarray(3, 6) });
		expect(fold.flame(10).totals[0]).toBe(50);
	});

	test('nothing but what is there: an empty body, ids that no sample names, a profile without strings', () => {
		const empty = codec.decodePprofColumns(new Uint8Array(0));
		expect([empty.types, empty.stackEnds.length, textsOf(empty.strings)]).toEqual([[], 0, ['']]);
		// Two locations, the second names a function that is not there; then only the first is in a sample.
		const good = codec.decodePprofColumns(hex('0a00 1205 0a0101 1000 2204 08011810 2206 0802 22020809 3200'));
		expect(textsOf(good.strings)).toEqual(['', '0x10']);
		fold.clear();
		fold.add(good);
	});

	test('what is no profile is refused with the place', () => {
		const refuse = (body: string, code: string, offset: number) => {
			const error = refusalOf(() => codec.decodePprofColumns(hex(body)));
			expect([error.code, error.offset]).toEqual([`CXR_CORE_PPROF_${code}`, offset]);
		};
		refuse('0a05', 'CUT', 1);
		refuse('5801', 'BAD_WIRE_TYPE', 0);
		refuse('60ffffffffffffffffff7f', 'BAD_VARINT', 1);
		// A location that is not there; one location twice; id 0; a function, a text and a mapping that are not there.
		refuse('1203 0a0105', 'BAD_REFERENCE', 4);
		refuse('2202 0801 2202 0801', 'BAD_REFERENCE', 6);
		refuse('2202 1801', 'BAD_REFERENCE', 2);
		refuse('1203 0a0101 2206 0801 22020809 3200', 'BAD_REFERENCE', 11);
		refuse('3200 2a04 08011002', 'BAD_REFERENCE', 4);
		refuse('1202 0801 2204 08011005 3200', 'BAD_REFERENCE', 6);
		refuse('3200 1a04 08012803', 'BAD_REFERENCE', 4);
		// Texts of a label, of the period's type, of a type; a text in front that is not empty.
		refuse('3200 1204 1a02 0803', 'BAD_REFERENCE', 6);
		refuse('3200 5a02 0803', 'BAD_REFERENCE', 6);
		refuse('3200 0a02 0803', 'BAD_REFERENCE', 6);
		refuse('320161', 'BAD_REFERENCE', 2);
		// Values without types, and a label as a number.
		refuse('1202 1001', 'BAD_SAMPLE', 2);
		refuse('1202 1801', 'BAD_WIRE_TYPE', 2);
		// Lengths that wrap a 32-bit pointer.
		refuse('1206 0af0ffffff0f', 'CUT', 3);
		refuse('12f0ffffff0f', 'CUT', 1);
		// A packed id that goes on behind its list.
		refuse('1203 0a0180', 'CUT', 4);
		refuse('2202 0801 1204 0a020180', 'CUT', 9);
	});

	test('bounds are kept before memory is taken', () => {
		const before = codec.traps;
		const long = Buffer.alloc(64 * 1024 * 1024 + 1);
		expect(refusalOf(() => codec.decodePprofColumns(long)).code).toBe('CXR_CORE_PPROF_TOO_LARGE');
		// One location of 200 lines, so often that a stack of 4200 frames takes a few bytes; and stacks without end.
		const inlined = Array.from({ length: 200 }, (_, line) => ({ name: 'f', file: 'a.c', line }));
		const one = pprofBody({
			types: [{ type: 't', unit: 'u' }],
			samples: [{ frames: [inlined], values: [1] }],
		});
		const stacks = (count: number) =>
			joined(one, ...new Array(count).fill(hex(`1218 0a14 ${'01'.repeat(20)} 1001`)));
		const deep = joined(one, hex(`1219 0a15 ${'01'.repeat(21)} 1001`));
		expect(refusalOf(() => codec.decodePprofColumns(deep)).message).toMatch(/more than the limit/);
		expect(refusalOf(() => codec.decodePprofColumns(stacks(2200))).message).toMatch(/more than the limit/);
		expect(codec.decodePprofColumns(stacks(2000)).stackFrames).toHaveLength(8_000_200);
		// Samples of nothing.
		const empty = Buffer.from('1200'.repeat(2 ** 21 + 1), 'hex');
		expect(refusalOf(() => codec.decodePprofColumns(empty)).code).toBe('CXR_CORE_PPROF_TOO_LARGE');
		expect(codec.decodePprofColumns(empty.subarray(2)).stackEnds).toHaveLength(2 ** 21);
		expect(codec.traps).toBe(before);
	}, 60_000);

	test(
		'mutants: an error in words or columns that a fold takes, never a trap; values are those of pprof-format',
		() => {
			const random = new Random(11);
			const good = pprofBody({
				types: [
					{ type: 'cpu', unit: 'nanoseconds' },
					{ type: 'samples', unit: 'count' },
				],
				samples: Array.from({ length: 6 }, (_, i) => ({
					frames: [
						{ name: `f${i}`, file: 'a.c', line: i },
						4096 + i,
						[
							{ name: 'inlined', file: 'a.c', line: 1 },
							{ name: 'main', file: 'a.c', line: 9 },
						],
					],
					values: [i + 1, 200],
					labels: [{ key: 'thread', text: `t${i}` }],
				})),
				timeNanos: NOW,
				durationNanos: 60_000_000_000n,
			});
			const traps = () => codec.traps + fold.traps;
			const before = traps();
			let [refused, early, compared, equal] = [0, 0, 0, 0];
			for (let i = 0; i < MUTANTS; i++) {
				const mutant = mutate(good, random);
				let columns: PprofColumns;
				try {
					columns = codec.decodePprofColumns(mutant);
				} catch (error) {
					if (!(error instanceof CoreError)) throw error;
					expect(error.code).toMatch(/^CXR_CORE_PPROF_/);
					expect(error.offset).toBeLessThanOrEqual(mutant.length);
					refused++;
					// Tag and length of the first message.
					if (error.offset! < 2) early++;
					continue;
				}
				expect(columns.values).toHaveLength(columns.types.length * columns.stackEnds.length);
				// Without a type there is no value, and nothing to fold.
				if (columns.types.length === 0) continue;
				const kinds = Math.min(8, columns.types.length);
				fold.clear(kinds);
				fold.add({ ...columns, values: columns.values.subarray(0, kinds * columns.stackEnds.length) });
				const total = fold.flame(100).totals[0]!;
				const top = fold.top(100, kinds - 1, 'cumulative');
				for (const value of top.cumulatives) expect(value).toBeLessThanOrEqual(top.total);
				const again = codec.decodePprofColumns(
					fold.pprof({ types: columns.types.slice(0, kinds), timeNanos: 0n, durationNanos: 0n }),
				);
				const sum = again.values.subarray(0, again.stackEnds.length).reduce((a, b) => a + b, 0);
				// A sum beyond 2^63 is more than a profile can say, and one beyond 2^53 is rounded.
				if (total < 2 ** 53) expect(sum).toBe(total);
				let theirs: Profile;
				try {
					theirs = Profile.decode(mutant);
				} catch {
					continue;
				}
				const values = theirs.sample.flatMap(({ value }) =>
					value.map((each) => Number(BigInt.asIntN(64, BigInt(each)))),
				);
				compared++;
				const { types, stackEnds } = columns;
				const ours = Array.from(
					columns.values,
					(_, i) => columns.values[(i % types.length) * stackEnds.length + Math.floor(i / types.length)]!,
				);
				if (String(ours) === String(values)) equal++;
			}
			expect(traps()).toBe(before);
			expect(refused).toBeGreaterThan(MUTANTS / 20);
			expect(refused).toBeLessThan(MUTANTS);
			// At least half come past the first length.
			expect(early).toBeLessThan(MUTANTS / 2);
			expect(compared).toBeGreaterThan(MUTANTS / 50);
			// It passes over fields of a wrong type, and takes the last of several lists where protobuf joins them.
			expect(equal / compared).toBeGreaterThan(0.9);
		},
		MUTANTS * 6 + 60_000,
	);
});
