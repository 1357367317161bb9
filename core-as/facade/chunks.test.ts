import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readChunk } from '../testing/chunk-reader.ts';
import { bits, chunksOf, damagedChunks, generateChunks, packedOf } from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS } from './chunks.ts';

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

describe('chunk codec', () => {
	test('26 000 chunks of every class come back bit by bit', () => {
		const random = new Random(6);
		for (let round = 0; round < 20; round++) {
			const samples = generateChunks(random, 1300);
			const { samples: back, refused } = codec.decode(codec.encode(samples));
			expect(refused.length).toBe(0);
			expect(Buffer.compare(Buffer.from(back.values.buffer), Buffer.from(samples.values.buffer))).toBe(0);
			expect(
				Buffer.compare(Buffer.from(back.timestamps.buffer), Buffer.from(samples.timestamps.buffer)),
			).toBe(0);
			expect(back.sampleEnds).toEqual(samples.sampleEnds);
		}
	});

	test('a matrix holds what decode says', () => {
		const random = new Random(9);
		const step = 15_000;
		const columns = 64;
		const samples = generateChunks(random, 1300);
		const packed = codec.encode(samples);
		const expected = new BigUint64Array(samples.sampleEnds.length * columns).fill(ABSENT_BITS);
		let start = 0;
		samples.sampleEnds.forEach((end, row) => {
			for (; start < end; start++) {
				const column = Math.floor(samples.timestamps[start]! / step);
				const value = bits(samples.values)[start]!;
				if (column < columns && value !== ABSENT_BITS) expected[row * columns + column] = value;
			}
		});
		const { values, refused } = codec.decodeMatrix(packed, { step, columns });
		expect(refused.length).toBe(0);
		expect(bits(values)).toEqual(expected);
	});

	test('arbitrary doubles come back bit by bit', () => {
		const doubles = fc.array(
			fc.oneof(
				fc.double(),
				fc.integer(),
				fc.integer().map((it) => it / 1000),
			),
			{
				minLength: 1,
				maxLength: 256,
			},
		);
		fc.assert(
			fc.property(doubles, (list) => {
				const values = Float64Array.from(list);
				const timestamps = values.map((_, i) => i);
				const packed = codec.encode({ timestamps, values, sampleEnds: new Uint32Array([values.length]) });
				expect(bits(codec.decode(packed).samples.values)).toEqual(bits(values));
			}),
			{ numRuns: 500 },
		);
	});

	test('a reader that was written from the format reads the same', () => {
		const random = new Random(7);
		const samples = generateChunks(random, 650);
		const expected = bits(samples.values);
		let start = 0;
		chunksOf(codec.encode(samples)).forEach((chunk, i) => {
			const end = samples.sampleEnds[i]!;
			const read = readChunk(chunk);
			expect(read.values).toEqual(Array.from(expected.subarray(start, end)));
			expect(read.times).toEqual(Array.from(samples.timestamps.subarray(start, end)));
			start = end;
		});
	});

	test('times count from the start of each chunk, where starts are given', () => {
		const samples = generateChunks(new Random(9), 300);
		const packed = codec.encode(samples);
		const starts = Float64Array.from(packed.ends, (_, i) => 3_600_000 * (470_000 + i));
		const { samples: back, refused } = codec.decode(packed, { starts });
		expect(refused).toHaveLength(0);
		let chunk = 0;
		const expected = samples.timestamps.map((time, i) => {
			if (i === samples.sampleEnds[chunk]) chunk++;
			return time + starts[chunk]!;
		});
		expect(back.timestamps).toEqual(expected);
		expect(bits(back.values)).toEqual(bits(samples.values));
		expect(() => codec.decode(packed, { starts: starts.subarray(1) })).toThrow('299 starts of 300 chunks');
	});

	const rounds = process.env.CODEXRAY_TEST_FULL ? 500 : 40;

	test(`${rounds} 000 damaged chunks, half with a true checksum: refused or decoded, never a trap`, () => {
		const random = new Random(8);
		const sound = chunksOf(codec.encode(generateChunks(random, 520))).map((it) => it.subarray(0, 400));
		let accepted = 0;
		for (let round = 0; round < rounds; round++) {
			const chunks = damagedChunks(sound, random, 1000);
			const { data, ends } = packedOf(chunks);
			const matrix = codec.decodeMatrix({ data, ends }, { step: 15_000, columns: 240 });
			expect(matrix.values.length).toBe(chunks.length * 240);
			const { samples, refused } = codec.decode({ data, ends });
			expect(matrix.refused).toEqual(refused);
			const refusals = new Set(refused);
			accepted += chunks.length - refusals.size;
			let start = 0;
			chunks.forEach((chunk, i) => {
				const end = samples.sampleEnds[i]!;
				expect(end - start).toBe(refusals.has(i) ? 0 : chunk[1]! + 1);
				if (!refusals.has(i) && chunk.length < 60) {
					expect(readChunk(chunk).values).toEqual(Array.from(bits(samples.values).subarray(start, end)));
				}
				start = end;
			});
			expect(samples.values.length).toBe(start);
		}
		expect(accepted).toBeGreaterThan(500);
		expect(codec.traps).toBe(0);
	}, 300_000);
});
