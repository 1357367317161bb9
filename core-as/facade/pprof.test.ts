import fc from 'fast-check';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { COLUMNS } from '../../app/server/clickhouse/schema.ts';
import { builtModules } from '../testing/modules.ts';
import { type PlainProfile, pprofBody } from '../testing/pprof-body.ts';
import { mutate, Random } from '../testing/random.ts';
import { readRowBinary } from '../testing/row-binary.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';

const codec = createCodec(await builtModules());
const SOURCE = { service: 'shop', container: '/docker/shop', host: 'node-1', labels: { 'host.id': 'ü' } };
const NOW = 1_800_000_000_000_000_000n;
const MUTANTS = process.env.CODEXRAY_TEST_FULL ? 500_000 : 20_000;

function rowsOf(body: Uint8Array) {
	const { block, count } = codec.decodePprof(body, SOURCE, NOW);
	const rows = readRowBinary(block, COLUMNS.profiles);
	expect(rows).toHaveLength(count);
	return rows;
}

// The encoder of the other side fails at types without any text.
const text = fc.string({ minLength: 1 });
const frame = fc.record({
	name: fc.string({ unit: 'grapheme', maxLength: 20 }),
	file: fc.constantFrom('', 'main.c', '/usr/lib/libc.so'),
	line: fc.integer({ min: 0, max: 5000 }),
});
const profile = fc.integer({ min: 1, max: 3 }).chain((width) =>
	fc.record({
		idStep: fc.constantFrom(1, 7, 1000),
		types: fc.array(fc.record({ type: text, unit: text }), {
			minLength: width,
			maxLength: width,
		}),
		samples: fc.array(
			fc.record({
				frames: fc.array(fc.oneof(frame, fc.integer({ min: 1, max: 2 ** 40 })), { maxLength: 12 }),
				values: fc.array(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 62n }), {
					minLength: width,
					maxLength: width,
				}),
			}),
			{ maxLength: 8 },
		),
	}),
);

