import protobuf from 'protobufjs';
import type { MetricModel, ModelHistogram, ModelLabel, ModelMetadata } from './metric-model.ts';

// Both messages of remote write through protobufjs, the oracle of our codec. The fields are those of the specification;
// texts are `bytes` here, which lie on the wire like `string`, so that nothing is lost where they are no UTF-8.

const HISTOGRAM = `message Histogram { oneof count { uint64 count_int = 1; double count_float = 2; } double sum = 3;
  sint32 schema = 4; double zero_threshold = 5; oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  int32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; START }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }`;

const V1 = `syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3;
  repeated Histogram histograms = 4; }
message Label { bytes name = 1; bytes value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message MetricMetadata { int32 type = 1; bytes metric_family_name = 2; bytes help = 4; bytes unit = 5; }
${HISTOGRAM.replace('START', '')}`;

const V2 = `syntax = "proto3";
message Request { repeated bytes symbols = 4; repeated TimeSeries timeseries = 5; }
message TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
  repeated Exemplar exemplars = 4; Metadata metadata = 5; int64 created_timestamp = 6; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
${HISTOGRAM.replace('START', 'int64 start_timestamp = 17;')}`;

const V1_REQUEST = protobuf.parse(V1).root.lookupType('WriteRequest');
const V2_REQUEST = protobuf.parse(V2).root.lookupType('Request');

export interface OracleHistogram {
	countInt?: string;
	countFloat?: number;
	sum: number;
	schema: number;
	zeroThreshold: number;
	zeroCountInt?: string;
	zeroCountFloat?: number;
	negativeSpans: { offset: number; length: number }[];
	negativeDeltas: string[];
	negativeCounts: number[];
	positiveSpans: { offset: number; length: number }[];
	positiveDeltas: string[];
	positiveCounts: number[];
	resetHint: number;
	timestamp: string;
	customValues: number[];
	startTimestamp?: string;
}

export interface OracleSample {
	value: number;
	timestamp: string;
	startTimestamp?: string;
}

export interface OracleV1 {
	timeseries: {
		labels: { name: Uint8Array; value: Uint8Array }[];
		samples: OracleSample[];
		exemplars: { labels: { name: Uint8Array; value: Uint8Array }[]; value: number; timestamp: string }[];
		histograms: OracleHistogram[];
	}[];
	metadata: { type: number; metricFamilyName: Uint8Array; help: Uint8Array; unit: Uint8Array }[];
}

export interface OracleV2 {
	symbols: Uint8Array[];
	timeseries: {
		labelsRefs: number[];
		samples: OracleSample[];
		histograms: OracleHistogram[];
		exemplars: { labelsRefs: number[]; value: number; timestamp: string }[];
		metadata: { type: number; helpRef: number; unitRef: number } | null;
		createdTimestamp: string;
	}[];
}

const OPTIONS = { longs: String, defaults: true, arrays: true };

/** Throws where protobufjs does. */
export function oracleV1(body: Uint8Array): OracleV1 {
	return V1_REQUEST.toObject(V1_REQUEST.decode(body), OPTIONS) as OracleV1;
}

/** Throws where protobufjs does. */
export function oracleV2(body: Uint8Array): OracleV2 {
	return V2_REQUEST.toObject(V2_REQUEST.decode(body), OPTIONS) as OracleV2;
}

/** The model as prometheus.WriteRequest; start times and metadata by series are left out. */
export function bodyV1({ series, families }: MetricModel): Uint8Array {
	const label = ([name, value]: ModelLabel) => ({ name: bytesOf(name), value: bytesOf(value) });
	return encode(V1_REQUEST, {
		timeseries: series.map((it) => ({
			labels: it.labels.map(label),
			samples: it.samples.map(({ value, time }) => ({ value, timestamp: time })),
			exemplars: it.exemplars.map(({ labels, value, time }) => ({
				labels: labels.map(label),
				value,
				timestamp: time,
			})),
			histograms: it.histograms.map((histogram) => histogramMessage({ ...histogram, start: 0 })),
		})),
		metadata: families.map(({ type, name, help, unit }) => ({
			type,
			metricFamilyName: bytesOf(name),
			help: bytesOf(help),
			unit: bytesOf(unit),
		})),
	});
}

/** The model as io.prometheus.write.v2.Request; families are left out. `symbols` may start with texts of its own. */
export function bodyV2({ series }: MetricModel, symbols: string[] = ['']): Uint8Array {
	const number = (text: string) => {
		const known = symbols.indexOf(text);
		return known >= 0 ? known : symbols.push(text) - 1;
	};
	const numbers = (labels: ModelLabel[]) => labels.flat().map(number);
	const described = (metadata: ModelMetadata | undefined) =>
		metadata && { type: metadata.type, helpRef: number(metadata.help), unitRef: number(metadata.unit) };
	const timeseries = series.map((it) => ({
		labelsRefs: numbers(it.labels),
		samples: it.samples.map(({ value, time, start }) => ({ value, timestamp: time, startTimestamp: start })),
		histograms: it.histograms.map(histogramMessage),
		exemplars: it.exemplars.map(({ labels, value, time }) => ({
			labelsRefs: numbers(labels),
			value,
			timestamp: time,
		})),
		metadata: described(it.metadata),
	}));
	return encode(V2_REQUEST, { symbols: symbols.map(bytesOf), timeseries });
}

/** Any message of either version, in lowerCamelCase fields. */
export function rawBody(version: 1 | 2, message: object): Uint8Array {
	return encode(version === 1 ? V1_REQUEST : V2_REQUEST, message);
}

function encode(type: protobuf.Type, message: object): Uint8Array {
	return new Uint8Array(type.encode(type.fromObject(message)).finish());
}

export function histogramMessage(it: ModelHistogram): object {
	const positive = it.positiveSpans.reduce((sum, [, length]) => sum + length, 0);
	const [positives, negatives] = [it.buckets.slice(0, positive), it.buckets.slice(positive)];
	const deltas = (counts: number[]) => counts.map((count, i) => count - (counts[i - 1] ?? 0));
	const spans = (list: [number, number][]) => list.map(([offset, length]) => ({ offset, length }));
	return {
		...(it.isFloat
			? { countFloat: it.count, zeroCountFloat: it.zeroCount }
			: { countInt: it.count, zeroCountInt: it.zeroCount }),
		...(it.isFloat
			? { positiveCounts: positives, negativeCounts: negatives }
			: { positiveDeltas: deltas(positives), negativeDeltas: deltas(negatives) }),
		positiveSpans: spans(it.positiveSpans),
		negativeSpans: spans(it.negativeSpans),
		sum: it.sum,
		schema: it.schema,
		zeroThreshold: it.zeroThreshold,
		resetHint: it.reset,
		timestamp: it.time,
		customValues: it.customValues,
		startTimestamp: it.start,
	};
}

function bytesOf(text: string): Uint8Array {
	return Buffer.from(text, 'latin1');
}
