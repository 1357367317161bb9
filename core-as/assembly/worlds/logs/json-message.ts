import { allocate } from '../../abi/memory';
import { isId, SPAN_ID_SIZE, TRACE_ID_SIZE } from '../../codecs/otlp-id';
import { parseTime } from '../../codecs/rfc3339';
import { varUintSize } from '../../codecs/row-writer';
import { skipBlanks } from '../../parsers/blanks';
import {
	CLOSE_OBJECT,
	hexValue,
	OPEN_ARRAY,
	OPEN_OBJECT,
	QUOTE,
	skipSpace,
	stringEnd,
	unescapeString,
	valueEnd,
} from '../../parsers/json';
import { MAX_MESSAGE } from '../../parsers/log-pattern';
import { CRITICAL, DEBUG, ERROR, INFO, UNKNOWN, WARNING, wordLevel } from '../../parsers/log-severity';
import { isOneOfInAnyCase, isWordInAnyCase } from '../../parsers/words';
import { cutText } from './patterns';

// What a message that is a JSON object says: `readJson` leaves it in the variables below, until it is called again.

/** The text of the message; size 0: no key of the object has one. */
export let message: usize = 0;
export let messageSize: usize = 0;
/** What the object itself says, UNKNOWN when it says none. */
export let level: u32 = UNKNOWN;
/** ns since the epoch, 0 when the object does not say. */
export let time: u64 = 0;
/** Everything else: fields `attributes` of an OTLP LogRecord, back to back. */
export let attributes: usize = 0;
export let attributesSize: usize = 0;
/** 0, or 16 and 8 bytes. */
export let traceId: usize = 0;
export let spanId: usize = 0;

const MAX_DEPTH: u32 = 8;
const MAX_ATTRIBUTES: u32 = 100;
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 4096;
/** A field's tags and lengths. */
const FIELD_ROOM: usize = 16;

/** Keys of the message, the best one first; of the level, and of the time. All in lower case. */
const MESSAGE_KEYS: string[] = ['msg', 'message', '@m', '@mt', 'body', 'log'];
const LEVEL_KEYS: string[] = [
	'level',
	'severity',
	'loglevel',
	'log.level',
	'lvl',
	'@l',
	'severity_text',
	'levelname',
];
const TIME_KEYS: string[] = ['time', 'timestamp', 'ts', '@timestamp', '@t', 'datetime', 'asctime'];
/** The whole key, or its end behind a dot. */
const TRACE_KEYS: string[] = ['traceid', 'trace_id', 'trace-id', 'trace.id', 'oteltraceid', '@tr'];
const SPAN_KEYS: string[] = ['spanid', 'span_id', 'span-id', 'span.id', 'otelspanid', '@sp'];
const PARENT = 'parent';

/** Words for levels that no other log has. */
const DEBUG_WORDS: string[] = ['trace', 'verbose'];
const ERROR_WORDS: string[] = ['severe'];
const CRITICAL_WORDS: string[] = ['panic', 'dpanic'];

const traceBytes: usize = memory.data(16, 8);
const spanBytes: usize = memory.data(8, 8);
/** The key that is being read, with those of the objects around it. */
let path: usize = 0;
let value: usize = 0;
let count: u32 = 0;
/** The best message so far: where in MESSAGE_KEYS its key stands, and its string as it stands in the line. */
let rank: i32 = -1;
let rankedFrom: usize = 0;
let rankedEnd: usize = 0;

/** False when the text is not one JSON object, and nothing else. */
export function readJson(from: usize, end: usize): bool {
	if (from === end || <u32>load<u8>(from) !== OPEN_OBJECT) return false;
	if (path === 0) {
		path = allocate(MAX_KEY);
		value = allocate(MAX_VALUE);
		message = allocate(MAX_MESSAGE);
		attributes = allocate(<usize>MAX_ATTRIBUTES * (MAX_KEY + MAX_VALUE + FIELD_ROOM));
	}
	messageSize = 0;
	level = UNKNOWN;
	time = 0;
	attributesSize = 0;
	traceId = 0;
	spanId = 0;
	count = 0;
	rank = -1;
	const after = readObject(from + 1, end, 0, 1);
	if (after === 0 || skipBlanks(after, end) !== end) return false;
	if (rank >= 0)
		messageSize = cutText(
			message,
			unescapeString(rankedFrom, rankedEnd, message, MAX_MESSAGE + 1) - message,
			MAX_MESSAGE,
		);
	return true;
}

