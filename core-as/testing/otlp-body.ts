import protobuf from 'protobufjs';

// The fields of OTLP that the product reads, written from the specification for tests: the oracle of our decoder.

const PROTO = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10;
  fixed64 observed_time_unix_nano = 11; string event_name = 12; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message Logs { repeated ResourceLogs resource_logs = 1; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; repeated Event events = 11;
  repeated Link links = 13; Status status = 15; fixed32 flags = 16; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Traces { repeated ResourceSpans resource_spans = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }
message Response { PartialSuccess partial_success = 1; }
message Status400 { int32 code = 1; string message = 2; }
`;

const root = protobuf.parse(PROTO).root;

/** Encodes a request in lowerCamelCase fields; 64-bit numbers as decimal strings, bytes as Uint8Array. */
export function otlpBody(
	type: 'Logs' | 'Traces' | 'ScopeSpans',
	request: Record<string, unknown>,
): Uint8Array {
	const message = root.lookupType(type);
	return message.encode(message.fromObject(request)).finish();
}

/** Decodes an answer of an OTLP receiver. */
export function otlpAnswer(type: 'Response' | 'Status400', bytes: Uint8Array): Record<string, unknown> {
	const message = root.lookupType(type);
	return message.toObject(message.decode(bytes), { longs: String });
}

/** Decodes a request or a part of one; 64-bit numbers as decimal strings, bytes as Uint8Array. */
export function otlpDecoded<T>(type: 'Logs' | 'Traces' | 'ScopeSpans' | 'ScopeLogs', bytes: Uint8Array): T {
	const message = root.lookupType(type);
	return message.toObject(message.decode(bytes), { longs: String, arrays: true }) as T;
}

/** An attribute of any kind. */
export function attribute(key: string, value: unknown): Record<string, unknown> {
	return { key, value: anyValue(value) };
}

/** An AnyValue: big integers are integers, other numbers doubles. */
export function anyValue(value: unknown): Record<string, unknown> {
	if (typeof value === 'string') return { stringValue: value };
	if (typeof value === 'boolean') return { boolValue: value };
	if (typeof value === 'bigint') return { intValue: String(value) };
	if (typeof value === 'number') return { doubleValue: value };
	if (value instanceof Uint8Array) return { bytesValue: value };
	if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
	if (value && typeof value === 'object') {
		return {
			kvlistValue: { values: Object.entries(value).map(([key, inner]) => attribute(key, inner)) },
		};
	}
	return {};
}

export function bytesOf(hex: string): Uint8Array {
	return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
