import protobuf from 'protobufjs';

/** The specification's messages, read by reflection: nothing of the encoder is used. */
const { root } = protobuf.parse(`
syntax = "proto3";
package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; reserved 2; repeated MetricMetadata metadata = 3; }
message MetricMetadata {
  enum MetricType { UNKNOWN = 0; COUNTER = 1; GAUGE = 2; HISTOGRAM = 3; }
  MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5;
}
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
`);

export interface DecodedSeries {
	labels: { name: string; value: string }[];
	samples: { value: number; timestamp: number }[];
}

export interface DecodedRequest {
	timeseries: DecodedSeries[];
	metadata: { type: string; metricFamilyName: string; help: string }[];
}

export function decodeWriteRequest(body: Uint8Array): DecodedRequest {
	const type = root.lookupType('prometheus.WriteRequest');
	const options = { longs: Number, enums: String, defaults: true, arrays: true };
	return type.toObject(type.decode(body), options) as DecodedRequest;
}

/** Labels of a series as an object. */
export function labelsOf(series: DecodedSeries): Record<string, string> {
	return Object.fromEntries(series.labels.map(({ name, value }) => [name, value]));
}