/** Reads behind the opening brace; 0 where this is no object. `pathSize`: of the keys around it. */
function readObject(p: usize, end: usize, pathSize: usize, depth: u32): usize {
	p = skipSpace(p, end);
	if (p < end && <u32>load<u8>(p) === CLOSE_OBJECT) return p + 1;
	while (p < end) {
		if (<u32>load<u8>(p) !== QUOTE) return 0;
		const key = p + 1;
		p = stringEnd(key, end);
		if (p === 0) return 0;
		const size = addKey(key, p, pathSize);
		p = skipSpace(p + 1, end);
		if (p >= end || load<u8>(p) !== 0x3a) return 0;
		p = skipSpace(p + 1, end);
		if (p >= end) return 0;
		p = readValue(p, end, size, depth);
		if (p === 0) return 0;
		p = skipSpace(p, end);
		if (p >= end) return 0;
		if (<u32>load<u8>(p) === CLOSE_OBJECT) return p + 1;
		if (load<u8>(p) !== 0x2c) return 0;
		p = skipSpace(p + 1, end);
	}
	return 0;
}

function readValue(p: usize, end: usize, pathSize: usize, depth: u32): usize {
	const first = <u32>load<u8>(p);
	if (first === OPEN_OBJECT && depth < MAX_DEPTH) return readObject(p + 1, end, pathSize, depth + 1);
	const after = valueEnd(p, end);
	if (after === 0) return 0;
	if (first === QUOTE) takeString(pathSize, p + 1, after - 1);
	else if (first === OPEN_OBJECT || first === OPEN_ARRAY) addAttribute(pathSize, p, after - p);
	else takeLiteral(pathSize, p, after);
	return after;
}

/** Puts a key behind those around it; returns the size of all. */
function addKey(from: usize, end: usize, pathSize: usize): usize {
	let at = pathSize;
	if (at > 0 && at < MAX_KEY) {
		store<u8>(path + at, 0x2e);
		at++;
	}
	const room = MAX_KEY - at;
	const size = unescapeString(from, end, path + at, room + 1) - (path + at);
	return at + cutText(path + at, size, room);
}

function takeString(pathSize: usize, from: usize, end: usize): void {
	const found = indexOf(MESSAGE_KEYS, pathSize);
	if (found >= 0) {
		if (rank >= 0 && found >= rank) addString(pathSize, from, end);
		else {
			const beforeRank = rank;
			const beforeFrom = rankedFrom;
			const beforeEnd = rankedEnd;
			rank = found;
			rankedFrom = from;
			rankedEnd = end;
			if (beforeRank >= 0) addString(nameKey(MESSAGE_KEYS[beforeRank]), beforeFrom, beforeEnd);
		}
		return;
	}
	if (level === UNKNOWN && indexOf(LEVEL_KEYS, pathSize) >= 0) {
		level = levelOf(from, end);
		if (level !== UNKNOWN) return;
	}
	if (indexOf(TIME_KEYS, pathSize) >= 0 && isDate(from, end)) {
		if (time === 0) time = parseTime(from, end);
		return;
	}
	if (traceId === 0 && endsWith(TRACE_KEYS, pathSize) && readId(from, end, traceBytes, TRACE_ID_SIZE)) {
		traceId = traceBytes;
		return;
	}
	if (spanId === 0 && endsWith(SPAN_KEYS, pathSize) && readId(from, end, spanBytes, SPAN_ID_SIZE)) {
		spanId = spanBytes;
		return;
	}
	addString(pathSize, from, end);
}

function takeLiteral(pathSize: usize, from: usize, end: usize): void {
	// null
	if (end - from === 4 && load<u32>(from) === 0x6c6c756e) return;
	if (level === UNKNOWN && indexOf(LEVEL_KEYS, pathSize) >= 0) {
		level = levelOf(from, end);
		if (level !== UNKNOWN) return;
	}
	if (indexOf(TIME_KEYS, pathSize) >= 0) {
		const nanos = epochTime(from, end);
		if (nanos !== 0) {
			if (time === 0) time = nanos;
			return;
		}
	}
	addAttribute(pathSize, from, end - from);
}

function levelOf(from: usize, end: usize): u32 {
	const first = <u32>load<u8>(from);
	// Numbers as pino and bunyan have them.
	if (end - from === 2 && first - 0x31 < 9 && <u32>load<u8>(from, 1) - 0x30 < 10) {
		if (first < 0x33) return DEBUG;
		if (first === 0x33) return INFO;
		if (first === 0x34) return WARNING;
		return first === 0x35 ? ERROR : CRITICAL;
	}
	if (isOneOfInAnyCase(DEBUG_WORDS, from, end - from)) return DEBUG;
	if (isOneOfInAnyCase(ERROR_WORDS, from, end - from)) return ERROR;
	if (isOneOfInAnyCase(CRITICAL_WORDS, from, end - from)) return CRITICAL;
	return wordLevel(from, end);
}

