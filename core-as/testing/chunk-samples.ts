import { ABSENT_BITS, type ChunkSamples, type PackedChunks } from '../facade/chunks.ts';
import { mutate, type Random } from './random.ts';

/** The bits of f64. */
export function bits(values: Float64Array): BigUint64Array {
	return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}

/** Series as they come from real exporters, and as they come from enemies. */
export const CLASSES: ((random: Random, count: number) => Float64Array)[] = [
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
export function generateChunks(random: Random, chunks: number): ChunkSamples {
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

/** The chunks of a pack one by one. */
export function chunksOf(packed: PackedChunks): Uint8Array[] {
	return Array.from(packed.ends, (end, i) => packed.data.subarray(i === 0 ? 0 : packed.ends[i - 1], end));
}

/** Chunks back to back. */
export function packedOf(chunks: readonly Uint8Array[]): PackedChunks {
	const ends = new Uint32Array(chunks.length);
	chunks.forEach((chunk, i) => {
		ends[i] = (ends[i - 1] ?? 0) + chunk.length;
	});
	const data = new Uint8Array(ends.at(-1) ?? 0);
	chunks.forEach((chunk, i) => {
		data.set(chunk, ends[i]! - chunk.length);
	});
	return { data, ends };
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	return crc >>> 0;
});

/** Writes the checksum that the bytes deserve. */
export function sealChunk(chunk: Uint8Array): void {
	let crc = ~0;
	chunk.forEach((byte, i) => {
		if (i < 2 || i >= 6) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
	});
	new DataView(chunk.buffer, chunk.byteOffset).setUint32(2, ~crc >>> 0, true);
}

/** Chunks out of `sound` ones with small damages, every other one with a true checksum. */
export function damagedChunks(sound: readonly Uint8Array[], random: Random, count: number): Uint8Array[] {
	return Array.from({ length: count }, (_, i) => {
		const damaged = mutate(sound[random.below(sound.length)]!, random);
		if (i % 2 === 0 && damaged.length > 6) sealChunk(damaged);
		return damaged;
	});
}

/** Columns of these chunks. */
export function samplesOf(chunks: readonly { times: number[]; values: number[] }[]): ChunkSamples {
	const sampleEnds = new Uint32Array(chunks.length);
	chunks.forEach((chunk, i) => {
		sampleEnds[i] = (sampleEnds[i - 1] ?? 0) + chunk.times.length;
	});
	return {
		timestamps: Float64Array.from(chunks.flatMap((chunk) => chunk.times)),
		values: Float64Array.from(chunks.flatMap((chunk) => chunk.values)),
		sampleEnds,
	};
}

/** The f64 of these bits. An engine may change the payload of a NaN on its way; V8 does not. */
export function floatOf(pattern: bigint): number {
	return new Float64Array(new BigUint64Array([pattern]).buffer)[0]!;
}
