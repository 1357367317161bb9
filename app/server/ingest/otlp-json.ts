import protobuf from 'protobufjs/minimal.js';
import { ServerError } from '../errors.ts';
import { type Field, type Message, type OtlpRequestSignal, REQUESTS } from './otlp-messages.ts';

/**
 * OTLP in JSON to OTLP in protobuf, so that both take the same way. JSON mapping with OTLP's exceptions: ids are
 * hexadecimal, enums integers, 64-bit numbers strings or numbers; unknown fields are passed over.
 * Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

/** Levels of objects and lists; the decoder behind keeps fewer. */
const MAX_DEPTH = 200;

type Writer = protobuf.Writer;
/**
 * Names of 64-bit fields followed by a number that a JavaScript number cannot hold. The quote before such a name can
 * stand in no JSON string: there it is escaped, and then so is the one behind it.
 */
const BIG_NUMBERS =
	/("(?:timeUnixNano|observedTimeUnixNano|startTimeUnixNano|endTimeUnixNano|intValue)"\s*:\s*)(-?\d{16,20})(?![\d.eE])/g;

/** Throws CXR_INGEST_MALFORMED with the path of what is wrong. */
export function otlpJsonToProtobuf(signal: OtlpRequestSignal, body: Uint8Array): Uint8Array {
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
		case 'sfixed64':
			writer.uint32((number << 3) | 1).sfixed64(long(integer(value, at, -(2n ** 63n), 2n ** 63n - 1n)));
			break;
		case 'fixed32':
			writer.uint32((number << 3) | 5).fixed32(Number(integer(value, at, 0n, 2n ** 32n - 1n)));
			break;
		case 'int32':
			writer.uint32(number << 3).int32(Number(integer(value, at, -(2n ** 31n), 2n ** 31n - 1n)));
			break;
		case 'sint32':
			writer.uint32(number << 3).sint32(Number(integer(value, at, -(2n ** 31n), 2n ** 31n - 1n)));
			break;
		case 'uint32':
			writer.uint32(number << 3).uint32(Number(integer(value, at, 0n, 2n ** 32n - 1n)));
			break;
		case 'uint64':
			writer.uint32(number << 3).uint64(long(integer(value, at, 0n, 2n ** 64n - 1n)));
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
