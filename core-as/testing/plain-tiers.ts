import type { ChunkCodec } from '../facade/chunk-codec.ts';
import type { ClosedDay, DayChunks } from '../facade/tiers.ts';
import { readChunk, readSection, take, toNumber } from './chunk-reader.ts';
import { bits, chunksOf, packedOf, samplesOf, sealChunk } from './chunk-samples.ts';
import { joined } from './random.ts';

// Closing a day in plain steps, one call a group and column: the oracle of the core's. Rows as in docs/formats.md, "Tier row".

const HOUR = 3_600_000;
const PART = 144;
const COLUMNS = 5;

/** Buckets of a day: times since its start, then the columns in the order of a row. */
export interface DayBuckets {
	times: number[];
	columns: Float64Array[];
}

export function plainClosedDay(
	{ packed, groupEnds, hours, seriesEnds }: DayChunks,
	steps: readonly number[],
	codec: ChunkCodec,
): ClosedDay {
	const all = chunksOf(packed);
	const kept: Uint8Array[] = [];
	const keptEnds: number[] = [];
	const refused: number[] = [];
	const groups = Array.from(groupEnds, (end, i) => {
		const from = groupEnds[i - 1] ?? 0;
		const group = all.slice(from, end);
		const merged = codec.mergeChunks(packedOf(group), Uint32Array.of(group.length));
		refused.push(...Array.from(merged.refused, (at) => from + at));
		const chunks = chunksOf(merged.chunks);
		kept.push(...(group.length === 1 && merged.refused.length === 0 ? group : chunks));
		keptEnds.push(kept.length);
		return chunks;
	});
	const rows = steps.flatMap((step) =>
		Array.from(seriesEnds, (end, i) => {
			const from = seriesEnds[i - 1] ?? 0;
			const day = Array.from({ length: end - from }, (_, k) => ({
				hour: hours[from + k]!,
				chunks: groups[from + k]!,
			}));
			return plainRow(day, step, codec);
		}),
	);
	return {
		chunks: packedOf(kept),
		groupEnds: Uint32Array.from(keptEnds),
		refused: Uint32Array.from(refused),
		rows: packedOf(rows),
	};
}

/** The row of one series. */
function plainRow(
	day: readonly { hour: number; chunks: Uint8Array[] }[],
	step: number,
	codec: ChunkCodec,
): Uint8Array {
	const times: number[] = [];
	const columns: number[][] = Array.from({ length: COLUMNS }, () => []);
	for (const { hour, chunks } of day) {
		if (chunks.some((it) => readChunk(it).times.at(-1)! >= HOUR)) return Uint8Array.of(0xe2, 0xff);
		const it = codec.downSampleChunks(packedOf(chunks), Uint32Array.of(chunks.length), step);
		times.push(...Array.from(it.timestamps, (time) => hour * HOUR + time));
		for (const [i, found] of [it.lasts, it.maxima, it.minima, it.sums, it.counts].entries())
			columns[i]!.push(...found);
	}
	if (times.length === 0) return new Uint8Array(0);
	return plainTierRow({ times, columns: columns.map((it) => Float64Array.from(it)) }, codec);
}

/** A row of version 2. */
export function plainTierRow({ times, columns }: DayBuckets, codec: ChunkCodec): Uint8Array {
	const parts: Uint8Array[] = [];
	for (let from = 0; from < times.length; from += PART) {
		const partTimes = times.slice(from, from + PART);
		const part = columns.map((it) => it.slice(from, from + PART));
		const predicted = plainDifferences(part);
		const own: Float64Array[] = [];
		const sections: Uint8Array[] = [];
		let same = 0;
		for (const [i, column] of (predicted?.columns ?? part).entries()) {
			const earlier = own.findIndex((it) => isSame(it, column));
			own.push(column);
			if (earlier < 0) sections.push(sectionsOf(partTimes, column, codec).values);
			else same |= (earlier + 1) << (4 * (i - 1));
		}
		const flags = predicted ? 0x80 + predicted.scale : 0;
		const head = Uint8Array.of(partTimes.length - 1, flags, same & 255, same >> 8);
		parts.push(head, sectionsOf(partTimes, new Float64Array(partTimes.length), codec).times, ...sections);
	}
	const row = joined(Uint8Array.of(0xe2, Math.ceil(times.length / PART) - 1, 0, 0, 0, 0), ...parts);
	sealChunk(row);
	return row;
}

/** The integer that stands for a decimal, as a bigint: halves go to the even one. */
function integerOf(value: number, factor: number): bigint | undefined {
	const product = value * factor;
	if (!(Math.abs(product) <= 2 ** 51)) return undefined;
	const low = Math.floor(product);
	const up = product - low > 0.5 || (product - low === 0.5 && low % 2 !== 0);
	return BigInt(up ? low + 1 : low);
}

