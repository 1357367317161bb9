import { beforeAll, describe, expect, test } from 'vitest';
import { columnsOf, type MetricModel, type ModelHistogram } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type Codec, createCodec } from './codec.ts';
import type { MetricColumns } from './metric-columns.ts';

let codec: Codec;

beforeAll(async () => {
	codec = createCodec(await builtModules());
});

const HISTOGRAM: ModelHistogram = {
	isFloat: false,
	reset: 2,
	schema: 3,
	zeroThreshold: 0.5,
	zeroCount: 2,
	count: 17,
	sum: 12.5,
	time: 1000,
	start: 500,
	positiveSpans: [
		[-2, 2],
		[3, 1],
	],
	negativeSpans: [[0, 1]],
	buckets: [1, 4, 8, 2],
	customValues: [],
};

const MODEL: MetricModel = {
	series: [
		{
			labels: [
				['__name__', 'up'],
				['job', 'a'],
			],
			fault: 0,
			samples: [
				{ value: 1.5, time: 1000, start: 400 },
				{ value: 0, time: 2000, start: 400 },
			],
			exemplars: [{ labels: [['trace_id', '7']], value: 1, time: 999, fault: 0 }],
			histograms: [],
			metadata: { type: 1, help: 'Help.', unit: '' },
		},
		{
			labels: [['__name__', 'h']],
			fault: 0,
			samples: [],
			exemplars: [],
			histograms: [HISTOGRAM],
			metadata: { type: 0, help: '', unit: '' },
		},
	],
	families: [],
};

type Mutable = { -readonly [Name in keyof MetricColumns]: MetricColumns[Name] };

/** Columns of the model after a change. */
function changed(change: (columns: Mutable) => void): [MetricColumns, Uint8Array] {
	const { columns, body } = columnsOf(MODEL);
	change(columns);
	return [columns, body];
}

const BAD_SHAPE: [string, (columns: Mutable) => void][] = [
	['labels behind their list', (it) => it.labelEnds.set([9], 1)],
	['label ends that fall, to the right end', (it) => it.labelEnds.set([4, 3])],
	['histogram ends that fall', (it) => it.histograms!.ends.set([2, 1])],
	['labels that nobody owns', (it) => it.labelEnds.set([2, 2])],
	['three quarters of a label', (it) => (it.labelRefs = it.labelRefs.subarray(1))],
	['a text behind its bytes', (it) => it.labelRefs.set([1000], 0)],
	['a text that is too long', (it) => it.labelRefs.set([1000], 1)],
	['a text that wraps', (it) => it.labelRefs.set([2 ** 32 - 1, 8], 0)],
	['fewer series with samples', (it) => (it.sampleEnds = it.sampleEnds.subarray(1))],
	['more samples than are owned', (it) => it.sampleEnds.set([1, 1])],
	['fewer values than times', (it) => (it.values = it.values.subarray(1))],
	['fewer starts than times', (it) => (it.startTimestamps = it.startTimestamps.subarray(1))],
	['a type that is not there', (it) => it.metadata!.types.set([8])],
	['fewer helps than types', (it) => (it.metadata!.helpRefs = it.metadata!.helpRefs.subarray(2))],
	['more descriptions than series', (it) => (it.labelEnds = it.labelEnds.subarray(0, 1))],
	['a help behind its bytes', (it) => it.metadata!.helpRefs.set([5000], 0)],
	['exemplars that nobody owns', (it) => it.exemplars!.ends.set([0, 0])],
	['an exemplar’s labels behind their list', (it) => it.exemplars!.labelEnds.set([2])],
	['fewer values than exemplars', (it) => (it.exemplars!.values = new Float64Array(0))],
	['histograms that nobody owns', (it) => it.histograms!.ends.set([0, 0])],
	['a kind that is not there', (it) => it.histograms!.kinds.set([8])],
	['more positive spans than spans', (it) => it.histograms!.positiveSpans.set([4])],
	['spans of more buckets', (it) => it.histograms!.spanLengths.set([3])],
	['spans of 2^32 more buckets', (it) => it.histograms!.spanLengths.set([2 ** 32 - 1, 4])],
	['buckets that nobody owns', (it) => it.histograms!.bucketEnds.set([3])],
	['custom values that nobody owns', (it) => (it.histograms!.customValues = new Float64Array(1))],
	['fewer sums than histograms', (it) => (it.histograms!.sums = new Float64Array(0))],
];

const BAD_NUMBER: [string, (columns: Mutable) => void][] = [
	['a time with a fraction', (it) => it.timestamps.set([0.5])],
	['a time of NaN', (it) => it.timestamps.set([Number.NaN])],
	['a time of 2^53', (it) => it.timestamps.set([2 ** 53])],
	['an endless start', (it) => it.startTimestamps.set([-Infinity])],
	['an exemplar’s time', (it) => it.exemplars!.timestamps.set([1e300])],
	['a histogram’s time', (it) => it.histograms!.timestamps.set([0.1])],
	['half an observation', (it) => it.histograms!.counts.set([0.5])],
	['a zero count below 0', (it) => it.histograms!.zeroCounts.set([-1])],
	['a bucket of NaN', (it) => it.histograms!.bucketCounts.set([Number.NaN])],
	['a bucket above 2^53', (it) => it.histograms!.bucketCounts.set([2 ** 53 + 2])],
];

