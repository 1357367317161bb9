import { createRequire } from 'node:module';
import protobuf from 'protobufjs';

// Remote-write bodies made by libraries that share no code with ours.

const snappy = createRequire(import.meta.url)('snappy-wasm') as {
	compress_raw(input: Uint8Array): Uint8Array;
};

const WriteRequest = protobuf
	.parse(`
syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
`)
	.root.lookupType('WriteRequest');

export interface TestSeries {
	labels: Record<string, string>;
	samples: { value: number; timestamp: number }[];
}

/** Snappy-compressed protobuf of `series`. */
export function writeRequest(series: TestSeries[]): Uint8Array<ArrayBuffer> {
	const timeseries = series.map(({ labels, samples }) => ({
		labels: Object.keys(labels)
			.sort()
			.map((name) => ({ name, value: labels[name]! })),
		samples,
	}));
	const body = WriteRequest.encode(WriteRequest.fromObject({ timeseries })).finish();
	return new Uint8Array(snappy.compress_raw(body));
}
