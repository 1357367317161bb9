import { beforeAll, describe, expect, test } from 'vitest';
import {
	bits,
	CLASSES,
	chunksOf,
	damagedChunks,
	generateChunks,
	packedOf,
	samplesOf,
	sealChunk,
} from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import {
	type DayBuckets,
	plainClosedDay,
	plainFirstRow,
	plainTierRow,
	readPlainRow,
} from '../testing/plain-tiers.ts';
import { mutate, Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import type { PackedChunks } from './chunks.ts';
import { type DayChunks, MAX_TIER_ROWS, TIER_COLUMN } from './tiers.ts';

const STEPS = [300_000, 3_600_000];
const HOUR = 3_600_000;

let codec: ChunkCodec;

beforeAll(async () => {
	codec = createChunkCodec(await builtModules());
});

/** The chunks as groups of 0 to 3 in rising hours, in series of 0 to 24 groups. */
function dayOf(packed: PackedChunks, random: Random): DayChunks {
	const groupEnds: number[] = [];
	const hours: number[] = [];
	const seriesEnds: number[] = [];
	for (let end = 0, hour = random.below(5); end < packed.ends.length; ) {
		end = Math.min(packed.ends.length, end + (random.below(4) === 0 ? random.below(4) : 1));
		groupEnds.push(end);
		hours.push(hour);
		hour += 1 + random.below(2);
		if (hour < 24 && random.below(40) > 0 && end < packed.ends.length) continue;
		hour = random.below(5);
		seriesEnds.push(groupEnds.length);
		if (random.below(5) === 0) seriesEnds.push(groupEnds.length);
	}
	return {
		packed,
		groupEnds: Uint32Array.from(groupEnds),
		hours: Uint8Array.from(hours),
		seriesEnds: Uint32Array.from(seriesEnds),
	};
}

/** A chunk of each class and hour of `series` series, within the hour. */
function dayChunks(random: Random, series: number): PackedChunks {
	const list = Array.from({ length: series * 24 }, (_, i) => {
		const step = [15_000, 15_000, 60_000, 7_000][Math.floor(i / 24) % 4]!;
		const count = Math.min(240, Math.floor((HOUR - 5000) / step));
		const offset = random.below(5000);
		return {
			times: Array.from({ length: count }, (_, k) => offset + k * step),
			values: CLASSES[Math.floor(i / 24) % CLASSES.length]!(random, count),
		};
	});
	const { timestamps, sampleEnds } = samplesOf(list.map(({ times }) => ({ times, values: [] })));
	const values = new Float64Array(timestamps.length);
	list.forEach((it, i) => {
		bits(values).set(bits(it.values), sampleEnds[i - 1] ?? 0);
	});
	return codec.encode({ timestamps, values, sampleEnds });
}

/** Columns of any doubles, or those that five samples of one class make: many of them are predicted. */
function bucketsOf(random: Random, count: number, step: number): DayBuckets {
	const times = Array.from({ length: count }, (_, i) => i * step);
	const source = () => CLASSES[random.below(CLASSES.length)]!;
	if (random.below(3) > 0) {
		const values = source()(random, 5 * count);
		const found = codec.downSampleColumns(
			{
				timestamps: Float64Array.from(values, (_, i) => (i * step) / 5),
				values,
				sampleEnds: Uint32Array.of(values.length),
			},
			step,
		);
		if (found.timestamps.length > 0)
			return {
				times: [...found.timestamps],
				columns: [found.lasts, found.maxima, found.minima, found.sums, found.counts],
			};
	}
	const columns = Array.from({ length: 5 }, () => source()(random, count));
	if (random.below(2) === 0) columns[1] = columns[0]!;
	if (random.below(2) === 0) columns[4] = columns[2]!;
	return { times, columns };
}

/** True when the sums of a row are those of the buckets, bit by bit or as decimals. */
function areSums(found: Float64Array, { columns }: DayBuckets): boolean {
	const [, maxima, minima, sums, counts] = columns as [
		Float64Array,
		Float64Array,
		Float64Array,
		Float64Array,
		Float64Array,
	];
	return found.every((it, i) => {
		const lost = counts[i]! * Math.max(Math.abs(maxima[i]!), Math.abs(minima[i]!)) * 2 ** -52;
		return bits(found)[i] === bits(sums)[i] || Math.abs(it - sums[i]!) <= lost;
	});
}

describe('closing a day', () => {
	test('whole days of every class: chunks are copied, rows are those of plain steps', () => {
		const packed = dayChunks(new Random(61), 2 * CLASSES.length);
		const series = packed.ends.length / 24;
		const day = {
			packed,
			groupEnds: Uint32Array.from(packed.ends, (_, i) => i + 1),
			hours: Uint8Array.from(packed.ends, (_, i) => i % 24),
			seriesEnds: Uint32Array.from({ length: series }, (_, i) => 24 * (i + 1)),
		};
		const closed = codec.closeDay(day, Uint32Array.from(STEPS));
		expect(closed).toEqual(plainClosedDay(day, STEPS, codec));
		expect(closed.chunks).toEqual(packed);
		expect(chunksOf(closed.rows).every((it) => it[0] === 0xe2)).toBe(true);
		expect(closed.rows.ends.length).toBe(2 * series);
	});

	test('groups and series of any size, with damage, at any steps', () => {
		const random = new Random(62);
		for (let round = 0; round < 12; round++) {
			const sound = chunksOf(
				round % 2 === 0 ? codec.encode(generateChunks(random, 300)) : dayChunks(random, 12),
			);
			const damaged = damagedChunks(sound, random, 20);
			const list = sound.map((it) => (random.below(15) === 0 ? damaged[random.below(20)]! : it));
			const day = dayOf(packedOf(list), random);
			const steps = [[300_000, 3_600_000], [600_000], [], [1_800_000, 300_000, 900_000, 1_200_000]][
				round % 4
			]!;
			expect(codec.closeDay(day, Uint32Array.from(steps))).toEqual(plainClosedDay(day, steps, codec));
		}
		expect(codec.traps).toBe(0);
	});

	test('samples behind their hour leave the row to the chunks, those of neighbours stay', () => {
		const packed = codec.encode(
			samplesOf([
				{ times: [0, HOUR], values: [1, 2] },
				{ times: [0, HOUR - 1], values: [1, 2] },
			]),
		);
		const ends = Uint32Array.of(1, 2);
		const { rows } = codec.closeDay(
			{ packed, groupEnds: ends, hours: Uint8Array.of(3, 3), seriesEnds: ends },
			Uint32Array.of(HOUR),
		);
		const [first, second] = chunksOf(rows);
		expect(first).toEqual(Uint8Array.of(0xe2, 0xff));
		expect(readPlainRow(second!, TIER_COLUMN.maxima)).toEqual({
			times: [3 * HOUR],
			values: [...bits(Float64Array.of(2))],
		});
	});

	test('what is no day is refused', () => {
		const packed = codec.encode(
			samplesOf([
				{ times: [1], values: [1] },
				{ times: [2], values: [2] },
			]),
		);
		const attempt =
			(groupEnds: number[], hours: number[], seriesEnds: number[], steps = STEPS) =>
			() =>
				codec.closeDay(
					{
						packed,
						groupEnds: Uint32Array.from(groupEnds),
						hours: Uint8Array.from(hours),
						seriesEnds: Uint32Array.from(seriesEnds),
					},
					Uint32Array.from(steps),
				);
		expect(attempt([1, 2], [0, 23], [2])().rows.ends.length).toBe(2);
		expect(attempt([1, 2], [5, 4], [1, 2])().rows.ends.length).toBe(4);
		for (const [groupEnds, hours, seriesEnds] of [
			[[], [], []],
			[[1], [0], [1]],
			[[2, 1], [0, 1], [2]],
			[[1, 2], [0], [2]],
			[[1, 2], [0, 1, 2], [2]],
			[[1, 2], [0, 24], [2]],
			[[1, 2], [4, 4], [2]],
			[[1, 2], [5, 4], [2]],
			[[1, 2], [0, 1], []],
			[[1, 2], [0, 1], [1]],
			[[1, 2], [0, 1], [3]],
			[
				[1, 2],
				[0, 1],
				[2, 1],
			],
			[
				[1, 2],
				[0, 1],
				[0xffffffff, 2],
			],
		] as [number[], number[], number[]][]) {
			expect(attempt(groupEnds, hours, seriesEnds)).toThrow(/closing a day/);
		}
		for (const steps of [[0], [1], [299_999], [700_000], [7_200_000], [HOUR, HOUR, HOUR, HOUR, HOUR]]) {
			expect(attempt([1, 2], [0, 23], [2], steps)).toThrow(/closing a day/);
		}
		expect(codec.traps).toBe(0);
	});

	test('more samples in an hour than a group takes are an error, not a trap', () => {
		const chunk = codec.encode(
			samplesOf([{ times: Array.from({ length: 256 }, (_, i) => i), values: new Array(256).fill(1) }]),
		).data;
		const chunks = 4097;
		const day = {
			packed: packedOf(Array.from({ length: chunks }, () => chunk)),
			groupEnds: Uint32Array.of(chunks),
			hours: Uint8Array.of(0),
			seriesEnds: Uint32Array.of(1),
		};
		expect(() => codec.closeDay(day, Uint32Array.from(STEPS))).toThrow(/2\^20 samples/);
		expect(codec.traps).toBe(0);
	});
});

describe('reading tiers', () => {
	test('each column of rows of both versions', () => {
		const random = new Random(63);
		const days = Array.from({ length: 600 }, () => {
			const step = STEPS[random.below(2)]!;
			return bucketsOf(random, 1 + random.below(Math.floor((24 * HOUR) / step)), step);
		});
		let predicted = 0;
		for (const write of [plainTierRow, plainFirstRow]) {
			const rows = days.map((it) => write(it, codec));
			for (const column of Object.values(TIER_COLUMN)) {
				const { samples, refused } = codec.readTiers(packedOf(rows), column);
				expect(refused.length).toBe(0);
				days.forEach((day, i) => {
					const [from, to] = [samples.sampleEnds[i - 1] ?? 0, samples.sampleEnds[i]!];
					expect(Array.from(samples.timestamps.subarray(from, to))).toEqual(day.times);
					const found = samples.values.slice(from, to);
					const isSecond = write === plainTierRow;
					if (isSecond) expect([...bits(found)]).toEqual(readPlainRow(rows[i]!, column).values);
					if (isSecond && rows[i]![7]! >= 0x80) predicted++;
					if (isSecond && column === TIER_COLUMN.sums) expect(areSums(found, day)).toBe(true);
					else expect(bits(found)).toEqual(bits(day.columns[column]!));
				});
			}
		}
		expect(predicted).toBeGreaterThan(500);
	});

	test('a row that keeps nothing, or of a kind that is to come, has no samples', () => {
		const row = plainTierRow(bucketsOf(new Random(1), 20, HOUR), codec);
		const later = row.slice();
		later[0] = 0xe3;
		const rows = packedOf([Uint8Array.of(0xe1, 0xff), row, Uint8Array.of(0xe2, 0xff), later]);
		const { samples, refused } = codec.readTiers(rows, 0);
		expect([...samples.sampleEnds]).toEqual([0, 20, 20, 20]);
		expect(refused.length).toBe(0);
	});

	test('damage is refused or yields rising times of a day, and disturbs no other row', () => {
		const random = new Random(64);
		let refusals = 0;
		for (let round = 0; round < 1500; round++) {
			const day = bucketsOf(random, 1 + random.below(288), 300_000);
			const row = (round % 2 === 0 ? plainTierRow : plainFirstRow)(day, codec);
			const damaged = mutate(row, random);
			// Behind a true checksum fields lie that are not.
			if (round % 4 === 0 && damaged.length > 6) sealChunk(damaged);
			const column = random.below(5);
			const { samples, refused } = codec.readTiers(packedOf([row, damaged, row]), column);
			const [first, second, third] = samples.sampleEnds;
			expect([first, third! - second!]).toEqual([day.times.length, day.times.length]);
			const [own, other] = [samples.values.slice(0, first), samples.values.slice(second)];
			expect(bits(other)).toEqual(bits(own));
			if (column !== TIER_COLUMN.sums) expect(bits(own)).toEqual(bits(day.columns[column]!));
			const times = samples.timestamps.subarray(first, second);
			expect(times.length).toBeLessThanOrEqual(512);
			expect(times.every((it, i) => Number.isInteger(it) && (i === 0 || it > times[i - 1]!))).toBe(true);
			if (refused.length > 0) {
				expect([...refused]).toEqual([1]);
				expect(times.length).toBe(0);
				refusals++;
			}
		}
		expect(refusals).toBeGreaterThan(700);
		expect(codec.traps).toBe(0);
	});

	test('ends that make no sense refuse their rows; columns and rows have a bound', () => {
		const row = plainTierRow(bucketsOf(new Random(1), 20, HOUR), codec);
		const read = (ends: number[], column = 0) =>
			codec.readTiers({ data: row, ends: Uint32Array.from(ends) }, column);
		expect([...read([row.length]).refused]).toEqual([]);
		expect([...read([0, 0xffffffff, row.length + 1, row.length]).refused]).toEqual([0, 1, 2]);
		expect([...read([5, 1, row.length]).refused]).toEqual([0, 1]);
		expect(() => read([row.length], 5)).toThrow(/tiers/);
		expect(() => read(new Array(MAX_TIER_ROWS + 1).fill(0))).toThrow(/4 096 rows/);
		expect(codec.traps).toBe(0);
	});
});
