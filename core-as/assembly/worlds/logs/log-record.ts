import { SPAN_ID_SIZE, TRACE_ID_SIZE } from '../../codecs/otlp-id';
import { varUintSize, writeBytes, writeU8, writeU64, writeVarUint } from '../../codecs/row-writer';
import * as json from './json-message';
import { Pattern, writeHash } from './patterns';

// OTLP LogRecord in protobuf, https://github.com/open-telemetry/opentelemetry-proto logs.proto, common.proto.

/** The level's name, and its SeverityNumber. */
const WORDS: string[] = ['unknown', 'critical', 'error', 'warning', 'info', 'debug'];
const NUMBERS = memory.data<u8>([0, 21, 17, 13, 9, 5]);
const HASH_KEY = 'pattern.hash';
const hash: usize = memory.data(32, 8);

/**
 * Writes a field `log_records`. `time` 0: the line does not say. `pattern`: null below warning. `isJson`: attributes and ids
 * are those that `readJson` found last.
 */
export function writeRecord(
	body: usize,
	size: usize,
	level: u32,
	time: u64,
	observed: u64,
	pattern: Pattern | null,
	isJson: bool,
): void {
	const word = unchecked(WORDS[level]);
	const number = <u32>load<u8>(NUMBERS + <usize>level);
	const valueSize: usize = size + varUintSize(size) + 1;
	const hashSize: usize = pattern === null ? 0 : 32;
	const attributeSize: usize = hashSize + <usize>HASH_KEY.length + 6;
	const traceId: usize = isJson ? json.traceId : 0;
	const spanId: usize = isJson ? json.spanId : 0;
	// Severity text, body, attributes, and the time of observation.
	let recordSize: usize = <usize>word.length + 2;
	recordSize += valueSize + varUintSize(valueSize) + 1;
	recordSize += attributeSize + 2 + 9;
	if (isJson) recordSize += json.attributesSize;
	if (traceId !== 0) recordSize += TRACE_ID_SIZE + 2;
	if (spanId !== 0) recordSize += SPAN_ID_SIZE + 2;
	if (time !== 0) recordSize += 9;
	if (number !== 0) recordSize += 2;
	writeU8(0x12);
	writeVarUint(<u32>recordSize);
	if (time !== 0) {
		writeU8(0x09);
		writeU64(time);
	}
	if (number !== 0) {
		writeU8(0x10);
		writeU8(number);
	}
	writeU8(0x1a);
	writeWord(word);
	writeU8(0x2a);
	writeVarUint(<u32>valueSize);
	writeU8(0x0a);
	writeVarUint(<u32>size);
	writeBytes(body, size);
	writeU8(0x32);
	writeU8(<u32>attributeSize);
	writeU8(0x0a);
	writeWord(HASH_KEY);
	writeU8(0x12);
	writeU8(<u32>(hashSize + 2));
	writeU8(0x0a);
	writeU8(<u32>hashSize);
	if (pattern !== null) {
		writeHash(hash, pattern);
		writeBytes(hash, 32);
	}
	if (isJson) writeBytes(json.attributes, json.attributesSize);
	if (traceId !== 0) writeId(0x4a, traceId, TRACE_ID_SIZE);
	if (spanId !== 0) writeId(0x52, spanId, SPAN_ID_SIZE);
	writeU8(0x59);
	writeU64(observed);
}

function writeId(tag: u32, id: usize, size: usize): void {
	writeU8(tag);
	writeU8(<u32>size);
	writeBytes(id, size);
}

/** Its length and its ASCII bytes. */
function writeWord(word: string): void {
	writeU8(<u32>word.length);
	for (let i = 0; i < word.length; i++) writeU8(<u32>word.charCodeAt(i));
}
