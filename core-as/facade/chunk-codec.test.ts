import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readChunk } from '../testing/chunk-reader.ts';
import { builtModules } from '../testing/modules.ts';
import { mutate, Random } from '../testing/random.ts';
import {
	ABSENT_BITS,
	type ChunkCodec,
	type ChunkSamples,
	createChunkCodec,
	type PackedChunks,
} from './chunk-codec.ts';

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

function bits(values: Float64Array): BigUint64Array {
	return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}

/** Series as they come from real exporters, and as they come from enemies. */
const CLASSES: ((random: Random, count: number) => Float64Array)[] = [
	(random, count) => counter(random, count, 1 + random.below(20)),
	(random, count) => counter(random, count, 10 ** random.below(10)),
	(random, count) => counter(random, count, 50).map((value, i) => (i < count / 2 ? value : value / 3) | 0),
	(random, count) => walk(random, count, 100),
	(random, count) => walk(random, count, 10 ** random.below(13)),
	(random, count) => walk(random, count, 1).map((value) => value * 4096),
	(random, count) => Float64Array.from({ length: count }, () => random.unit()),
	(random, count) => Float64Array.from({ length: count }, () => random.unit() - 0.5),
	(_random, count) => Float64Array.from({ length: count }, (_, i) => i * Math.PI),
	(random, count) => walk(random, count, 10).map((value) => (random.below(20) ? value : Number.NaN)),
	(random, count) => new Float64Array(count).fill(random.unit()),
	(random, count) => randomBits(random, count),
	(random, count) => mixed(random, count),
	(random, count) => withGaps(random, counter(random, count, 30)),
	(random, count) => withGaps(random, walk(random, count, 100)),
	(random, count) =>
		withGaps(
			random,
			walk(random, count, 1).map((value) => value * 4096),
		),
	(random, count) => withGaps(random, randomBits(random, count)),
	(random, count) =>
		withGaps(
			random,
			Float64Array.from({ length: count }, () => 5 + random.unit()),
		),
	(random, count) => resets(random, counter(random, count, 30)),
	(random, count) => withGaps(random, resets(random, counter(random, count, 1e5))),
	(random, count) => walk(random, count, 100).map((value) => value * (random.below(60) ? 1 : 1e6)),
	(random, count) =>
		Float64Array.from({ length: count }, () => random.below(100) / (random.below(90) ? 1 : 7)),
];

function withGaps(random: Random, values: Float64Array): Float64Array {
	const out = values.slice();
	const share = 1 + random.below(40);
	for (let i = 0; i < out.length; i++) if (random.below(share) === 0) bits(out)[i] = ABSENT_BITS;
	return out;
}

function resets(random: Random, values: Float64Array): Float64Array {
	let lost = 0;
	return values.map((value) => {
		if (random.below(80) === 0) lost = value;
		return value - lost;
	});
}

function counter(random: Random, count: number, rate: number): Float64Array {
	let value = random.below(1e6);
	return Float64Array.from({ length: count }, () => {
		value += Math.floor(random.unit() * rate);
		return value;
	});
}

function walk(random: Random, count: number, divisor: number): Float64Array {
	let value = random.below(20_000) - 10_000;
	return Float64Array.from({ length: count }, () => {
		value += random.below(121) - 60;
		return value / divisor;
	});
}

function randomBits(random: Random, count: number): Float64Array {
	return new Float64Array(random.bytes(count * 8).buffer);
}

function mixed(random: Random, count: number): Float64Array {
	const special = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 5e-324, 2 ** 53, 1e300, 0.1];
	return Float64Array.from({ length: count }, () => special[random.below(special.length)]!);
}

function times(random: Random, count: number): Float64Array {
	let time = random.below(100_000);
	if (random.below(2) === 0) return grid(random, count);
	const jitter = [1, 1, 7, 15_000, 16_000_000][random.below(5)]!;
	return Float64Array.from({ length: count }, () => {
		time += (random.below(2) ? 0 : random.below(jitter)) + 1;
		return time;
	});
}

/** Regular times, some of them missing. */
function grid(random: Random, count: number): Float64Array {
	let time = random.below(50_000);
	const missing = random.below(2) ? 0 : 20;
	return Float64Array.from({ length: count }, () => {
		time += random.below(100) < missing ? 30_000 : 15_000;
		return time;
	});
}

/** `chunks` chunks, classes in turn. */
function generate(random: Random, chunks: number): ChunkSamples {
	const columns = Array.from({ length: chunks }, (_, i) => {
		const count =
			random.below(3) === 0 ? 1 + random.below(256) : [1, 2, 7, 8, 9, 120, 240, 256][random.below(8)]!;
		return { times: times(random, count), values: CLASSES[i % CLASSES.length]!(random, count) };
	});
	const sampleEnds = new Uint32Array(chunks);
	let total = 0;
	columns.forEach(({ values }, i) => {
		total += values.length;
		sampleEnds[i] = total;
	});
	const samples = { timestamps: new Float64Array(total), values: new Float64Array(total), sampleEnds };
	columns.forEach((column, i) => {
		samples.timestamps.set(column.times, i === 0 ? 0 : sampleEnds[i - 1]);
		// Bits, because an engine may change the payload of a NaN on its way through a number.
		bits(samples.values).set(bits(column.values), i === 0 ? 0 : sampleEnds[i - 1]);
	});
	return samples;
}

function chunksOf(packed: PackedChunks): Uint8Array[] {
	return Array.from(packed.ends, (end, i) => packed.data.subarray(i === 0 ? 0 : packed.ends[i - 1], end));
}

describe('chunk codec', () => {
	test('26 000 chunks of every class come back bit by bit', () => {
		const random = new Random(6);
		for (let round = 0; round < 20; round++) {
			const samples = generate(random, 1300);
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
		const samples = generate(random, 1300);
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
		const samples = generate(random, 650);
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

	test('40 000 damaged chunks, half with a true checksum: refused or decoded, never a trap', () => {
		const random = new Random(8);
		const sound = chunksOf(codec.encode(generate(random, 520)));
		let accepted = 0;
		for (let round = 0; round < 40; round++) {
			const chunks = Array.from({ length: 1000 }, (_, i) => {
				const damaged = mutate(sound[random.below(sound.length)]!.subarray(0, 400), random);
				if (i % 2 === 0 && damaged.length > 6) seal(damaged);
				return damaged;
			});
			const ends = new Uint32Array(chunks.length);
			chunks.forEach((chunk, i) => {
				ends[i] = (ends[i - 1] ?? 0) + chunk.length;
			});
			const data = new Uint8Array(ends.at(-1)!);
			chunks.forEach((chunk, i) => {
				data.set(chunk, ends[i]! - chunk.length);
			});
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
	});
});

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	return crc >>> 0;
});

/** Writes the checksum that the bytes deserve. */
function seal(chunk: Uint8Array): void {
	let crc = ~0;
	chunk.forEach((byte, i) => {
		if (i < 2 || i >= 6) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
	});
	new DataView(chunk.buffer, chunk.byteOffset).setUint32(2, ~crc >>> 0, true);
}