/** What the columns of a part differ by from what their last values let expect; undefined when they are no decimals. */
function plainDifferences(part: Float64Array[]): { scale: number; columns: Float64Array[] } | undefined {
	const [lasts, maxima, minima, sums, counts] = part as [
		Float64Array,
		Float64Array,
		Float64Array,
		Float64Array,
		Float64Array,
	];
	const isInteger = (value: number, factor: number) => {
		const found = integerOf(value, factor);
		return found !== undefined && isSame(Float64Array.of(Number(found) / factor), Float64Array.of(value));
	};
	const scale = Array.from({ length: 13 }, (_, e) => e).find((e) =>
		[lasts, maxima, minima].every((column) => column.every((it) => isInteger(it, 10 ** e))),
	);
	if (scale === undefined) return undefined;
	const factor = 10 ** scale;
	const integers = Array.from(lasts, (it) => integerOf(it, factor)!);
	const max: number[] = [];
	const min: number[] = [];
	const sum: number[] = [];
	for (const [i, last] of integers.entries()) {
		const before = integers[i - 1] ?? last;
		const line = counts[i]! * (Math.abs(Number(last)) + Math.abs(Number(before)));
		const whole = integerOf(sums[i]!, factor);
		const lost = counts[i]! * Math.max(Math.abs(maxima[i]!), Math.abs(minima[i]!)) * 2 ** -52;
		if (!(line <= 2 ** 52) || whole === undefined) return undefined;
		if (!(Math.abs(Number(whole) / factor - sums[i]!) <= lost)) return undefined;
		const [low, high] = last < before ? [last, before] : [before, last];
		max.push(Number(integerOf(maxima[i]!, factor)! - high));
		min.push(Number(integerOf(minima[i]!, factor)! - low));
		sum.push(Number(whole) - expectedSum(counts[i]!, last, before));
	}
	return {
		scale,
		columns: [lasts, Float64Array.from(max), Float64Array.from(min), Float64Array.from(sum), counts],
	};
}

/** Rounded down. */
function expectedSum(count: number, last: bigint, before: bigint): number {
	return Math.floor((count * Number(last + before)) / 2);
}

/** A row of version 1, which older programs wrote. */
export function plainFirstRow({ times, columns }: DayBuckets, codec: ChunkCodec): Uint8Array {
	const lengths: number[] = [];
	const chunks: Uint8Array[] = [];
	const halves = [times.filter((it) => it < 12 * HOUR).length, times.length];
	for (const [half, to] of halves.entries()) {
		const from = half === 0 ? 0 : halves[0]!;
		if (from === to) continue;
		const part: Uint8Array[] = [];
		for (const column of columns) {
			const [chunk] = chunksOf(encoded(times.slice(from, to), column.slice(from, to), codec));
			const same = part.findIndex((it) => joined(it).toString() === joined(chunk!).toString());
			part.push(chunk!);
			lengths.push(same < 0 ? chunk!.length : 0x8000 | same);
			if (same < 0) chunks.push(chunk!);
		}
	}
	const head = Uint8Array.of(0xe1, lengths.length / COLUMNS, ...lengths.flatMap((it) => [it & 255, it >> 8]));
	return joined(head, ...chunks);
}

/** One column of a sound row of version 2. */
export function readPlainRow(bytes: Uint8Array, column: number): { times: number[]; values: bigint[] } {
	const reader = { bytes, at: 6 };
	const out = { times: [] as number[], values: [] as bigint[] };
	for (let part = 0; part <= bytes[1]!; part++) {
		const count = Number(take(reader, 1)) + 1;
		const flags = Number(take(reader, 1));
		const same = Number(take(reader, 2));
		out.times.push(...readSection(reader, count).map(toNumber));
		const found: bigint[][] = [];
		for (let i = 0; i < COLUMNS; i++) {
			const earlier = i === 0 ? 0 : (same >> (4 * (i - 1))) & 15;
			found.push(earlier === 0 ? readSection(reader, count) : found[earlier - 1]!);
		}
		if (flags === 0 || column === 0 || column === 4) out.values.push(...found[column]!);
		else out.values.push(...restored(found, column, 10 ** (flags - 0x80)));
	}
	if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes behind the row`);
	return out;
}

function restored(found: bigint[][], column: number, factor: number): bigint[] {
	const lasts = found[0]!.map((it) => integerOf(toNumber(it), factor)!);
	const values = lasts.map((last, i) => {
		const before = lasts[i - 1] ?? last;
		const ends = [Number(last), Number(before)];
		const expected = [
			0,
			Math.max(...ends),
			Math.min(...ends),
			expectedSum(toNumber(found[4]![i]!), last, before),
		][column]!;
		return (toNumber(found[column]![i]!) + expected) / factor;
	});
	return [...bits(Float64Array.from(values))];
}

function encoded(times: number[], values: Float64Array, codec: ChunkCodec) {
	const samples = samplesOf([{ times, values: [] }]);
	return codec.encode({ timestamps: samples.timestamps, values, sampleEnds: samples.sampleEnds });
}

/** The two sections of a chunk. A section of zeros is one byte. */
function sectionsOf(times: number[], values: Float64Array, codec: ChunkCodec) {
	const size = encoded(times, new Float64Array(values.length), codec).data.length - 1;
	const { data } = encoded(times, values, codec);
	return { times: data.slice(6, size), values: data.slice(size) };
}

function isSame(a: Float64Array, b: Float64Array): boolean {
	return bits(a).every((it, i) => it === bits(b)[i]);
}
