import { expect, test } from 'vitest';
import { createChunkCodec } from '../../../core-as/facade/index.ts';
import { emptyHistogram, histogramColumns } from '../../../core-as/testing/histograms.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { mutate, Random } from '../../../core-as/testing/random.ts';
import { HOUR_MS, MAX_MERGE_CHUNKS } from './chunk-codec.ts';
import { joinRows, sliceRows, sortRows } from './chunk-rows.ts';
import { CHUNK_KIND, type ChunkRows, type TierRows } from './chunk-table.ts';
import { closeRows } from './day-rows.ts';
import { HistogramList } from './histogram-list.ts';
import { SampleArrays } from './sample-arrays.ts';
import { SamplesOut } from './samples-out.ts';
import { TierReader } from './tier-reader.ts';
import type { TierColumn } from './tier-rows.ts';

const codec = createChunkCodec(await builtModules());
const DAY = 20_000;
const MINUTE = 60_000;

/** Rows of one day, a sample each 10 minutes: of a counter, of a constant and of what goes up and down. */
function dayRows(): ChunkRows {
	const series = [(i: number) => i * 3, () => 5, (i: number) => (i * 37) % 101];
	const times = Float64Array.from({ length: 72 * 24 }, (_, i) => (i % 6) * 10 * MINUTE);
	const packed = codec.encode({
		timestamps: times.slice(0, 3 * 144),
		values: Float64Array.from({ length: 3 * 144 }, (_, i) => series[Math.floor(i / 144)]!(i % 144)),
		sampleEnds: Uint32Array.from({ length: 72 }, (_, i) => 6 * (i + 1)),
	});
	return {
		...packed,
		sids: Uint32Array.from({ length: 72 }, (_, i) => 1 + Math.floor(i / 24)),
		hours: Uint32Array.from({ length: 72 }, (_, i) => DAY * 24 + (i % 24)),
		versions: new Float64Array(72).fill(1),
		kinds: new Uint8Array(72),
	};
}

function read(rows: TierRows, column: TierColumn, resolution: number) {
	const reader = new TierReader(rows, column, resolution, codec);
	const out = new SamplesOut(0, Number.MAX_SAFE_INTEGER, 10_000, new SampleArrays());
	for (const sid of [1, 2, 3]) {
		reader.copy(sid, out);
		out.endSeries({ sid: String(sid) }, new HistogramList());
	}
	return { ...out.result(), refused: reader.refused };
}

test('each column of each tier, some of which are the same', () => {
	const { kept, refused } = closeRows(dayRows(), DAY, codec);
	const [fine, coarse] = kept.tiers as [TierRows, TierRows];
	expect(refused).toBe(0);
	expect(kept.chunks).toEqual(dayRows());
	const first = (rows: TierRows, resolution: number, column: TierColumn) => {
		const { series, ends, timestamps, values } = read(rows, column, resolution);
		expect(series.length).toBe(3);
		expect(timestamps[1]! - DAY * 24 * HOUR_MS).toBe(
			(resolution < HOUR_MS ? 10 * MINUTE : HOUR_MS) + resolution - 1,
		);
		return [0, ends[0]!, ends[1]!].map((at) => values[at + 1]);
	};
	expect(first(fine, 5 * MINUTE, 'lasts')).toEqual([3, 5, 37]);
	expect(first(coarse, HOUR_MS, 'lasts')).toEqual([33, 5, (11 * 37) % 101]);
	expect(first(coarse, HOUR_MS, 'maxima')).toEqual([33, 5, 94]);
	expect(first(coarse, HOUR_MS, 'minima')).toEqual([18, 5, 3]);
	expect(first(coarse, HOUR_MS, 'sums')).toEqual([153, 30, 20 + 57 + 94 + 30 + 67 + 3]);
	expect(first(coarse, HOUR_MS, 'counts')).toEqual([6, 6, 6]);
	// 144 buckets of a constant, in five columns.
	expect(fine.ends[1]! - fine.ends[0]!).toBeLessThan(40);
});

test('damage is counted, yields no more than a row, and disturbs no other series', () => {
	const random = new Random(5);
	const coarse = closeRows(dayRows(), DAY, codec).kept.tiers[1]!;
	const whole = read(coarse, 'maxima', HOUR_MS);
	let refused = 0;
	for (let round = 0; round < 2000; round++) {
		const damaged = mutate(coarse.data.slice(0, coarse.ends[0]), random);
		const data = new Uint8Array(damaged.length + coarse.data.length - coarse.ends[0]!);
		data.set(damaged);
		data.set(coarse.data.subarray(coarse.ends[0]), damaged.length);
		const shift = damaged.length - coarse.ends[0]!;
		const found = read({ ...coarse, data, ends: coarse.ends.map((end) => end + shift) }, 'maxima', HOUR_MS);
		refused += found.refused;
		const others = found.values.subarray(found.series[0]!.sid === '1' ? found.ends[0]! : 0);
		expect(others).toEqual(whole.values.subarray(whole.ends[0]));
		expect(found.values.length).toBeLessThanOrEqual(whole.values.length + 512);
	}
	expect(refused).toBeGreaterThan(500);
});

