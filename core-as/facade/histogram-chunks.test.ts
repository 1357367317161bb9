import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bits, chunksOf, damagedChunks, packedOf } from '../testing/chunk-samples.ts';
import { type PlainHistogram, readHistogramChunk } from '../testing/histogram-chunk-reader.ts';
import { histogramColumns, plainHistograms } from '../testing/histograms.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

function bitsOf(value: number): bigint {
	return bits(new Float64Array([value]))[0]!;
}

/** A series as a client library sends it: counts that rise, buckets that appear, a restart now and then. */
function exporterSeries(random: Random, count: number): PlainHistogram[] {
	const isFloat = random.below(4) === 0;
	const isCustom = random.below(4) === 0;
	const customs = isCustom ? [0.005, 0.01, 0.025, 0.05, 0.1, 1].slice(0, 1 + random.below(6)) : [];
	const filled = new Map<number, number>();
	let zero = 0;
	let sum = 0;
	return Array.from({ length: count }, (_, i) => {
		if (random.below(150) === 0) {
			filled.clear();
			zero = 0;
			sum = 0;
		}
		for (let n = random.below(20); n > 0; n--) {
			const index = isCustom ? random.below(customs.length + 1) : random.below(10) + random.below(10) - 5;
			const key = !isCustom && random.below(5) === 0 ? index + 1000 : index;
			filled.set(key, (filled.get(key) ?? 0) + (isFloat ? random.unit() : 1));
			sum += random.unit();
		}
		if (random.below(3) === 0) zero++;
		const keys = [...filled.keys()].sort((a, b) => a - b);
		const positive = spansOf(keys.filter((it) => it < 500));
		const negative = spansOf(keys.filter((it) => it >= 500).map((it) => it - 1000));
		const buckets = keys.map((it) => bitsOf(filled.get(it)!));
		return {
			time: 3000 + i * 14_000,
			start: 0n,
			kind: (isFloat ? 1 : 0) | (i === 0 ? 0 : 4),
			schema: isCustom ? -53 : 3,
			zeroThreshold: isCustom ? 0n : bitsOf(2 ** -128),
			zeroCount: bitsOf(zero),
			count: bitsOf(keys.reduce((total, it) => total + filled.get(it)!, zero)),
			sum: bitsOf(sum),
			positive: positive.length,
			spans: positive.concat(negative),
			buckets,
			customs: customs.map(bitsOf),
		};
	});
}

function spansOf(keys: number[]): PlainHistogram['spans'] {
	const spans: PlainHistogram['spans'] = [];
	let behind = 0;
	for (const key of keys) {
		if (spans.length > 0 && key === behind) spans.at(-1)!.length++;
		else spans.push({ offset: key - behind, length: 1 });
		behind = key + 1;
	}
	return spans;
}

/** Anything that the columns can say. */
function enemySeries(random: Random, count: number): PlainHistogram[] {
	const pattern = () => (BigInt(random.u32()) << 32n) | BigInt(random.u32());
	const layout = (): Pick<PlainHistogram, 'schema' | 'zeroThreshold' | 'positive' | 'spans' | 'customs'> => {
		const spans = Array.from({ length: random.below(5) }, () => ({
			offset: random.below(random.below(2) ? 10 : 1e8),
			length: random.below(4),
		}));
		const positive = random.below(spans.length + 1);
		for (const first of [0, positive]) {
			if (first < spans.length) spans[first]!.offset -= random.below(2) ? 5 : 1e9;
		}
		return {
			schema: random.below(256) - 128,
			zeroThreshold: [0n, 1n << 63n, bitsOf(2 ** -128), bitsOf(2 ** (random.below(300) - 270)), pattern()][
				random.below(5)
			]!,
			positive,
			spans,
			customs: Array.from({ length: random.below(3) === 0 ? random.below(600) : 0 }, pattern),
		};
	};
	let time = 0;
	let now = layout();
	return Array.from({ length: count }, () => {
		if (random.below(10) === 0) now = layout();
		time += 1 + random.below(30_000);
		return {
			...now,
			time,
			start: random.below(2) ? 0n : pattern(),
			kind: random.below(256),
			zeroCount: pattern(),
			count: pattern(),
			sum: pattern(),
			buckets: Array.from({ length: now.spans.reduce((sum, it) => sum + it.length, 0) }, pattern),
		};
	});
}

function generate(random: Random, chunks: number): PlainHistogram[][] {
	return Array.from({ length: chunks }, () => {
		const count = random.below(4) === 0 ? 1 + random.below(3) : 1 + random.below(256);
		return random.below(2) ? exporterSeries(random, count) : enemySeries(random, Math.min(count, 60));
	});
}

