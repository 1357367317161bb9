import protobuf from 'protobufjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { type Codec, createCodec } from './codec.ts';
import type { MetricColumns } from './metric-columns.ts';

const SCHEMA = `syntax = "proto3"; package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message Histogram { uint64 count_int = 1; double sum = 3; int64 timestamp = 15; }
message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }`;

const WriteRequest = protobuf.parse(SCHEMA).root.lookupType('prometheus.WriteRequest');

interface Label {
	name: string;
	value: string;
}
interface Sample {
	value: number;
	timestamp: number;
}
interface Series {
	labels: Label[];
	samples: Sample[];
	exemplars?: Sample[];
	histograms?: { sum: number; timestamp: number }[];
}

let codec: Codec;

beforeAll(async () => {
	codec = createCodec(await builtModules());
});

function request(random: Random, count: number): { timeseries: Series[]; metadata: { type: number }[] } {
	const values = [0, -0, 1.5, NaN, Infinity, -Infinity, 5e-324];
	const timeseries = Array.from({ length: count }, (_, i): Series => {
		const labels = [{ name: '__name__', value: `metric_${random.below(20)}_é漢😀` }];
		for (let n = random.below(40); n > 0; n--)
			labels.push({
				name: `l${n}_${random.below(9)}`,
				value: `v${'x'.repeat(random.below(random.below(40) ? 100 : 3000))}`,
			});
		labels.push({ name: 'series', value: String(i) });
		labels.sort(() => random.unit() - 0.5);
		const samples = Array.from({ length: 1 + random.below(9) }, (_, n) => ({
			value: random.below(3) === 0 ? values[random.below(values.length)]! : random.unit() * 1e6,
			timestamp: 1_700_000_000_000 + n * 15_000,
		}));
		return {
			labels,
			samples,
			exemplars: random.below(5) ? [] : samples,
			histograms: random.below(5) ? [] : [{ sum: 2, timestamp: 5 }],
		};
	});
	return { timeseries, metadata: [{ type: 1 }] };
}

function encode(message: object): Uint8Array {
	return new Uint8Array(WriteRequest.encode(WriteRequest.fromObject(message)).finish());
}

/** The columns as objects again. */
function objects(body: Uint8Array, columns: MetricColumns): Series[] {
	const text = (at: number) =>
		new TextDecoder().decode(
			body.subarray(columns.labelRefs[at]!, columns.labelRefs[at]! + columns.labelRefs[at + 1]!),
		);
	let label = 0;
	let sample = 0;
	return Array.from(columns.hashes, (_, i) => {
		const series: Series = { labels: [], samples: [] };
		for (; label < columns.labelEnds[i]!; label++)
			series.labels.push({ name: text(4 * label), value: text(4 * label + 2) });
		for (; sample < columns.sampleEnds[i]!; sample++) {
			series.samples.push({ value: columns.values[sample]!, timestamp: columns.timestamps[sample]! });
		}
		return series;
	});
}

/** Straight from the definition, over the sorted labels. */
function hashOf(labels: Label[]): bigint {
	let hash = 0xcbf29ce484222325n;
	const eat = (byte: number) => {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
	};
	for (const { name, value } of labels) {
		for (const part of [name, value]) {
			new TextEncoder().encode(part).forEach(eat);
			eat(0xff);
		}
	}
	return hash;
}

function sorted(labels: readonly Label[]): Label[] {
	return [...labels].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

describe('remote write', () => {
	test('says what protobufjs says', () => {
		const random = new Random(3);
		for (let round = 0; round < 30; round++) {
			const body = encode(request(random, random.below(60)));
			const expected = WriteRequest.toObject(WriteRequest.decode(body), {
				longs: Number,
				defaults: true,
				arrays: true,
			});
			const columns = codec.decodeRemoteWrite(body);
			const series = expected.timeseries as Required<Series>[];
			const got = objects(body, columns);
			expect(got.map((it) => it.samples)).toEqual(series.map((it) => it.samples));
			// Equal names may stand in any order.
			const duplicates = (labels: Label[]) => new Set(labels.map((it) => it.name)).size !== labels.length;
			series.forEach((it, i) => {
				const names = sorted(it.labels).map((label) => label.name);
				expect(got[i]!.labels.map((label) => label.name)).toEqual(names);
				expect(columns.faults[i]).toBe(duplicates(it.labels) ? 3 : 0);
				expect(columns.hashes[i]).toBe(hashOf(got[i]!.labels));
				if (!duplicates(it.labels)) expect(got[i]!.labels).toEqual(sorted(it.labels));
			});
			expect(columns.exemplars?.values.length ?? 0).toBe(
				series.reduce((sum, it) => sum + it.exemplars.length, 0),
			);
			expect(columns.histograms?.sums.length ?? 0).toBe(
				series.reduce((sum, it) => sum + it.histograms.length, 0),
			);
			expect(columns.metadata?.types).toEqual(new Uint8Array([1]));
		}
	});

	test('holds a body of a million samples, and gives the memory back', () => {
		const samples = Array.from({ length: 1000 }, (_, i) => ({ value: i, timestamp: 1_700_000_000_000 + i }));
		const one = encode({ timeseries: [{ labels: [{ name: '__name__', value: 'm' }], samples }] });
		const body = new Uint8Array(one.length * 1000);
		for (let i = 0; i < 1000; i++) body.set(one, i * one.length);
		for (let round = 0; round < 5; round++) expect(codec.decodeRemoteWrite(body).values.length).toBe(1e6);
		expect(codec.traps).toBe(0);
	});

	test('stops at the bounds with an error', () => {
		const body = new Uint8Array(2 * ((1 << 21) + 1));
		for (let i = 0; i < body.length; i += 2) body[i] = 0x0a;
		expect(() => codec.decodeRemoteWrite(body)).toThrow(/more than the limit at byte 4194304/);
		const fits = codec.decodeRemoteWrite(body.subarray(2));
		expect(fits.faults.length).toBe(1 << 21);
	});

	test('sorts a hostile label set in reasonable time', () => {
		const labels = Array.from({ length: 100_000 }, (_, i) => ({ name: `l${99_999 - i}`, value: 'v' }));
		const body = encode({ timeseries: [{ labels, samples: [{ value: 1, timestamp: 1 }] }] });
		const [series] = objects(body, codec.decodeRemoteWrite(body));
		expect(series!.labels.map((it) => it.name)).toEqual(sorted(labels).map((it) => it.name));
	});
});
