import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bits, chunksOf, floatOf, packedOf } from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS } from './chunks.ts';
import type { CoreModules } from './component.ts';
import { CoreError } from './errors.ts';
import { createHead, type Head, type HeadColumns } from './head.ts';

const HOUR = 3_600_000;
const MIB = 1 << 20;

let modules: CoreModules;
let codec: ChunkCodec;

beforeAll(async () => {
	modules = await builtModules();
	codec = createChunkCodec(modules);
});

type Sample = readonly [series: number, time: number, value: bigint];

function columnsOf(samples: readonly Sample[]): HeadColumns {
	return {
		series: Uint32Array.from(samples, ([series]) => series),
		timestamps: Float64Array.from(samples, ([, time]) => time),
		values: new Float64Array(BigUint64Array.from(samples, ([, , value]) => value).buffer),
	};
}

/** A head as plain maps: the last sample of a time counts, and an absent one replaces none. */
class PlainHead {
	readonly series = new Map<number, Map<number, bigint>>();

	append(samples: readonly Sample[]): void {
		for (const [number, time, value] of samples) {
			const at = this.series.get(number) ?? new Map<number, bigint>();
			if (value !== ABSENT_BITS || !at.has(time)) at.set(time, value);
			this.series.set(number, at);
		}
	}

	read(number: number, start: number, end: number): [number, bigint][] {
		const all = [...(this.series.get(number) ?? [])].filter(([time]) => time >= start && time <= end);
		return all.sort(([a], [b]) => a - b);
	}

	/** Takes out what is of hours below `hour`: series, hour, samples. */
	cut(hour: number): [number, number, [number, bigint][]][] {
		const rows: [number, number, [number, bigint][]][] = [];
		for (const number of [...this.series.keys()].sort((a, b) => a - b)) {
			const hours = Map.groupBy(this.read(number, 0, hour * HOUR - 1), ([time]) => Math.floor(time / HOUR));
			for (const [of, samples] of hours) rows.push([number, of, samples]);
			for (const time of this.series.get(number)!.keys()) {
				if (time < hour * HOUR) this.series.get(number)!.delete(time);
			}
			if (this.series.get(number)!.size === 0) this.series.delete(number);
		}
		return rows;
	}

	get samples(): number {
		return [...this.series.values()].reduce((sum, it) => sum + it.size, 0);
	}
}

function readAll(head: Head, numbers: readonly number[], start: number, end: number): [number, bigint][][] {
	const { ends, timestamps, values } = head.read(Uint32Array.from(numbers), start, end);
	return Array.from(ends, (to, i) => {
		const from = i === 0 ? 0 : ends[i - 1]!;
		return Array.from(timestamps.subarray(from, to), (time, k) => [time, bits(values)[from + k]!]);
	});
}

/** All closed hours, through as many cuts as it takes: rows with their decoded samples, chunks of an hour joined. */
function cutAll(head: Head, hour: number, maxChunks: number): [number, number, [number, bigint][]][] {
	const rows: [number, number, [number, bigint][]][] = [];
	for (;;) {
		const cut = head.cut(hour, maxChunks);
		if (cut.series.length === 0) return rows;
		chunksOf(cut).forEach((chunk, i) => {
			const { samples, refused } = codec.decode(packedOf([chunk]));
			expect(refused.length).toBe(0);
			const values = bits(samples.values);
			const start = cut.hours[i]! * HOUR;
			const read = Array.from(samples.timestamps, (time, k): [number, bigint] => [start + time, values[k]!]);
			const last = rows.at(-1);
			if (last?.[0] === cut.series[i] && last?.[1] === cut.hours[i]) last[2].push(...read);
			else rows.push([cut.series[i]!, cut.hours[i]!, read]);
		});
	}
}

function someValue(random: Random): bigint {
	const special = [0n, 1n << 63n, ABSENT_BITS, 0x7ff0000000000002n, 0x7ff8000000000001n, 0x7ff0000000000000n];
	if (random.below(20) === 0) return special[random.below(special.length)]!;
	return bits(new Float64Array([random.below(1000) / 10]))[0]!;
}

