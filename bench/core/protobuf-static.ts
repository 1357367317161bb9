import protobuf from 'protobufjs';

// What protobufjs's generator of static modules writes for a decoder, with times as numbers; its own
// reflection compiles the same at run time and runs beside it.

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
}
type Reader = InstanceType<typeof protobuf.Reader>;

class LabelMessage implements Label {
	name = '';
	value = '';
}
class SampleMessage implements Sample {
	value = 0;
	timestamp = 0;
}
class SeriesMessage implements Series {
	labels: Label[] = [];
	samples: Sample[] = [];
}

function decodeLabel(reader: Reader, length: number): Label {
	const end = reader.pos + length;
	const message = new LabelMessage();
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				message.name = reader.string();
				break;
			case 2:
				message.value = reader.string();
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return message;
}

function decodeSample(reader: Reader, length: number): Sample {
	const end = reader.pos + length;
	const message = new SampleMessage();
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				message.value = reader.double();
				break;
			case 2:
				message.timestamp = Number(reader.int64());
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return message;
}

function decodeSeries(reader: Reader, length: number): Series {
	const end = reader.pos + length;
	const message = new SeriesMessage();
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				message.labels.push(decodeLabel(reader, reader.uint32()));
				break;
			case 2:
				message.samples.push(decodeSample(reader, reader.uint32()));
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return message;
}

export function decodeStatic(body: Uint8Array): Series[] {
	const reader = protobuf.Reader.create(body);
	const series: Series[] = [];
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		if (tag >>> 3 === 1) series.push(decodeSeries(reader, reader.uint32()));
		else reader.skipType(tag & 7);
	}
	return series;
}

const SCHEMA = `syntax = "proto3"; package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }`;

const WriteRequest = protobuf.parse(SCHEMA).root.lookupType('prometheus.WriteRequest');

export function decodeReflected(body: Uint8Array): { timeseries: Series[] } {
	return WriteRequest.decode(body) as unknown as { timeseries: Series[] };
}