describe('pprof', () => {
	test('comes out as it went in', () => {
		fc.assert(
			fc.property(profile, (plain) => {
				const rows = rowsOf(pprofBody(plain));
				const wanted = plain.samples
					.filter(({ values }) => values.some((value) => value !== 0n))
					.map(({ frames, values }) => ({
						types: plain.types.map(({ type }) => type),
						units: plain.types.map(({ unit }) => unit),
						values,
						functions: frames.map((each) =>
							typeof each === 'number' ? `0x${each.toString(16)}` : each.name,
						),
						files: frames.map((each) => (typeof each === 'number' ? '/usr/bin/stripped' : each.file)),
						lines: frames.map((each) => (typeof each === 'number' ? 0 : each.line)),
					}));
				expect(
					rows.map(({ types, units, values, functions, files, lines }) => ({
						...{ types, units, values, functions, files, lines },
					})),
				).toEqual(wanted);
			}),
			{ numRuns: 300 },
		);
	});

	test('hashes of stacks say which are equal, over profiles', () => {
		const one = { name: 'a', file: 'f', line: 1 };
		const two = { name: 'b', file: 'f', line: 1 };
		const hashes = (samples: PlainProfile['samples']) =>
			rowsOf(pprofBody({ types: [{ type: 't', unit: 'u' }], samples })).map((row) => row.stack_hash);
		const stack = (...frames: (typeof one)[]) => ({ frames, values: [1] });
		const [ab, ba, a, line] = hashes([
			stack(one, two),
			stack(two, one),
			stack(one),
			stack({ ...one, line: 2 }),
		]);
		expect(new Set([ab, ba, a, line]).size).toBe(4);
		expect(hashes([stack(two), stack(one, two)])[1]).toBe(ab);
		// Stored stacks have it.
		expect(hashes([{ frames: [one, 0x1000, two], values: [1] }])).toEqual([6885761970275558661n]);
	});

	test('times', () => {
		const types = [{ type: 't', unit: 'u' }];
		const at = (timeNanos: bigint, durationNanos: bigint) => {
			const { start, end } = codec.decodePprof(
				pprofBody({ types, samples: [], timeNanos, durationNanos }),
				SOURCE,
				NOW,
			);
			return [start, end];
		};
		expect(at(NOW - 5n, 3n)).toEqual([NOW - 8n, NOW - 5n]);
		expect(at(0n, 0n)).toEqual([NOW, NOW]);
		expect(at(5n, 7n)).toEqual([0n, 5n]);
	});

	test('what is no profile is refused with the place', () => {
		const refuse = (hex: string, code: string, offset: number) => {
			let thrown: unknown;
			try {
				codec.decodePprof(new Uint8Array(Buffer.from(hex, 'hex')), SOURCE, NOW);
			} catch (error) {
				thrown = error;
			}
			expect(thrown).toBeInstanceOf(CoreError);
			expect([(thrown as CoreError).code, (thrown as CoreError).offset]).toEqual([code, offset]);
		};
		refuse('0a05', 'CXR_CORE_PPROF_CUT', 1);
		refuse('0801', 'CXR_CORE_PPROF_BAD_WIRE_TYPE', 0);
		refuse('48ffffffffffffffffff7f', 'CXR_CORE_PPROF_BAD_VARINT', 1);
		// A location that is not there; a value without a type; a function without an id.
		refuse('12020801', 'CXR_CORE_PPROF_BAD_REFERENCE', 3);
		refuse('12021001', 'CXR_CORE_PPROF_BAD_SAMPLE', 2);
		refuse(`${'32003200'}2a021001`, 'CXR_CORE_PPROF_BAD_REFERENCE', 6);
		refuse(`0a00${'1200'.repeat(1)}${'0a00'.repeat(64)}`, 'CXR_CORE_PPROF_TOO_LARGE', 130);
		const traps = codec.traps;
		// A long name, four thousand times.
		const frames = new Array(4000).fill({ name: 'x'.repeat(1e5), file: '', line: 0 });
		const bomb = pprofBody({ types: [{ type: 't', unit: 'u' }], samples: [{ frames, values: [1] }] });
		expect(() => codec.decodePprof(bomb, SOURCE, NOW)).toThrow(/more than the limit/);
		expect(codec.traps).toBe(traps);
	});

	test(
		'mutants: an error in words or whole rows, never a trap; what pprof-format reads is the same',
		() => {
			const random = new Random(5);
			const good = pprofBody({
				idStep: 3,
				types: [
					{ type: 'cpu', unit: 'nanoseconds' },
					{ type: 'samples', unit: 'count' },
				],
				samples: Array.from({ length: 6 }, (_, i) => ({
					frames: [{ name: `f${i}`, file: 'a.c', line: i }, 4096 + i, { name: 'main', file: 'a.c', line: 9 }],
					values: [i + 1, 2],
				})),
				timeNanos: NOW,
				durationNanos: 60_000_000_000n,
			});
			const before = codec.traps;
			let refused = 0;
			let compared = 0;
			let equal = 0;
			for (let i = 0; i < MUTANTS; i++) {
				const mutant = mutate(good, random);
				let rows: ReturnType<typeof rowsOf>;
				try {
					rows = rowsOf(mutant);
				} catch (error) {
					if (!(error instanceof CoreError)) throw error;
					expect(error.code).toMatch(/^CXR_CORE_PPROF_/);
					expect(error.offset).toBeLessThanOrEqual(mutant.length);
					refused++;
					continue;
				}
				let theirs: Profile;
				try {
					theirs = Profile.decode(mutant);
				} catch {
					continue;
				}
				const values = theirs.sample
					.map(({ value }) => value.map((each) => BigInt.asIntN(64, BigInt(each))))
					.filter((each) => each.some((one) => one !== 0n));
				const text = (lists: unknown[]) => lists.map(String).join(';');
				compared++;
				if (text(rows.map((row) => row.values)) === text(values)) equal++;
			}
			expect(codec.traps).toBe(before);
			expect(refused).toBeGreaterThan(MUTANTS / 20);
			expect(refused).toBeLessThan(MUTANTS);
			expect(compared).toBeGreaterThan(MUTANTS / 50);
			// It passes over fields of a wrong type, and takes the last of several lists where protobuf joins them.
			expect(equal / compared).toBeGreaterThan(0.9);
		},
		MUTANTS * 6 + 60_000,
	);
});
