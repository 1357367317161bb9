import protobuf from 'protobufjs';
import { attribute } from './otlp-body.ts';

// The fields of OTLP metrics that the product reads, written from the specification for tests: the oracle of our decoder.

const PROTO = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Exemplar { repeated KeyValue filtered_attributes = 7; fixed64 time_unix_nano = 2;
  oneof value { double as_double = 3; sfixed64 as_int = 6; } bytes span_id = 4; bytes trace_id = 5; }
message NumberDataPoint { repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated Exemplar exemplars = 5; uint32 flags = 8; }
message HistogramDataPoint { repeated KeyValue attributes = 9; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  fixed64 count = 4; optional double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7;
  repeated Exemplar exemplars = 8; uint32 flags = 10; optional double min = 11; optional double max = 12; }
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message ExponentialHistogramDataPoint { repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  fixed64 count = 4; optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9;
  uint32 flags = 10; repeated Exemplar exemplars = 11; optional double min = 12; optional double max = 13; double zero_threshold = 14; }
message ValueAtQuantile { double quantile = 1; double value = 2; }
message SummaryDataPoint { repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  fixed64 count = 4; double sum = 5; repeated ValueAtQuantile quantile_values = 6; uint32 flags = 8; }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialHistogram { repeated ExponentialHistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message Summary { repeated SummaryDataPoint data_points = 1; }
message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7;
  Histogram histogram = 9; ExponentialHistogram exponential_histogram = 10; Summary summary = 11; } repeated KeyValue metadata = 12; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
