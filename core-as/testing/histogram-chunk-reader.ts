import { type Reader, readSection, take, toNumber } from './chunk-reader.ts';

/** One native histogram as plain values; f64 as their bits. */
export interface PlainHistogram {
	time: number;
	start: bigint;
	kind: number;
	schema: number;
	zeroThreshold: bigint;
	zeroCount: bigint;
	count: bigint;
	sum: bigint;
	/** How many of the spans are positive. */
	positive: number;
	spans: { offset: number; length: number }[];
	buckets: bigint[];
	customs: bigint[];
}

/**
 * Reads a histogram chunk straight from the text of docs/formats.md, slowly and in another way than the component does: the
 * oracle of its tests. Trusts its input.
 */
export function readHistogramChunk(bytes: Uint8Array): PlainHistogram[] {
	if (bytes[0] !== 0xd1) throw new Error('not a histogram chunk of version 1');
	const count = bytes[1]! + 1;
	const reader: Reader = { bytes, at: 7 };
	const times = readSection(reader, count).map(toNumber);
	const starts = bytes[6]! & 1 ? readSection(reader, count) : Array<bigint>(count).fill(0n);
	const kinds = readSection(reader, count).map(toNumber);
	const layouts: Layout[] = [];
	while (layouts.length < count) {
		const rows = Number(take(reader, 1)) + 1;
		const layout = readLayout(reader);
		for (let i = 0; i < rows; i++) layouts.push(layout);
	}
	const zeroCounts = readSection(reader, count);
	const counts = readSection(reader, count);
	const sums = readSection(reader, count);
	const histograms = layouts.map(
		({ keys, ...layout }, i): PlainHistogram => ({
			time: times[i]!,
			start: starts[i]!,
			kind: kinds[i]!,
			zeroCount: zeroCounts[i]!,
			count: counts[i]!,
			sum: sums[i]!,
			buckets: keys.map(() => 0n),
			...layout,
		}),
	);
	const allKeys = [...new Set(layouts.flatMap((it) => it.keys))].sort((a, b) => a - b);
	for (const key of allKeys) {
		const having = histograms.filter((_, i) => layouts[i]!.keys.includes(key));
		const values = readSection(reader, having.length);
		having.forEach((it, i) => {
			it.buckets[layouts[histograms.indexOf(it)]!.keys.indexOf(key)] = values[i]!;
		});
	}
	if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes behind the chunk`);
	return histograms;
}

interface Layout extends Pick<PlainHistogram, 'schema' | 'zeroThreshold' | 'positive' | 'spans' | 'customs'> {
	/** Buckets by sign and index, as numbers that rise. */
	keys: number[];
}

function readLayout(reader: Reader): Layout {
	const schema = Number(BigInt.asIntN(8, take(reader, 1)));
	const tag = Number(take(reader, 1));
	const zeroThreshold = tag === 255 ? take(reader, 8) : tag === 0 ? 0n : BigInt(tag - 243 + 1023) << 52n;
	const positive = readVarint(reader);
	const spans = Array.from({ length: readVarint(reader) }, () => {
		const zigzag = readVarint(reader);
		return { offset: zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2, length: readVarint(reader) };
	});
	const customs: bigint[] = [];
	for (let left = readVarint(reader); left > 0; left -= 256) {
		customs.push(...readSection(reader, Math.min(left, 256)));
	}
	return { schema, zeroThreshold, positive, spans, customs, keys: keysOf(spans, positive) };
}

function readVarint(reader: Reader): number {
	let value = 0;
	for (let factor = 1; ; factor *= 128) {
		const byte = Number(take(reader, 1));
		value += (byte % 128) * factor;
		if (byte < 128) return value;
	}
}

function keysOf(spans: PlainHistogram['spans'], positive: number): number[] {
	const keys: number[] = [];
	let index = 0;
	spans.forEach(({ offset, length }, i) => {
		index = (i === 0 || i === positive ? 0 : index) + offset;
		for (let k = 0; k < length; k++) keys.push((i < positive ? 0 : 2 ** 40) + index++);
	});
	return keys;
}