function roundTrip(chunks: PlainHistogram[][]): void {
	const { histograms, refused } = codec.decodeHistograms(codec.encodeHistograms(histogramColumns(chunks)));
	expect(refused.length).toBe(0);
	expect(histograms).toEqual(histogramColumns(chunks));
}

describe('chunks of native histograms', () => {
	test('series of exporters and of enemies come back bit by bit', () => {
		const random = new Random(61);
		for (let round = 0; round < 8; round++) {
			const chunks = generate(random, 50);
			const columns = histogramColumns(chunks);
			const { histograms, refused } = codec.decodeHistograms(codec.encodeHistograms(columns));
			expect(refused.length).toBe(0);
			const same = (Object.keys(columns) as (keyof typeof columns)[]).filter(
				(name) =>
					Buffer.compare(
						Buffer.from(columns[name].buffer, columns[name].byteOffset, columns[name].byteLength),
						Buffer.from(histograms[name].buffer, histograms[name].byteOffset, histograms[name].byteLength),
					) !== 0,
			);
			expect(same).toEqual([]);
		}
	});

	test('a reader that was written from the format reads the same', () => {
		const chunks = generate(new Random(62), 60);
		chunksOf(codec.encodeHistograms(histogramColumns(chunks))).forEach((chunk, i) => {
			expect(readHistogramChunk(chunk)).toEqual(chunks[i]);
		});
	});

	test('any doubles in any buckets', () => {
		const double = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
		const histogram = fc
			.array(fc.record({ offset: fc.nat(50), length: fc.nat(4) }), { maxLength: 4 })
			.chain((spans) =>
				fc.record({
					spans: fc.constant(spans),
					positive: fc.nat(spans.length),
					buckets: fc.array(double, {
						minLength: spans.reduce((sum, it) => sum + it.length, 0),
						maxLength: spans.reduce((sum, it) => sum + it.length, 0),
					}),
					kind: fc.nat(255),
					schema: fc.integer({ min: -128, max: 127 }),
					customs: fc.array(double, { maxLength: 3 }),
					start: double,
					zeroThreshold: double,
					zeroCount: double,
					count: double,
					sum: double,
				}),
			);
		fc.assert(
			fc.property(fc.array(histogram, { minLength: 1, maxLength: 12 }), (list) => {
				roundTrip([list.map((it, time) => ({ ...it, time }))]);
			}),
			{ numRuns: 200 },
		);
	});

	test('a steady series takes less than 0.8 bytes a bucket', () => {
		const random = new Random(63);
		const counts = new Float64Array(30);
		const spans = [{ offset: -12, length: 30 }];
		let sum = 0;
		const series = Array.from({ length: 240 }, (_, i): PlainHistogram => {
			for (let k = 0; k < 30; k++) counts[k]! += random.below(1 + k);
			sum += random.unit();
			return {
				time: i * 15_000,
				start: bitsOf(1_750_000_000_000),
				kind: i === 0 ? 0 : 4,
				schema: 3,
				zeroThreshold: bitsOf(2 ** -128),
				zeroCount: 0n,
				count: bitsOf(counts.reduce((a, b) => a + b)),
				sum: bitsOf(sum),
				positive: 1,
				spans,
				buckets: Array.from(bits(counts)),
				customs: [],
			};
		});
		const { data } = codec.encodeHistograms(histogramColumns([series]));
		roundTrip([series]);
		expect(data.length / (240 * 30)).toBeLessThan(0.8);
	});

	const rounds = process.env.CODEXRAY_TEST_FULL ? 1000 : 40;

	test(`${rounds * 500} damaged chunks, half with a true checksum: refused or read, never a trap`, () => {
		const random = new Random(64);
		const chunks = generate(random, 300).map((it) => it.slice(0, 1 + random.below(12)));
		const sound = chunksOf(codec.encodeHistograms(histogramColumns(chunks)));
		let read = 0;
		for (let round = 0; round < rounds; round++) {
			const damaged = damagedChunks(sound, random, 500);
			const { histograms, refused } = codec.decodeHistograms(packedOf(damaged));
			const refusals = new Set(refused);
			let start = 0;
			histograms.ends.forEach((end, i) => {
				expect(end - start).toBe(refusals.has(i) ? 0 : damaged[i]![1]! + 1);
				start = end;
			});
			read += damaged.length - refusals.size;
			// What was read is sound: it can be written again, and says the same.
			if (round % 20 === 0) {
				const kept = plainHistograms(histograms).filter((it) => it.length > 0);
				roundTrip(kept);
				damaged
					.filter((_, i) => !refusals.has(i))
					.forEach((chunk, i) => {
						expect(readHistogramChunk(chunk)).toEqual(kept[i]);
					});
			}
		}
		expect(read).toBeGreaterThan(rounds);
		expect(codec.traps).toBe(0);
	}, 300_000);
});