describe('head', () => {
	test('samples in any order, twice, over hours: reads and cuts are those of maps', () => {
		const random = new Random(51);
		const head = createHead(modules, 64 * MIB);
		const plain = new PlainHead();
		const first = 480_000 * HOUR;
		let now = first;
		for (let round = 0; round < 120; round++) {
			const spread = [1, 3_000, 60_000, 2 * HOUR][random.below(4)]!;
			const numbers = 1 + random.below(300);
			const samples = Array.from({ length: random.below(2000) }, (): Sample => {
				const number = random.below(20) === 0 ? random.u32() : random.below(numbers);
				return [number, Math.max(0, now - random.below(spread)), someValue(random)];
			});
			head.append(columnsOf(samples));
			plain.append(samples);
			now += random.below(10) === 0 ? HOUR : 15_000;
			if (round % 7 === 0) {
				const asked = [...plain.series.keys()].filter(() => random.below(3) === 0).concat(4_000_000);
				const start = now - random.below(3 * HOUR);
				const end = start + random.below(HOUR);
				const expected = asked.map((it) => plain.read(it, start, end));
				expect(readAll(head, asked, start, end)).toEqual(expected);
			}
			if (round % 30 === 29) {
				const hour = Math.floor(now / HOUR);
				const expected = plain.cut(hour);
				expect(cutAll(head, hour, 1 + random.below(200))).toEqual(expected);
				const all = [...plain.series.keys()];
				expect(readAll(head, all, 0, Infinity)).toEqual(all.map((it) => plain.read(it, 0, Infinity)));
				expect(head.statistics().samples).toBe(plain.samples);
				expect(head.statistics().series).toBe(plain.series.size);
			}
		}
		expect(cutAll(head, 2 ** 32 - 1, 8192)).toEqual(plain.cut(2 ** 32 - 1));
		expect(head.statistics()).toMatchObject({ series: 0, samples: 0 });
		head.close();
	});

	test('any samples of one series', () => {
		const sample = fc.tuple(
			fc.nat(2),
			fc.oneof(
				fc.nat(50),
				fc.maxSafeNat(),
				fc.nat(2_000_000_000).map((it) => it * HOUR),
				fc.nat(2_000_000_000).map((it) => it * HOUR + HOUR - 1),
			),
			fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constant(ABSENT_BITS)),
		);
		fc.assert(
			fc.property(fc.array(fc.array(sample, { maxLength: 40 }), { maxLength: 4 }), (batches) => {
				const head = createHead(modules, MIB);
				const plain = new PlainHead();
				for (const batch of batches) {
					head.append(columnsOf(batch));
					plain.append(batch);
				}
				const asked = [0, 1, 2];
				expect(readAll(head, asked, 0, 2 ** 53)).toEqual(asked.map((it) => plain.read(it, 0, 2 ** 53)));
				expect(cutAll(head, 2 ** 32 - 1, 3)).toEqual(plain.cut(2 ** 32 - 1));
				head.close();
			}),
			{ numRuns: 100 },
		);
	});

	test('a matrix holds the last sample of each step', () => {
		const random = new Random(52);
		const head = createHead(modules, 8 * MIB);
		const start = 480_000 * HOUR - 100_000;
		const samples = Array.from(
			{ length: 4000 },
			(): Sample => [random.below(20), start - 50_000 + random.below(400_000), someValue(random)],
		);
		head.append(columnsOf(samples));
		const plain = new PlainHead();
		plain.append(samples);
		const step = 7000;
		const asked = [3, 99, 7, 0];
		const expected = new BigUint64Array(asked.length * 30).fill(ABSENT_BITS);
		asked.forEach((number, row) => {
			for (const [time, value] of plain.read(number, start, Infinity)) {
				const column = Math.floor((time - start) / step);
				if (column < 30 && value !== ABSENT_BITS) expected[row * 30 + column] = value;
			}
		});
		expect(bits(head.readMatrix(Uint32Array.from(asked), start, { step, columns: 30 }))).toEqual(expected);
		expect(() => head.readMatrix(new Uint32Array(4096), 0, { step, columns: 4097 })).toThrow(/2\^24 cells/);
		head.close();
	});

	test('a full head says where it stopped; after a cut the same columns go in, and nothing is lost or doubled', () => {
		const random = new Random(53);
		const head = createHead(modules, MIB);
		const plain = new PlainHead();
		const cut = new Map<string, [number, bigint][]>();
		const keep = (rows: [number, number, [number, bigint][]][]) => {
			for (const [series, hour, samples] of rows) {
				const key = `${series} ${hour}`;
				cut.set(key, (cut.get(key) ?? []).concat(samples));
			}
		};
		let refusals = 0;
		for (let round = 0; round < 60; round++) {
			const samples = Array.from(
				{ length: 5000 },
				(_, i): Sample => [i % 2500, 480_000 * HOUR + round * 15_000 + i, someValue(random)],
			);
			plain.append(samples);
			for (;;) {
				try {
					head.append(columnsOf(samples));
					break;
				} catch (error) {
					if (!(error instanceof CoreError)) throw error;
					expect(error.code).toBe('CXR_CORE_HEAD_FULL');
					expect(error.index).toBeLessThan(samples.length);
					expect(error.message).toMatch(/no room for more samples; cut it at sample \d+$/);
					const { bytes, maxBytes } = head.statistics();
					expect(bytes).toBeLessThanOrEqual(maxBytes);
					refusals++;
					keep(cutAll(head, 2 ** 32 - 1, 8192));
				}
			}
		}
		keep(cutAll(head, 2 ** 32 - 1, 8192));
		expect(refusals).toBeGreaterThan(2);
		for (const [series, hour, samples] of plain.cut(2 ** 32 - 1)) {
			expect(new Map(cut.get(`${series} ${hour}`))).toEqual(new Map(samples));
		}
		head.close();
	});

	test('memory that a cut frees is used again', () => {
		const head = createHead(modules, 4 * MIB);
		const fill = (hour: number) => {
			const samples = Array.from(
				{ length: 100_000 },
				(_, i): Sample => [i % 1000, hour * HOUR + Math.floor(i / 1000) * 15_000, BigInt(i)],
			);
			expect(head.append(columnsOf(samples))).toEqual({ late: 0, dropped: 0 });
		};
		fill(1);
		const { bytes } = head.statistics();
		for (let hour = 2; hour < 12; hour++) {
			expect(cutAll(head, hour, 8192).length).toBe(1000);
			fill(hour);
			expect(head.statistics().bytes).toBe(bytes);
		}
		// 12 bytes a sample, 4 of 10 in a block, and what a series takes.
		expect(bytes).toBeLessThan(100_000 * 13 + 1000 * 200 + 4 * 65_536);
		head.close();
	});

	test('the worst order of one series stays within 2^20 samples an hour', () => {
		const head = createHead(modules, 64 * MIB);
		const count = 1 << 20;
		const step = 3;
		const series = new Uint32Array(count);
		const falling = Float64Array.from(series, (_, i) => 3_599_999 - i * step);
		expect(head.append({ series, timestamps: falling, values: falling }).dropped).toBe(0);
		const again = head.append({ series, timestamps: falling.map((it) => it - 1), values: falling });
		expect(again.dropped).toBeGreaterThan(count * 0.9);
		const { ends, timestamps } = head.read(new Uint32Array([0]), 0, HOUR);
		expect(ends[0]).toBe(count);
		expect(timestamps.every((time, i) => i === 0 || time > timestamps[i - 1]!)).toBe(true);
		expect(head.statistics().dropped).toBe(again.dropped);
		head.close();
	});

	test('columns that are none are refused and take nothing', () => {
		const head = createHead(modules, MIB);
		const append = (series: number[], times: number[], values = times) =>
			head.append({
				series: Uint32Array.from(series),
				timestamps: Float64Array.from(times),
				values: Float64Array.from(values),
			});
		expect(() => append([1, 2], [1])).toThrow(/differ in length/);
		expect(() => append([1], [1], [1, 2])).toThrow(/differ in length/);
		for (const time of [-1, 0.5, Number.NaN, Infinity, -Infinity, 2 ** 53]) {
			expect(() => append([1, 1], [1, time])).toThrow(/no integer from 0 to 2\^53 - 1 at sample 1/);
		}
		expect(head.statistics().samples).toBe(0);
		append([1, 1], [-0, 2 ** 53 - 1]);
		expect(head.statistics().samples).toBe(2);
		expect(() => createHead(modules, 1000)).toThrow(/BUG/);
		head.close();
		expect(() => head.statistics()).toThrow(/closed/);
	});

	test('a NaN keeps its payload', () => {
		const head = createHead(modules, MIB);
		const value = floatOf(0x7ff8dead00000001n);
		head.append({
			series: new Uint32Array([9]),
			timestamps: new Float64Array([5]),
			values: new Float64Array([value]),
		});
		expect(readAll(head, [9], 0, 10)).toEqual([[[5, 0x7ff8dead00000001n]]]);
		head.close();
	});
});