message Metrics { repeated ResourceMetrics resource_metrics = 1; }
`;

const Metrics = protobuf.parse(PROTO).root.lookupType('Metrics');

/** Values: texts, booleans, big integers as integers, numbers as doubles, bytes, lists, objects, null. */
export type Attributes = [key: string, value: unknown][];

export interface Exemplar {
	time: bigint;
	value?: number | bigint;
	traceId?: Uint8Array;
	spanId?: Uint8Array;
	attributes?: Attributes;
}

export interface Point {
	attributes: Attributes;
	/** Nanoseconds; `start` 0 is not known. */
	start: bigint;
	time: bigint;
	flags?: number;
	exemplars?: Exemplar[];
	/** Of numbers: a bigint is an integer. */
	value?: number | bigint;
	/** Of histograms and summaries. */
	count?: bigint;
	sum?: number;
	bucketCounts?: bigint[];
	bounds?: number[];
	scale?: number;
	zeroCount?: bigint;
	zeroThreshold?: number;
	positive?: { offset: number; counts: bigint[] };
	negative?: { offset: number; counts: bigint[] };
	quantiles?: { quantile: number; value: number }[];
}

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

export interface Metric {
	name: string;
	help: string;
	unit: string;
	kind: MetricKind;
	/** 0 unspecified, 1 delta, 2 cumulative. */
	temporality?: number;
	monotonic?: boolean;
	points: Point[];
}

export interface Scope {
	name: string;
	version: string;
	schema: string;
	attributes: Attributes;
	metrics: Metric[];
}

export interface Resource {
	attributes: Attributes;
	scopes: Scope[];
}

const pairs = (attributes: Attributes = []) => attributes.map(([key, value]) => attribute(key, value));
const numberOf = (value: number | bigint | undefined) =>
	value === undefined ? {} : typeof value === 'bigint' ? { asInt: String(value) } : { asDouble: value };
const buckets = (of: Point['positive']) => of && { offset: of.offset, bucketCounts: of.counts.map(String) };

function pointMessage(point: Point, kind: MetricKind): object {
	const { count, sum, flags, scale, zeroThreshold } = point;
	return {
		attributes: pairs(point.attributes),
		startTimeUnixNano: String(point.start),
		timeUnixNano: String(point.time),
		...(kind !== 'summary' && {
			exemplars: point.exemplars?.map(({ time, value, traceId, spanId, attributes }) => ({
				filteredAttributes: pairs(attributes),
				timeUnixNano: String(time),
				...numberOf(value),
				...(traceId && { traceId }),
				...(spanId && { spanId }),
			})),
		}),
		...(flags !== undefined && { flags }),
		...numberOf(point.value),
		...(count !== undefined && { count: String(count) }),
		...(sum !== undefined && { sum }),
		...(point.bucketCounts && { bucketCounts: point.bucketCounts.map(String) }),
		...(point.bounds && { explicitBounds: point.bounds }),
		...(scale !== undefined && { scale }),
		...(point.zeroCount !== undefined && { zeroCount: String(point.zeroCount) }),
		...(zeroThreshold !== undefined && { zeroThreshold }),
		...(point.positive && { positive: buckets(point.positive) }),
		...(point.negative && { negative: buckets(point.negative) }),
		...(point.quantiles && { quantileValues: point.quantiles }),
	};
}

/** An ExportMetricsServiceRequest. */
export function otlpMetricBody(resources: readonly Resource[]): Uint8Array {
	const resourceMetrics = resources.map(({ attributes, scopes }) => ({
		resource: { attributes: pairs(attributes) },
		scopeMetrics: scopes.map(({ name, version, schema, attributes: own, metrics }) => ({
			scope: { name, version, attributes: pairs(own) },
			schemaUrl: schema,
			metrics: metrics.map((metric) => ({
				name: metric.name,
				description: metric.help,
				unit: metric.unit,
				[metric.kind]: {
					dataPoints: metric.points.map((point) => pointMessage(point, metric.kind)),
					...(metric.temporality !== undefined && { aggregationTemporality: metric.temporality }),
					...(metric.monotonic !== undefined && { isMonotonic: metric.monotonic }),
				},
			})),
		})),
	}));
	return new Uint8Array(Metrics.encode(Metrics.fromObject({ resourceMetrics })).finish());
}

/** What protobufjs reads in a body; undefined where it refuses it, or where both readings are right. */
export function readOtlpMetricBody(body: Uint8Array): Resource[] | undefined {
	const message = decoded(body);
	if (message === undefined) return undefined;
	const { resourceMetrics } = Metrics.toObject(message, { longs: String, arrays: true }) as {
		resourceMetrics: Message[];
	};
	try {
		return resourceMetrics.map(({ resource, scopeMetrics }) => ({
			attributes: attributesOf(resource?.attributes),
			scopes: list(scopeMetrics).map(({ scope, schemaUrl, metrics }) => ({
				...{ name: text(scope?.name), version: text(scope?.version), schema: text(schemaUrl) },
				attributes: attributesOf(scope?.attributes),
				metrics: list(metrics).flatMap(metricOf),
			})),
		}));
	} catch (error) {
		if (error instanceof Ambiguous) return undefined;
		throw error;
	}
}

/** It is stricter than the format: about texts that are not UTF-8, and numbers that are longer than they need be. */
function decoded(body: Uint8Array): protobuf.Message | undefined {
	try {
		return Metrics.decode(body);
	} catch {
		return undefined;
	}
}

// biome-ignore lint/suspicious/noExplicitAny: messages as protobufjs gives them
type Message = any;
class Ambiguous extends Error {}

const list = (of: Message): Message[] => of ?? [];
const big = (of: Message): bigint => BigInt(of?.toString() ?? 0);

/** A text that is not UTF-8 comes with replacements. */
function text(of: string | undefined): string {
	if (of?.includes('\uFFFD')) throw new Ambiguous();
	return of ?? '';
}

function attributesOf(of: Message): Attributes {
	return list(of).map(({ key, value }) => [text(key), anyValueOf(value)]);
}

function anyValueOf(of: Message): unknown {
	const set = Object.keys(of ?? {}).filter((key) => key.endsWith('Value'));
	if (set.length > 1) throw new Ambiguous();
	if (of?.stringValue !== undefined) return text(of.stringValue);
	if (of?.intValue !== undefined) return big(of.intValue);
	if (of?.arrayValue) return list(of.arrayValue.values).map(anyValueOf);
	if (of?.kvlistValue) {
		const entries = attributesOf(of.kvlistValue.values);
		if (new Set(entries.map(([key]) => key)).size !== entries.length) throw new Ambiguous();
		return new Map(entries);
	}
	if (of?.doubleValue !== undefined) return written(of.doubleValue);
	return of?.boolValue ?? of?.bytesValue ?? null;
}

/** A number that becomes text: of those with many digits several texts are as short. */
function written(value: number): number {
	const digits = String(value).replace(/e.*|\D/g, '').length;
	const size = Math.abs(value);
	const isSure = digits <= 3 || (digits <= 15 && size >= 1e-6 && size < 1e21);
	if ((Number.isFinite(value) && !isSure) || Object.is(value, -0)) throw new Ambiguous();
	return value;
}

const KINDS: MetricKind[] = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

function metricOf(of: Message): Metric[] {
	const kinds = KINDS.filter((kind) => of[kind] !== undefined);
	if (kinds.length > 1) throw new Ambiguous();
	const [kind] = kinds;
	if (kind === undefined) return [];
	const { dataPoints, aggregationTemporality, isMonotonic } = of[kind];
	return [
		{
			...{ name: text(of.name), help: text(of.description), unit: text(of.unit), kind },
			temporality: aggregationTemporality ?? 0,
			monotonic: isMonotonic ?? false,
			points: list(dataPoints).map(pointOf),
		},
	];
}

function pointOf(of: Message): Point {
	const side = (from: Message) =>
		from && { offset: from.offset ?? 0, counts: list(from.bucketCounts).map(big) };
	const made: Point = {
		...{ attributes: attributesOf(of.attributes), flags: of.flags ?? 0 },
		...{ start: big(of.startTimeUnixNano), time: big(of.timeUnixNano) },
		...{
			count: big(of.count),
			bucketCounts: list(of.bucketCounts).map(big),
			bounds: list(of.explicitBounds).map(written),
		},
		...{ scale: of.scale ?? 0, zeroCount: big(of.zeroCount), zeroThreshold: of.zeroThreshold ?? 0 },
		...{ positive: side(of.positive), negative: side(of.negative) },
		quantiles: list(of.quantileValues).map(({ quantile = 0, value = 0 }) => ({
			quantile: written(quantile),
			value,
		})),
		exemplars: list(of.exemplars).map((each) => {
			const exemplar: Exemplar = {
				time: big(each.timeUnixNano),
				attributes: attributesOf(each.filteredAttributes),
			};
			const value = number64(each);
			if (value !== undefined) exemplar.value = value;
			if (each.traceId) exemplar.traceId = each.traceId;
			if (each.spanId) exemplar.spanId = each.spanId;
			return exemplar;
		}),
	};
	const value = number64(of);
	if (value !== undefined) made.value = value;
	if (of.sum !== undefined && of.sum !== null) made.sum = of.sum;
	return made;
}

function number64({ asDouble, asInt }: Message): number | bigint | undefined {
	if (asDouble !== undefined && asInt !== undefined) throw new Ambiguous();
	return asDouble ?? (asInt === undefined ? undefined : big(asInt));
}
