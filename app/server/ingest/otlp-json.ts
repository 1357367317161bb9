import protobuf from 'protobufjs/minimal.js';
import type { OtlpSignal } from '../clickhouse/schema.ts';
import { ServerError } from '../errors.ts';

/**
 * OTLP in JSON to OTLP in protobuf, so that both take the same way. JSON mapping with OTLP's exceptions: ids are
 * hexadecimal, enums integers, 64-bit numbers strings or numbers; unknown fields are passed over.
 * Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

/** Levels of objects and lists; the decoder behind keeps fewer. */
const MAX_DEPTH = 200;

type Writer = protobuf.Writer;
type Scalar = 'string' | 'id' | 'base64' | 'fixed64' | 'fixed32' | 'int32' | 'int64' | 'double' | 'bool';

interface Field {
	number: number;
	type: Scalar | Message;
	repeated?: boolean;
}
type Message = Map<string, Field>;

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

const REQUESTS: Record<OtlpSignal, Message> = {
	logs: frame('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
	traces: frame('resourceSpans', 'scopeSpans', 'spans', span),
};

/**
 * Names of 64-bit fields followed by a number that a JavaScript number cannot hold. The quote before such a name can
 * stand in no JSON string: there it is escaped, and then so is the one behind it.
 */
const BIG_NUMBERS =
	/("(?:timeUnixNano|observedTimeUnixNano|startTimeUnixNano|endTimeUnixNano|intValue)"\s*:\s*)(-?\d{16,20})(?![\d.eE])/g;

/** Throws CXR_INGEST_MALFORMED with the path of what is wrong. */
export function otlpJsonToProtobuf(signal: OtlpSignal, body: Uint8Array): Uint8Array {
	if (body.length === 0) throw malformed('The body is empty; a JSON request of nothing is {}.');
	let parsed: unknown;
	try {
		const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
		parsed = JSON.parse(text.replace(BIG_NUMBERS, '$1"$2"'));
	} catch (error) {
		throw malformed(`The body is not JSON: ${error instanceof Error ? error.message : error}`);
	}
	const writer = protobuf.Writer.create();
	writeMessage(writer, REQUESTS[signal], parsed, '$', 0);
	return writer.finish();
}

function malformed(detail: string): ServerError {
	return new ServerError('CXR_INGEST_MALFORMED', detail);
}

function writeMessage(writer: Writer, type: Message, value: unknown, path: string, depth: number): void {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw malformed(`${path} is not an object.`);
	if (depth > MAX_DEPTH) throw malformed(`${path} is nested over ${MAX_DEPTH} levels.`);
	for (const [name, inner] of Object.entries(value)) {
		const field = type.get(name);
		// In this mapping null is the same as a field that is not there.
		if (!field || inner === null) continue;
		const at = `${path}.${name}`;
		if (!field.repeated) writeField(writer, field, inner, at, depth);
		else {
			if (!Array.isArray(inner)) throw malformed(`${at} is not a list.`);
			for (let i = 0; i < inner.length; i++) writeField(writer, field, inner[i], `${at}[${i}]`, depth);
		}
	}
}

function writeField(
	writer: Writer,
	{ number, type }: Field,
	value: unknown,
	at: string,
	depth: number,
): void {
	if (typeof type !== 'string') {
		writer.uint32((number << 3) | 2).fork();
		writeMessage(writer, type, value, at, depth + 1);
		writer.ldelim();
		return;
	}
	switch (type) {
		case 'string':
			writer.uint32((number << 3) | 2).string(text(value, at));
			break;
		case 'id':
			writer.uint32((number << 3) | 2).bytes(idBytes(text(value, at), at));
			break;
		case 'base64':
			writer.uint32((number << 3) | 2).bytes(base64Bytes(text(value, at), at));
			break;
		case 'fixed64':
			writer.uint32((number << 3) | 1).fixed64(long(integer(value, at, 0n, 2n ** 64n - 1n)));
			break;
		case 'fixed32':
			writer.uint32((number << 3) | 5).fixed32(Number(integer(value, at, 0n, 2n ** 32n - 1n)));
			break;
		case 'int32':
			writer.uint32(number << 3).int32(Number(integer(value, at, -(2n ** 31n), 2n ** 31n - 1n)));
			break;
		case 'int64':
			writer.uint32(number << 3).int64(long(integer(value, at, -(2n ** 63n), 2n ** 63n - 1n)));
			break;
		case 'double':
			writer.uint32((number << 3) | 1).double(double(value, at));
			break;
		case 'bool':
			if (typeof value !== 'boolean') throw malformed(`${at} is not true or false.`);
			writer.uint32(number << 3).bool(value);
	}
}

function text(value: unknown, at: string): string {
	if (typeof value !== 'string') throw malformed(`${at} is not a text.`);
	return value;
}

function idBytes(value: string, at: string): Uint8Array {
	if (!/^[0-9a-fA-F]*$/.test(value)) throw malformed(`${at} is not hexadecimal.`);
	// Half a byte too many: of a wrong length, as others are, so that the decoder refuses this record alone.
	if (value.length % 2 === 1) return new Uint8Array(1);
	return Uint8Array.from({ length: value.length / 2 }, (_, i) =>
		Number.parseInt(value.slice(2 * i, 2 * i + 2), 16),
	);
}

function base64Bytes(value: string, at: string): Uint8Array {
	try {
		const plain = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
		return Uint8Array.from(plain, (character) => character.charCodeAt(0));
	} catch {
		throw malformed(`${at} is not base64.`);
	}
}

function integer(value: unknown, at: string, least: bigint, most: bigint): bigint {
	const whole =
		typeof value === 'number'
			? Number.isInteger(value)
			: typeof value === 'string' && /^-?\d{1,20}$/.test(value);
	const number = whole ? BigInt(value as number | string) : null;
	if (number === null || number < least || number > most)
		throw malformed(`${at} is not an integer from ${least} to ${most}.`);
	return number;
}

/** protobufjs takes 64 bits as two halves, without a library for long numbers. */
function long(value: bigint): number {
	const bits = BigInt.asUintN(64, value);
	return { low: Number(bits & 0xffffffffn), high: Number(bits >> 32n) } as unknown as number;
}

function double(value: unknown, at: string): number {
	if (typeof value === 'number') return value;
	if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
	if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
		return Number(value);
	throw malformed(`${at} is not a number.`);
}