/** Whether a text begins with `dddd-dd-dd`. */
function isDate(p: usize, end: usize): bool {
	if (end - p < 10) return false;
	for (let i: usize = 0; i < 10; i++) {
		const byte = <u32>load<u8>(p + i);
		if (i === 4 || i === 7 ? byte !== 0x2d : byte - 0x30 >= 10) return false;
	}
	return true;
}

/** A number of seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size; 0 for others. */
function epochTime(p: usize, end: usize): u64 {
	let whole: u64 = 0;
	let digits = 0;
	for (; p < end && <u32>load<u8>(p) - 0x30 < 10; p++) {
		if (++digits > 19) return 0;
		whole = whole * 10 + <u64>(<u32>load<u8>(p) - 0x30);
	}
	if (digits < 10 || whole < 1_000_000_000) return 0;
	let unit: u64 = 1;
	while (whole < 100_000_000_000_000_000) {
		whole *= 1000;
		unit *= 1000;
	}
	if (p === end) return whole;
	if (load<u8>(p) !== 0x2e) return 0;
	for (p++; p < end; p++) {
		const digit = <u32>load<u8>(p) - 0x30;
		if (digit >= 10) return 0;
		unit /= 10;
		whole += <u64>digit * unit;
	}
	return whole;
}

function readId(from: usize, end: usize, to: usize, size: usize): bool {
	if (end - from !== size * 2) return false;
	for (let i: usize = 0; i < size; i++) {
		const high = hexValue(<u32>load<u8>(from + i * 2));
		const low = hexValue(<u32>load<u8>(from + i * 2, 1));
		if (high < 0 || low < 0) return false;
		store<u8>(to + i, <u8>((high << 4) | low));
	}
	return isId(to, size, size);
}

function addString(pathSize: usize, from: usize, end: usize): void {
	addAttribute(pathSize, value, unescapeString(from, end, value, MAX_VALUE + 1) - value);
}

/** Writes KeyValue { key, value: AnyValue { stringValue } }. */
function addAttribute(pathSize: usize, text: usize, size: usize): void {
	if (pathSize === 0 || count === MAX_ATTRIBUTES) return;
	count++;
	const length = cutText(text, size, MAX_VALUE);
	const anySize: usize = varUintSize(length) + length + 1;
	const keyValueSize: usize = varUintSize(pathSize) + pathSize + varUintSize(anySize) + anySize + 2;
	let at = attributes + attributesSize;
	at = putField(at, 0x32, keyValueSize);
	at = putField(at, 0x0a, pathSize);
	memory.copy(at, path, pathSize);
	at = putField(at + pathSize, 0x12, anySize);
	at = putField(at, 0x0a, length);
	memory.copy(at, text, length);
	attributesSize = at + length - attributes;
}

/** A tag and a length. */
function putField(at: usize, tag: u32, length: usize): usize {
	store<u8>(at, <u8>tag);
	at++;
	while (length >= 0x80) {
		store<u8>(at, <u8>(length | 0x80));
		at++;
		length >>= 7;
	}
	store<u8>(at, <u8>length);
	return at + 1;
}

/** Puts a known key in the place of the one that is being read. */
function nameKey(name: string): usize {
	for (let i = 0; i < name.length; i++) store<u8>(path + <usize>i, <u8>name.charCodeAt(i));
	return <usize>name.length;
}

/** Where the key that is being read stands, -1: nowhere. */
function indexOf(words: string[], pathSize: usize): i32 {
	for (let i = 0; i < words.length; i++) if (isWordInAnyCase(path, pathSize, unchecked(words[i]))) return i;
	return -1;
}

/** Whether the key that is being read is one of these, or ends so behind a dot, and is not of a parent. */
function endsWith(words: string[], pathSize: usize): bool {
	for (let i = 0; i < words.length; i++) {
		const word = unchecked(words[i]);
		const size = <usize>word.length;
		if (pathSize < size || !isWordInAnyCase(path + pathSize - size, size, word)) continue;
		if (pathSize === size) return true;
		if (load<u8>(path + pathSize - size - 1) !== 0x2e) continue;
		return !holdsParent(pathSize - size);
	}
	return false;
}

function holdsParent(pathSize: usize): bool {
	const size = <usize>PARENT.length;
	for (let at: usize = 0; at + size <= pathSize; at++)
		if (isWordInAnyCase(path + at, size, PARENT)) return true;
	return false;
}