describe('encoding remote write', () => {
	test.each(BAD_SHAPE)('%s is refused', (_, change) => {
		const [columns, body] = changed(change);
		expect(() => codec.encodeRemoteWrite(columns, body)).toThrow('do not fit each other');
		expect(() => codec.encodeRemoteWrite2(columns, body)).toThrow('do not fit each other');
	});

	test.each(BAD_NUMBER)('%s is refused', (_, change) => {
		const [columns, body] = changed(change);
		expect(() => codec.encodeRemoteWrite(columns, body)).toThrow('no integer that fits');
		expect(() => codec.encodeRemoteWrite2(columns, body)).toThrow('no integer that fits');
	});

	test('what is refused costs no memory and no instance', () => {
		const big = new Float64Array(1e6).fill(0.5);
		for (let i = 0; i < 200; i++) {
			const [columns, body] = changed((it) => {
				it.timestamps = big;
				it.values = big;
			});
			expect(() => codec.encodeRemoteWrite(columns, body)).toThrow('do not fit each other');
		}
		expect(codec.traps).toBe(0);
	});

	test('an array of another type is a fault of the program', () => {
		const { columns, body } = columnsOf(MODEL);
		const wrong = { ...columns, values: new Float32Array(2) as unknown as Float64Array };
		expect(() => codec.encodeRemoteWrite(wrong, body)).toThrow(
			'BUG: values of columns must be a Float64Array',
		);
		const without = { ...columns, text: undefined as unknown as Uint8Array };
		expect(() => codec.encodeRemoteWrite2(without, body)).toThrow(
			'BUG: text of columns must be a Uint8Array',
		);
	});

	test('more than the limit is refused', () => {
		const text = new Uint8Array(1 << 20);
		const label = [0, 1 << 20, 0, 1 << 20];
		const columns: MetricColumns = {
			...columnsOf({ series: [], families: [] }).columns,
			labelEnds: new Uint32Array([128]),
			labelRefs: Uint32Array.from({ length: 4 * 128 }, (_, i) => label[i % 4]!),
			sampleEnds: new Uint32Array([0]),
			text,
		};
		expect(() => codec.encodeRemoteWrite(columns, new Uint8Array(0))).toThrow('than the limit');
		// Version 2 has the text once.
		expect(codec.encodeRemoteWrite2(columns, new Uint8Array(0)).length).toBeLessThan(1.1 * 2 ** 20);
		expect(codec.traps).toBe(0);
	});

	test('more than 2^22 symbols are refused', { timeout: 120_000 }, () => {
		const count = 1 << 22;
		const text = new Random(1).bytes(count + 16);
		const columnsWith = (texts: number): MetricColumns => ({
			...columnsOf({ series: [], families: [] }).columns,
			labelEnds: new Uint32Array([texts / 2]),
			labelRefs: Uint32Array.from({ length: 2 * texts }, (_, i) => (i % 2 ? 9 : i >> 1)),
			sampleEnds: new Uint32Array([0]),
			text,
		});
		const body = new Uint8Array(0);
		expect(() => codec.encodeRemoteWrite2(columnsWith(count), body)).toThrow('than the limit');
		const fits = codec.encodeRemoteWrite2(columnsWith(count - 2), body);
		expect(codec.decodeRemoteWrite2(fits).labelRefs).toHaveLength(2 * (count - 2));
		expect(codec.traps).toBe(0);
	});

	test('many texts make one symbol each', () => {
		const text = new TextEncoder().encode(
			Array.from({ length: 50_000 }, (_, i) => String(i).padStart(8, '0')).join(''),
		);
		const refs = Uint32Array.from({ length: 4 * 100_000 }, (_, i) => (i % 2 ? 8 : 8 * ((i >> 1) % 50_000)));
		const columns: MetricColumns = {
			...columnsOf({ series: [], families: [] }).columns,
			labelEnds: new Uint32Array([100_000]),
			labelRefs: refs,
			sampleEnds: new Uint32Array([0]),
			text,
		};
		const encoded = codec.encodeRemoteWrite2(columns, new Uint8Array(0));
		const decoded = codec.decodeRemoteWrite2(encoded);
		const at = (ref: number) => {
			const [offset, size] = decoded.labelRefs.subarray(2 * ref, 2 * ref + 2) as unknown as [number, number];
			return Buffer.from(encoded.subarray(offset, offset + size)).toString();
		};
		expect([at(0), at(1), at(49_999), at(50_000), at(150_001)]).toEqual([
			'00000000',
			'00000001',
			'00049999',
			'00000000',
			'00000001',
		]);
		expect(new Set(decoded.labelRefs.filter((_, i) => i % 2 === 0)).size).toBe(50_000);
	});
});