/** Rows of one series and hour, a sample each. */
function samplesOf(sid: number, hour: number, count: number, version: (i: number) => number): ChunkRows {
	const packed = codec.encode({
		timestamps: Float64Array.from({ length: count }, (_, i) => i),
		values: Float64Array.from({ length: count }, (_, i) => i),
		sampleEnds: Uint32Array.from({ length: count }, (_, i) => i + 1),
	});
	return {
		...packed,
		sids: new Uint32Array(count).fill(sid),
		hours: new Uint32Array(count).fill(DAY * 24 + hour),
		versions: Float64Array.from({ length: count }, (_, i) => version(i)),
		kinds: new Uint8Array(count),
	};
}

function histogramRow(sid: number): ChunkRows {
	return {
		...codec.encodeHistograms(histogramColumns([[emptyHistogram(7)]])),
		sids: Uint32Array.of(sid),
		hours: Uint32Array.of(DAY * 24 + 3),
		versions: Float64Array.of(1),
		kinds: Uint8Array.of(CHUNK_KIND.histograms),
	};
}

/** Of each series its bytes, or null where the chunks have to be read. */
function tierOf({ sids, data, ends }: TierRows): Record<number, number | null> {
	return Object.fromEntries(
		Array.from(sids, (sid, i) => {
			const from = i === 0 ? 0 : ends[i - 1]!;
			return [sid, data[from + 1] === 0xff ? null : ends[i]! - from];
		}),
	);
}

test('chunks of an hour become one, of the highest version; a damaged one is counted', () => {
	const rows = joinRows([samplesOf(1, 3, 40, (i) => i), samplesOf(2, 3, 2, () => 5)]);
	rows.data[rows.ends[40]! + 3]! ^= 1;
	const { kept, refused } = closeRows(rows, DAY, codec);
	expect(refused).toBe(1);
	expect([...kept.chunks.sids]).toEqual([1, 2]);
	expect([...kept.chunks.versions]).toEqual([39, 39]);
	const { samples } = codec.decode(kept.chunks);
	expect([...samples.sampleEnds]).toEqual([40, 41]);
	expect(Object.values(tierOf(kept.tiers[0]!)).every((it) => it !== null && it > 10)).toBe(true);
});

test('a series of too many chunks keeps them and their versions; its neighbours are merged', () => {
	const many = samplesOf(2, 5, MAX_MERGE_CHUNKS + 1, (i) => i);
	const rows = joinRows([samplesOf(1, 5, 2, () => 1), many, samplesOf(3, 5, 2, () => 1)]);
	const { kept } = closeRows(rows, DAY, codec);
	expect(sliceRows(kept.chunks, 1, 1 + many.sids.length)).toEqual(many);
	expect([...kept.chunks.sids.subarray(-1), kept.chunks.sids.length]).toEqual([3, many.sids.length + 2]);
	for (const tier of kept.tiers)
		expect(tierOf(tier)).toEqual({ 1: expect.any(Number), 2: null, 3: expect.any(Number) });
});

test('series with histograms have no tier, nor those that have nothing but the ends of series', () => {
	const ended = codec.encode({
		timestamps: Float64Array.of(1),
		values: new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer),
		sampleEnds: Uint32Array.of(1),
	});
	const rows = sortRows(
		joinRows([
			samplesOf(1, 3, 2, () => 1),
			{ ...samplesOf(2, 3, 1, () => 1), ...ended },
			samplesOf(3, 3, 2, () => 1),
			histogramRow(3),
			histogramRow(4),
		]),
	);
	const { kept } = closeRows(rows, DAY, codec);
	expect([...kept.chunks.sids]).toEqual([1, 2, 3, 3, 4]);
	expect([...kept.chunks.kinds]).toEqual([0, 0, 0, 1, 1]);
	for (const tier of kept.tiers) expect(tierOf(tier)).toEqual({ 1: expect.any(Number), 3: null, 4: null });
});

test('more series than one call takes', () => {
	const all = joinRows(Array.from({ length: 6000 }, (_, sid) => samplesOf(sid, sid % 24, 3, () => 1)));
	const { kept } = closeRows(all, DAY, codec);
	expect(kept.chunks.sids).toEqual(Uint32Array.from({ length: 6000 }, (_, sid) => sid));
	expect(kept.tiers.map((it) => it.sids.length)).toEqual([6000, 6000]);
	expect(kept.chunks.hours).toEqual(kept.chunks.sids.map((sid) => DAY * 24 + (sid % 24)));
});
