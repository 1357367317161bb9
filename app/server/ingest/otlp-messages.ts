import type { OtlpSignal } from '../clickhouse/schema.ts';

// Messages of OTLP as far as the server reads them, by the names of their fields in JSON: what is not here is passed over.
// Source: https://github.com/open-telemetry/opentelemetry-proto

export type Scalar =
	| 'string'
	| 'id'
	| 'base64'
	| 'fixed64'
	| 'sfixed64'
	| 'fixed32'
	| 'int32'
	| 'sint32'
	| 'uint32'
	| 'int64'
	| 'uint64'
	| 'double'
	| 'bool';

export interface Field {
	number: number;
	type: Scalar | Message;
	repeated?: boolean;
}
export type Message = Map<string, Field>;

const message = (fields: Record<string, [number, Scalar | Message, 'repeated'?]>): Message =>
	new Map(
		Object.entries(fields).map(([name, [number, type, many]]) => [name, { number, type, repeated: !!many }]),
	);

const anyValue: Message = new Map();
const keyValue = message({ key: [1, 'string'], value: [2, anyValue] });
for (const [name, field] of message({
	stringValue: [1, 'string'],
	boolValue: [2, 'bool'],
	intValue: [3, 'int64'],
	doubleValue: [4, 'double'],
	arrayValue: [5, message({ values: [1, anyValue, 'repeated'] })],
	kvlistValue: [6, message({ values: [1, keyValue, 'repeated'] })],
	bytesValue: [7, 'base64'],
}))
	anyValue.set(name, field);

const resource = message({ attributes: [1, keyValue, 'repeated'] });
const scope = message({ name: [1, 'string'], version: [2, 'string'], attributes: [3, keyValue, 'repeated'] });
const logRecord = message({
	timeUnixNano: [1, 'fixed64'],
	severityNumber: [2, 'int32'],
	severityText: [3, 'string'],
	body: [5, anyValue],
	attributes: [6, keyValue, 'repeated'],
	flags: [8, 'fixed32'],
	traceId: [9, 'id'],
	spanId: [10, 'id'],
	observedTimeUnixNano: [11, 'fixed64'],
	eventName: [12, 'string'],
});
const span = message({
	traceId: [1, 'id'],
	spanId: [2, 'id'],
	traceState: [3, 'string'],
	parentSpanId: [4, 'id'],
	name: [5, 'string'],
	kind: [6, 'int32'],
	startTimeUnixNano: [7, 'fixed64'],
	endTimeUnixNano: [8, 'fixed64'],
	attributes: [9, keyValue, 'repeated'],
	events: [
		11,
		message({ timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: [3, keyValue, 'repeated'] }),
		'repeated',
	],
	links: [
		13,
		message({
			traceId: [1, 'id'],
			spanId: [2, 'id'],
			traceState: [3, 'string'],
			attributes: [4, keyValue, 'repeated'],
		}),
		'repeated',
	],
	status: [15, message({ message: [2, 'string'], code: [3, 'int32'] })],
	flags: [16, 'fixed32'],
});

const exemplar = message({
	timeUnixNano: [2, 'fixed64'],
	asDouble: [3, 'double'],
	spanId: [4, 'id'],
	traceId: [5, 'id'],
	asInt: [6, 'sfixed64'],
	filteredAttributes: [7, keyValue, 'repeated'],
});
const numberPoint = message({
	startTimeUnixNano: [2, 'fixed64'],
	timeUnixNano: [3, 'fixed64'],
	asDouble: [4, 'double'],
	exemplars: [5, exemplar, 'repeated'],
	asInt: [6, 'sfixed64'],
	attributes: [7, keyValue, 'repeated'],
	flags: [8, 'uint32'],
});
const histogramPoint = message({
	startTimeUnixNano: [2, 'fixed64'],
	timeUnixNano: [3, 'fixed64'],
	count: [4, 'fixed64'],
	sum: [5, 'double'],
	bucketCounts: [6, 'fixed64', 'repeated'],
	explicitBounds: [7, 'double', 'repeated'],
	exemplars: [8, exemplar, 'repeated'],
	attributes: [9, keyValue, 'repeated'],
	flags: [10, 'uint32'],
	min: [11, 'double'],
	max: [12, 'double'],
});
const buckets = message({ offset: [1, 'sint32'], bucketCounts: [2, 'uint64', 'repeated'] });
const exponentialPoint = message({
	attributes: [1, keyValue, 'repeated'],
	startTimeUnixNano: [2, 'fixed64'],
	timeUnixNano: [3, 'fixed64'],
	count: [4, 'fixed64'],
	sum: [5, 'double'],
	scale: [6, 'sint32'],
	zeroCount: [7, 'fixed64'],
	positive: [8, buckets],
	negative: [9, buckets],
	flags: [10, 'uint32'],
	exemplars: [11, exemplar, 'repeated'],
	min: [12, 'double'],
	max: [13, 'double'],
	zeroThreshold: [14, 'double'],
});
const summaryPoint = message({
	startTimeUnixNano: [2, 'fixed64'],
	timeUnixNano: [3, 'fixed64'],
	count: [4, 'fixed64'],
	sum: [5, 'double'],
	quantileValues: [6, message({ quantile: [1, 'double'], value: [2, 'double'] }), 'repeated'],
	attributes: [7, keyValue, 'repeated'],
	flags: [8, 'uint32'],
});
const points = (point: Message, more: Record<string, [number, Scalar]> = {}): Message =>
	message({ dataPoints: [1, point, 'repeated'], ...more });
const metric = message({
	name: [1, 'string'],
	description: [2, 'string'],
	unit: [3, 'string'],
	gauge: [5, points(numberPoint)],
	sum: [7, points(numberPoint, { aggregationTemporality: [2, 'int32'], isMonotonic: [3, 'bool'] })],
	histogram: [9, points(histogramPoint, { aggregationTemporality: [2, 'int32'] })],
	exponentialHistogram: [10, points(exponentialPoint, { aggregationTemporality: [2, 'int32'] })],
	summary: [11, points(summaryPoint)],
});

const frame = (resources: string, scopes: string, rows: string, row: Message): Message =>
	message({
		[resources]: [
			1,
			message({
				resource: [1, resource],
				[scopes]: [2, message({ scope: [1, scope], [rows]: [2, row, 'repeated'] }), 'repeated'],
			}),
			'repeated',
		],
	});

/** Signals that come as export requests. */
export type OtlpRequestSignal = OtlpSignal | 'metrics';

export const REQUESTS: Record<OtlpRequestSignal, Message> = {
	logs: frame('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
	traces: frame('resourceSpans', 'scopeSpans', 'spans', span),
	metrics: frame('resourceMetrics', 'scopeMetrics', 'metrics', metric),
};
