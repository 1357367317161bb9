import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bits, chunksOf, floatOf, generateChunks, samplesOf } from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS } from './chunks.ts';
import type { SampleBuckets } from './down-sampling.ts';

const STALE = 0x7ff0000000000002n;

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

interface Bucket {
	time: number;
	minimum: number;
	maximum: number;
	count: number;
	last: bigint;
	values: number[];
}

/** Buckets from the words of wit/codexray-core/down-sampling.wit, over plain lists. */
function bucketsOf(times: ArrayLike<number>, values: BigUint64Array, step: number): Bucket[] {
	const found = new Map<number, { bits: bigint[]; values: number[] }>();
	for (let i = 0; i < times.length; i++) {
		if (values[i] === STALE || values[i] === ABSENT_BITS) continue;
		const time = Math.floor(times[i]! / step) * step + 0;
		const bucket = found.get(time) ?? { bits: [], values: [] };
		bucket.bits.push(values[i]!);
		bucket.values.push(floatOf(values[i]!));
		found.set(time, bucket);
	}
	return [...found].map(([time, bucket]) => {
		const numbers = bucket.values.filter((it) => !Number.isNaN(it));
		return {
			time,
			// Sorting is stable: of 0 and -0 the first one stays.
			minimum: numbers.toSorted((a, b) => a - b || 0)[0] ?? Number.NaN,
			maximum: numbers.toSorted((a, b) => b - a || 0)[0] ?? Number.NaN,
			count: bucket.values.length,
			last: bucket.bits.at(-1)!,
			values: bucket.values,
		};
	});
}

/** The sum of finite doubles without any rounding, in units of 2^-1074. */
function exactSum(values: readonly number[]): bigint {
	let sum = 0n;
	for (const value of values) {
		const pattern = bits(new Float64Array([value]))[0]!;
		const exponent = Number((pattern >> 52n) & 0x7ffn);
		const fraction = pattern & 0xfffffffffffffn;
		const size = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
		sum += pattern >> 63n ? -size : size;
	}
	return sum;
}

function checkSum(sum: number, values: readonly number[]): void {
	if (!values.every(Number.isFinite)) {
		expect(sum).toBe(values.reduce((a, b) => a + b, 0));
		return;
	}
	// Sums that overflow on the way are infinite or what the order makes of them.
	if (values.reduce((a, b) => a + Math.abs(b), 0) > 1e308) return;
	const exact = exactSum(values);
	const error = exactSum([sum]) - exact;
	// Half a unit in the last place, and what the lost parts lost themselves.
	const magnitude = exactSum(values.map(Math.abs));
	const size = exact < 0n ? -exact : exact;
	const bound = (size >> 52n) + (magnitude >> 95n) + 1n;
	expect(error < 0n ? -error : error).toBeLessThanOrEqual(bound);
}

function check(found: SampleBuckets, from: number, to: number, expected: readonly Bucket[]): void {
	const column = (values: Float64Array) => Array.from(values.subarray(from, to));
	expect(column(found.timestamps)).toEqual(expected.map((it) => it.time));
	expect(column(found.counts)).toEqual(expected.map((it) => it.count));
	expect(column(found.minima)).toEqual(expected.map((it) => it.minimum));
	expect(column(found.maxima)).toEqual(expected.map((it) => it.maximum));
	expect(Array.from(bits(found.lasts).subarray(from, to))).toEqual(expected.map((it) => it.last));
	expected.forEach((it, i) => {
		checkSum(found.sums[from + i]!, it.values);
	});
}

