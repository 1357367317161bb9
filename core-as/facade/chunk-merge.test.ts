import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
	bits,
	chunksOf,
	damagedChunks,
	floatOf,
	generateChunks,
	packedOf,
	samplesOf,
} from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS, type ChunkSamples, type PackedChunks } from './chunks.ts';

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

/** What merging means: a map from times to bits, filled from the oldest chunk to the newest. */
function mergedBy(codec: ChunkCodec, chunks: readonly Uint8Array[]): { times: number[]; values: bigint[] } {
	const at = new Map<number, bigint>();
	for (const chunk of chunks) {
		const { samples } = codec.decode(packedOf([chunk]));
		const values = bits(samples.values);
		samples.timestamps.forEach((time, i) => {
			if (values[i] !== ABSENT_BITS || !at.has(time)) at.set(time, values[i]!);
		});
	}
	const times = [...at.keys()].sort((a, b) => a - b);
	return { times, values: times.map((time) => at.get(time)!) };
}

/** Samples of the chunks `[from, to)` of a pack. */
function readBack(chunks: PackedChunks, from: number, to: number): { times: number[]; values: bigint[] } {
	const { samples, refused } = codec.decode(packedOf(chunksOf(chunks).slice(from, to)));
	expect(refused.length).toBe(0);
	return { times: Array.from(samples.timestamps), values: Array.from(bits(samples.values)) };
}

/** Ends of groups of 0 to 8 chunks. */
function groupsOf(random: Random, chunks: number): Uint32Array {
	const ends: number[] = [];
	for (let end = 0; end < chunks; ) {
		end = Math.min(chunks, end + random.below(9));
		ends.push(end);
	}
	return Uint32Array.from(ends);
}

describe('merge of chunks', () => {
	test('5 000 chunks of every class in groups become what a map of times holds', () => {
		const random = new Random(31);
		for (let round = 0; round < 5; round++) {
			const packed = codec.encode(generateChunks(random, 1000));
			const all = chunksOf(packed);
			const groupEnds = groupsOf(random, all.length);
			const merged = codec.mergeChunks(packed, groupEnds);
			expect(merged.refused.length).toBe(0);
			let duplicates = 0;
			groupEnds.forEach((end, group) => {
				const inputs = all.slice(group === 0 ? 0 : groupEnds[group - 1], end);
				const expected = mergedBy(codec, inputs);
				const from = group === 0 ? 0 : merged.groupEnds[group - 1]!;
				const to = merged.groupEnds[group]!;
				expect(to - from).toBe(Math.ceil(expected.times.length / 256));
				expect(readBack(merged.chunks, from, to)).toEqual(expected);
				duplicates += inputs.reduce((sum, chunk) => sum + chunk[1]! + 1, 0) - expected.times.length;
			});
			expect(merged.duplicates).toBe(duplicates);
		}
	});

	test('any overlap of any doubles: the later chunk counts', () => {
		const sample = fc.record({
			time: fc.nat(40),
			value: fc.oneof(fc.double(), fc.constantFrom(floatOf(ABSENT_BITS), Number.NaN, -0, 0)),
		});
		const chunk = fc.uniqueArray(sample, { selector: (it) => it.time, minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(fc.array(chunk, { maxLength: 9 }), (groups) => {
				const sorted = groups.map((it) => it.toSorted((a, b) => a.time - b.time));
				const packed = codec.encode(
					samplesOf(
						sorted.map((it) => ({ times: it.map(({ time }) => time), values: it.map(({ value }) => value) })),
					),
				);
				const merged = codec.mergeChunks(packed, new Uint32Array([groups.length]));
				expect(readBack(merged.chunks, 0, merged.groupEnds[0]!)).toEqual(mergedBy(codec, chunksOf(packed)));
			}),
			{ numRuns: 300 },
		);
	});

	test('the partial chunks of an hour become one, as small as if it had been encoded at once', () => {
		const count = 240;
		const whole: ChunkSamples = samplesOf([
			{
				times: Array.from({ length: count }, (_, i) => i * 15_000),
				values: Array.from({ length: count }, (_, i) => i * i),
			},
		]);
		const parts = samplesOf(
			Array.from({ length: 12 }, (_, k) => ({
				times: Array.from({ length: 20 }, (_, i) => (k * 20 + i) * 15_000),
				values: Array.from({ length: 20 }, (_, i) => (k * 20 + i) ** 2),
			})),
		);
		const merged = codec.mergeChunks(codec.encode(parts), new Uint32Array([12]));
		expect(merged.chunks).toEqual(codec.encode(whole));
		expect(merged.duplicates).toBe(0);
	});

	const rounds = process.env.CODEXRAY_TEST_FULL ? 500 : 20;

	test(`${rounds} 000 damaged chunks in groups: refused as decode refuses them, the others are merged`, () => {
		const random = new Random(32);
		const sound = chunksOf(codec.encode(generateChunks(random, 260))).map((it) => it.subarray(0, 400));
		for (let round = 0; round < rounds; round++) {
			const chunks = damagedChunks(sound, random, 1000);
			const packed = packedOf(chunks);
			const groupEnds = groupsOf(random, chunks.length);
			const merged = codec.mergeChunks(packed, groupEnds);
			expect(merged.refused).toEqual(codec.decode(packed).refused);
			expect(codec.decode(merged.chunks).refused.length).toBe(0);
			expect(merged.groupEnds.at(-1)).toBe(merged.chunks.ends.length);
			const buckets = codec.downSampleChunks(packed, groupEnds, 60_000);
			expect(buckets.refused).toEqual(merged.refused);
		}
		expect(codec.traps).toBe(0);
	}, 300_000);

	test('a group of over 2^20 samples is refused in words', () => {
		const chunk = chunksOf(
			codec.encode(
				samplesOf([{ times: Array.from({ length: 256 }, (_, i) => i), values: Array(256).fill(1) }]),
			),
		)[0]!;
		const many = packedOf(Array<Uint8Array>(4097).fill(chunk));
		expect(() => codec.mergeChunks(many, new Uint32Array([4097]))).toThrow(/more than 2\^20 samples/);
		expect(() => codec.downSampleChunks(many, new Uint32Array([4097]), 1000)).toThrow(
			/more than 2\^20 samples/,
		);
		const { chunks, duplicates } = codec.mergeChunks(many, new Uint32Array([4096, 4097]));
		expect([chunks.ends.length, duplicates]).toEqual([2, 4095 * 256]);
		expect(codec.traps).toBe(0);
	});
});
