import { allocate } from '../abi/memory';
import { logTime, readLog, writeLog } from './otlp-log';
import { hasSpanIds, readSpan, spanTime, writeSpan } from './otlp-span';
import { isKept, setTimes } from './otlp-times';
import {
	clearDeep,
	deep,
	key,
	keySize,
	readKeyValue,
	value,
	valueSize,
	writeAttributes,
	writeValue,
} from './otlp-value';
import {
	cursor,
	FINE,
	fail,
	fault,
	findField,
	found,
	foundSize,
	nextField,
	skipTo,
	startAt,
	TOO_MANY,
	varint,
} from './protobuf-reader';
import { output, overflowed, rewind, startOutput, writeBytes, writeText, written } from './row-writer';
import {
	readScope,
	scopeAttributes,
	scopeName,
	scopeNameSize,
	scopeVersion,
	scopeVersionSize,
} from './scope-message';

// Export requests, the same frame for both signals:
//   Request { Resource… resources = 1 }    Resource… { Resource resource = 1; Scope… scopes = 2 }
//   Scope… { InstrumentationScope scope = 1; LogRecord log_records or Span spans = 2 }
//   Resource { KeyValue attributes = 1 }   InstrumentationScope { name 1; version 2; KeyValue attributes 3 }
// Every row begins with the columns of its resource and scope. These are written once, kept in `prefix` and copied.

export const LOGS: u32 = 0;
export const SPANS: u32 = 1;

/** Bytes of the columns of one resource and scope: they stand before each row. */
const MAX_PREFIX: usize = 16 * 1024 * 1024;

export let rows: u32 = 0;
export let badTimes: u32 = 0;
export let badIds: u32 = 0;
export let tooDeep: u32 = 0;

let signal: u32 = LOGS;
let prefix: usize = 0;
let prefixSize: usize = 0;
let prefixCapacity: usize = 0;
let prefixDeep: bool = false;
/** Where in the output the prefix stands already, because the row behind it was taken back; -1 for nowhere. */
let standingAt: isize = -1;

/** Decodes a body into the row writer's output; FINE, or the reason it was refused (then `cursor` says where). */
export function decode(wanted: u32, body: usize, size: usize, now: u64, oldest: u64, newest: u64): i32 {
	signal = wanted;
	rows = badTimes = badIds = tooDeep = 0;
	setTimes(now, oldest, newest);
	startOutput(size);
	startAt(body);
	const fine = decodeRequest(body + size);
	if (prefix !== 0) heap.free(prefix);
	prefix = prefixCapacity = 0;
	return fine ? FINE : fault;
}

function decodeRequest(end: usize): bool {
	while (nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (!decodeResource(next)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

function decodeResource(end: usize): bool {
	const start = cursor;
	if (!findField(start, end, 1)) return false;
	const mark = written();
	clearDeep();
	if (!writeResource(found, found + foundSize)) return false;
	if (!keepPrefix(mark, 0)) return false;
	const resourceSize = prefixSize;
	const resourceDeep = deep;
	skipTo(start);
	while (nextField(end, 2)) {
		const next = cursor + <usize>varint;
		prefixDeep = resourceDeep;
		if (!decodeScope(next, resourceSize)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

function decodeScope(end: usize, resourceSize: usize): bool {
	const start = cursor;
	if (!findField(start, end, 1)) return false;
	const mark = written();
	clearDeep();
	if (!writeScope(found, found + foundSize)) return false;
	if (!keepPrefix(mark, resourceSize)) return false;
	if (deep) prefixDeep = true;
	skipTo(start);
	while (nextField(end, 2)) {
		const next = cursor + <usize>varint;
		if (!decodeRow(next)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

/** Moves what was written since `mark` behind the first `keep` bytes of the prefix. */
function keepPrefix(mark: usize, keep: usize): bool {
	if (overflowed) return tooLarge();
	const size = written() - mark;
	if (keep + size > MAX_PREFIX) return tooLarge();
	if (keep + size > prefixCapacity) {
		const capacity = max(keep + size, prefixCapacity * 2);
		const grown = allocate(capacity);
		memory.copy(grown, prefix, keep);
		if (prefix !== 0) heap.free(prefix);
		prefix = grown;
		prefixCapacity = capacity;
	}
	memory.copy(prefix + keep, output + mark, size);
	prefixSize = keep + size;
	standingAt = -1;
	rewind(mark);
	return true;
}

function tooLarge(): bool {
	fail(TOO_MANY, cursor);
	return false;
}

/** Attributes, then the value of `service.name`. */
function writeResource(start: usize, end: usize): bool {
	let count: u32 = 0;
	let service: usize = 0;
	let serviceSize: usize = 0;
	skipTo(start);
	while (nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return false;
		// 'service.name', little-endian.
		if (keySize === 12 && load<u64>(key) === 0x2e65636976726573 && load<u32>(key, 8) === 0x656d616e) {
			service = value;
			serviceSize = valueSize;
		}
		count++;
		skipTo(next);
	}
	if (fault !== FINE) return false;
	if (!writeAttributes(start, end, 1, count)) return false;
	return writeValue(service, serviceSize);
}

/** Attributes, name, version. */
function writeScope(start: usize, end: usize): bool {
	if (!readScope(start, end)) return false;
	if (!writeAttributes(start, end, 3, scopeAttributes)) return false;
	writeText(scopeName, scopeNameSize);
	writeText(scopeVersion, scopeVersionSize);
	return true;
}

/** One log record or span, from `cursor` to `end`. */
function decodeRow(end: usize): bool {
	if (!(signal === LOGS ? readLog(end) : readSpan(end))) return false;
	if (signal === SPANS && !hasSpanIds()) {
		badIds++;
		return true;
	}
	if (!isKept(signal === LOGS ? logTime() : spanTime())) {
		badTimes++;
		return true;
	}
	if (prefixDeep) {
		tooDeep++;
		return true;
	}
	const mark = written();
	clearDeep();
	// Rows that are taken back one after the other must not copy a long prefix each.
	if (standingAt === <isize>mark) rewind(mark + prefixSize);
	else writeBytes(prefix, prefixSize);
	standingAt = -1;
	if (!(signal === LOGS ? writeLog(end) : writeSpan(end))) return false;
	if (overflowed) return tooLarge();
	if (deep) {
		tooDeep++;
		rewind(mark);
		standingAt = <isize>mark;
		return true;
	}
	rows++;
	return true;
}
