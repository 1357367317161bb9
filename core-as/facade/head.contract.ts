import assert from 'node:assert/strict';
import { bits, floatOf, samplesOf } from '../testing/chunk-samples.ts';
import { builtModules } from '../testing/modules.ts';
import { type ChunkCodec, createChunkCodec } from './chunk-codec.ts';
import { ABSENT_BITS } from './chunks.ts';
import { CoreError } from './errors.ts';
import { createHead, type Head } from './head.ts';

// Head, merge and down-sampling by hand-made examples; what random ones hold is in the tests beside this file.

const HOUR = 3_600_000;
const STALE = 0x7ff0000000000002n;

const modules = builtModules();
let made: Promise<ChunkCodec> | undefined;

function codec(): Promise<ChunkCodec> {
	made ??= modules.then(createChunkCodec);
	return made;
}

function append(head: Head, ...samples: [series: number, time: number, value: number][]) {
	return head.append({
		series: Uint32Array.from(samples, ([series]) => series),
		timestamps: Float64Array.from(samples, ([, time]) => time),
		values: Float64Array.from(samples, ([, , value]) => value),
	});
}

export const cases: Record<string, () => void | Promise<void>> = {
	async 'a head gives samples in the order of time, one a time'() {
		const head = createHead(await modules, 1 << 20);
		const took = append(head, [7, 30, 3], [7, 10, 1], [9, 10, 5], [7, 10, 2], [7, 30, 4], [9, 10, 6]);
		assert.deepEqual(took, { late: 3, dropped: 0 });
		const read = head.read(Uint32Array.of(9, 8, 7), 0, 100);
		assert.deepEqual(read, {
			ends: Uint32Array.of(1, 1, 3),
			timestamps: Float64Array.of(10, 10, 30),
			values: Float64Array.of(6, 2, 4),
		});
		const { samples, series, late, replaced } = head.statistics();
		assert.deepEqual({ samples, series, late, replaced }, { samples: 3, series: 2, late: 3, replaced: 3 });
		head.close();
	},
	async 'a cut gives the closed hours, and keeps the others'() {
		const { encode } = await codec();
		const head = createHead(await modules, 1 << 20);
		append(head, [5, HOUR - 1, 1], [5, HOUR, 2], [2, HOUR + 5000, 3], [2, 3 * HOUR, 4], [5, HOUR + 1000, 5]);
		const cut = head.cut(3, 100);
		const expected = encode(
			samplesOf([
				{ times: [5000], values: [3] },
				{ times: [HOUR - 1], values: [1] },
				{ times: [0, 1000], values: [2, 5] },
			]),
		);
		assert.deepEqual(cut, { ...expected, series: Uint32Array.of(2, 5, 5), hours: Uint32Array.of(1, 0, 1) });
		assert.equal(head.cut(3, 100).series.length, 0);
		assert.deepEqual([...head.read(Uint32Array.of(2, 5), 0, 9 * HOUR).ends], [1, 1]);
		head.close();
	},
	async 'a cut of few chunks at a time goes on where it stopped'() {
		const head = createHead(await modules, 1 << 20);
		append(head, ...Array.from({ length: 50 }, (_, i): [number, number, number] => [99 - i, i, i]));
		const seen: number[] = [];
		for (let cut = head.cut(1, 7); cut.series.length > 0; cut = head.cut(1, 7)) {
			assert.ok(cut.series.length <= 7);
			seen.push(...cut.series);
			if (seen.length === 14) append(head, [50, 99, 1]);
		}
		assert.deepEqual(seen, [...Array.from({ length: 50 }, (_, i) => 50 + i), 50]);
		head.close();
	},
	async 'a head without room says so and keeps what it has'() {
		const head = createHead(await modules, 1 << 20);
		const count = 200_000;
		const columns = {
			series: Uint32Array.from({ length: count }, (_, i) => i),
			timestamps: new Float64Array(count),
			values: new Float64Array(count),
		};
		let index = 0;
		assert.throws(
			() => head.append(columns),
			(error) => {
				index = (error as CoreError).index!;
				return error instanceof CoreError && error.code === 'CXR_CORE_HEAD_FULL' && index > 1000;
			},
		);
		const { samples, series, bytes, maxBytes } = head.statistics();
		assert.deepEqual([samples, series, maxBytes], [index, index, 1 << 20]);
		assert.ok(bytes <= maxBytes);
		head.close();
	},
	async 'merging lets the later chunk win, but never by an absent sample'() {
		const { encode, mergeChunks } = await codec();
		const absent = floatOf(ABSENT_BITS);
		const parts = samplesOf([
			{ times: [1, 2, 3], values: [1, 2, 3] },
			{ times: [2, 3, 4], values: [20, 0, 0] },
			{ times: [9], values: [9] },
		]);
		bits(parts.values).set([ABSENT_BITS, ABSENT_BITS], 4);
		const whole = samplesOf([
			{ times: [1, 2, 3, 4], values: [1, 20, 3, absent] },
			{ times: [9], values: [9] },
		]);
		bits(whole.values)[3] = ABSENT_BITS;
		const merged = mergeChunks(encode(parts), Uint32Array.of(2, 2, 3));
		assert.deepEqual(merged, {
			chunks: encode(whole),
			groupEnds: Uint32Array.of(1, 1, 2),
			refused: new Uint32Array(0),
			duplicates: 2,
		});
	},
	async 'groups that do not end at the last chunk are refused'() {
		const { encode, mergeChunks } = await codec();
		const packed = encode(samplesOf([{ times: [1], values: [1] }]));
		for (const ends of [[], [0], [2], [1, 0], [0xffffffff, 1]]) {
			assert.throws(() => mergeChunks(packed, Uint32Array.from(ends)), {
				code: 'CXR_CORE_CHUNK_BAD_GROUPS',
			});
		}
	},
	async 'a bucket counts values alone'() {
		const { downSampleColumns } = await codec();
		const samples = samplesOf([
			{ times: [0, 1, 2, 9, 10, 20, 30, 31], values: [1, 0, 3, -2, 0, Number.NaN, Number.NaN, 7] },
			{ times: [-5], values: [4] },
		]);
		bits(samples.values)[1] = STALE;
		bits(samples.values)[4] = STALE;
		const { timestamps, minima, maxima, sums, counts, lasts, ends } = downSampleColumns(samples, 10);
		const nan = Number.NaN;
		assert.deepEqual([...timestamps], [0, 20, 30, -10]);
		assert.deepEqual([...minima], [-2, nan, 7, 4]);
		assert.deepEqual([...maxima], [3, nan, 7, 4]);
		assert.deepEqual([...sums], [2, nan, nan, 4]);
		assert.deepEqual([...counts], [3, 1, 2, 1]);
		assert.deepEqual([...lasts], [-2, nan, 7, 4]);
		assert.deepEqual([...ends], [3, 4]);
	},
	async 'a sum keeps what adding one by one would lose'() {
		const { downSampleColumns } = await codec();
		const sumOf = (...values: number[]) =>
			downSampleColumns(samplesOf([{ times: values.map((_, i) => i), values }]), 1000).sums[0];
		assert.equal(sumOf(1e16, 1, -1e16), 1);
		assert.equal(sumOf(1, 1e100, 1, -1e100), 2);
		assert.equal(sumOf(Infinity, 1, 2), Infinity);
		assert.equal(sumOf(1, -Infinity, 2), -Infinity);
		assert.ok(Number.isNaN(sumOf(Infinity, -Infinity)));
	},
};