describe('down-sampling', () => {
	test('1 040 chunks of every class at three steps', () => {
		const random = new Random(41);
		const samples = generateChunks(random, 1040);
		const packed = codec.encode(samples);
		const groupEnds = Uint32Array.from(samples.sampleEnds, (_, i) => i + 1);
		for (const step of [60_000, 300_000, 3_600_000]) {
			const found = codec.downSampleChunks(packed, groupEnds, step);
			let start = 0;
			samples.sampleEnds.forEach((end, i) => {
				const times = samples.timestamps.subarray(start, end);
				const expected = bucketsOf(times, bits(samples.values).subarray(start, end), step);
				check(found, i === 0 ? 0 : found.ends[i - 1]!, found.ends[i]!, expected);
				start = end;
			});
		}
	});

	test('columns of any times and doubles', () => {
		const special = fc.constantFrom(
			floatOf(STALE),
			floatOf(ABSENT_BITS),
			Number.NaN,
			Infinity,
			-Infinity,
			-0,
		);
		const series = fc.uniqueArray(
			fc.record({
				time: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
				value: fc.oneof(fc.double(), special, fc.integer()),
			}),
			{ selector: (it) => it.time, maxLength: 60 },
		);
		const step = fc.constantFrom(1, 7, 1000, 2 ** 31, 2 ** 32 - 1);
		fc.assert(
			fc.property(fc.array(series, { maxLength: 4 }), step, (all, step) => {
				const sorted = all.map((it) => it.toSorted((a, b) => a.time - b.time));
				const samples = samplesOf(
					sorted.map((it) => ({ times: it.map(({ time }) => time), values: it.map(({ value }) => value) })),
				);
				const found = codec.downSampleColumns(samples, step);
				let start = 0;
				samples.sampleEnds.forEach((end, i) => {
					const times = samples.timestamps.subarray(start, end);
					const expected = bucketsOf(times, bits(samples.values).subarray(start, end), step);
					check(found, i === 0 ? 0 : found.ends[i - 1]!, found.ends[i]!, expected);
					start = end;
				});
			}),
			{ numRuns: 300 },
		);
	});

	test('overlapping chunks are merged before they are counted', () => {
		const packed = codec.encode(
			samplesOf([
				{ times: [0, 1000, 2000], values: [1, 2, 3] },
				{ times: [1000, 5000], values: [20, 4] },
			]),
		);
		const found = codec.downSampleChunks(packed, new Uint32Array([2]), 5000);
		expect([...found.timestamps]).toEqual([0, 5000]);
		expect([...found.counts]).toEqual([3, 1]);
		expect([...found.sums]).toEqual([24, 4]);
		expect([...found.maxima]).toEqual([20, 4]);
	});

	test('buckets are chunks again, and hours of five minutes are those of the samples', () => {
		const random = new Random(42);
		const values = Float64Array.from({ length: 240 }, () => random.below(1000));
		const samples = samplesOf([
			{ times: Array.from(values, (_, i) => i * 15_000), values: Array.from(values) },
		]);
		const packed = codec.encode(samples);
		const group = new Uint32Array([1]);
		const fine = codec.downSampleChunks(packed, group, 300_000);
		const chunk = (column: Float64Array) =>
			codec.encode({ timestamps: fine.timestamps, values: column, sampleEnds: fine.ends });
		const coarse = (column: Float64Array) => codec.downSampleChunks(chunk(column), group, 3_600_000);
		const hour = codec.downSampleChunks(packed, group, 3_600_000);
		expect(fine.timestamps.length).toBe(12);
		expect(chunksOf(chunk(fine.minima)).length).toBe(1);
		expect(coarse(fine.minima).minima).toEqual(hour.minima);
		expect(coarse(fine.maxima).maxima).toEqual(hour.maxima);
		expect(coarse(fine.sums).sums).toEqual(hour.sums);
		expect(coarse(fine.counts).sums).toEqual(hour.counts);
		expect(coarse(fine.lasts).lasts).toEqual(hour.lasts);
	});

	test('what is no column is refused', () => {
		const attempt =
			(times: number[], ends: number[], values = times) =>
			() =>
				codec.downSampleColumns(
					{
						timestamps: Float64Array.from(times),
						values: Float64Array.from(values),
						sampleEnds: Uint32Array.from(ends),
					},
					10,
				);
		expect(attempt([1, 2], [1, 2])().counts).toEqual(Float64Array.from([1, 1]));
		expect(attempt([2, 1], [1, 2])().counts).toEqual(Float64Array.from([1, 1]));
		for (const times of [[2, 1], [1, 1], [Number.NaN], [0, Number.NaN], [2 ** 53], [Infinity], [-Infinity]]) {
			expect(attempt(times, [times.length])).toThrow(/timestamps must rise/);
		}
		for (const ends of [[], [1], [3], [2, 1], [0xffffffff]]) {
			expect(attempt([1, 2], ends)).toThrow(/columns of equal length/);
		}
		expect(attempt([1, 2], [2], [1])).toThrow(/columns of equal length/);
		expect(() => codec.downSampleChunks(codec.encode(samplesOf([])), new Uint32Array([1]), 1)).toThrow(
			/ends of groups/,
		);
		expect(codec.traps).toBe(0);
	});
});
