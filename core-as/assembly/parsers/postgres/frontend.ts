import { acquireHead, headOf, releaseHead } from '../requests/request-head';
import { normaliseSql, traceparentIn } from '../sql/sql';
import { EXECUTE, PgExchange, PREPARE, SIMPLE, SYNC, UNSEEN } from './exchange';
import { findName, intern, MAX_TEXT, setName, statementAt } from './statements';

// Messages of the client.

const BIND: u32 = 0x42;
const CLOSE: u32 = 0x43;
const COPY_DATA: u32 = 0x64;
const COPY_DONE: u32 = 0x63;
const COPY_FAIL: u32 = 0x66;
const DESCRIBE: u32 = 0x44;
const EXECUTE_TYPE: u32 = 0x45;
const FUNCTION_CALL: u32 = 0x46;
const FLUSH: u32 = 0x48;
const PARSE: u32 = 0x50;
const QUERY: u32 = 0x51;
const SYNC_TYPE: u32 = 0x53;
const TERMINATE: u32 = 0x58;
/** Passwords and what else authenticates; never looked into. */
const PASSWORD: u32 = 0x70;

const TRACEPARENT_SIZE: usize = 55;

export function isFrontendType(type: u32): bool {
	switch (type) {
		case BIND:
		case CLOSE:
		case COPY_DATA:
		case COPY_DONE:
		case COPY_FAIL:
		case DESCRIBE:
		case EXECUTE_TYPE:
		case FUNCTION_CALL:
		case FLUSH:
		case PARSE:
		case QUERY:
		case SYNC_TYPE:
		case TERMINATE:
		case PASSWORD:
			return true;
	}
	return false;
}

/** One message: `size` bytes of its body at `p`, of `whole`. */
export function readFrontendMessage(
	exchange: PgExchange,
	type: u32,
	p: usize,
	size: usize,
	whole: usize,
	time: u64,
): void {
	switch (type) {
		case QUERY:
			push(exchange, SIMPLE, time, query(exchange, p, size, whole));
			sync(exchange, time);
			break;
		case FUNCTION_CALL:
			push(exchange, SIMPLE, time, 0);
			sync(exchange, time);
			break;
		case PARSE:
			parse(exchange, p, size);
			break;
		case BIND: {
			const statement = textEnd(p, size) + 1;
			const nameSize = statement < size ? textEnd(p + statement, size - statement) : 0;
			exchange.bound = <u16>(
				(nameSize === 0 || statement >= size
					? <u32>exchange.unnamed
					: findName(exchange.cookie, p + statement, nameSize))
			);
			break;
		}
		case EXECUTE_TYPE:
			push(exchange, EXECUTE, time, prepared(exchange, <u32>exchange.bound));
			break;
		case CLOSE:
			if (size > 1 && load<u8>(p) === 0x53) setName(exchange.cookie, p + 1, textEnd(p + 1, size - 1), 0);
			break;
		case SYNC_TYPE:
			sync(exchange, time);
			break;
	}
}

/** Messages behind this one were not seen. An execution is one when its completion comes. */
export function loseRequests(exchange: PgExchange, type: u32, time: u64): void {
	if (exchange.stopped || type === SYNC_TYPE || type === QUERY || type === COPY_DATA || type === 0) return;
	const statement = type === PARSE ? <u32>exchange.parsed : <u32>exchange.bound;
	push(exchange, UNSEEN, time, prepared(exchange, statement));
	sync(exchange, time);
}

function parse(exchange: PgExchange, p: usize, size: usize): void {
	exchange.parsed = 0;
	const nameSize = textEnd(p, size);
	if (exchange.notes && nameSize + 1 < size) {
		const sql = p + nameSize + 1;
		const room = size - nameSize - 1;
		const length = textEnd(sql, room);
		exchange.parsed = <u16>intern(sql, length, length === room);
	}
	if (nameSize === 0) exchange.unnamed = exchange.parsed;
	else if (exchange.notes) setName(exchange.cookie, p, nameSize, <u32>exchange.parsed);
}

/** A request of which an answer comes; without room the newest stands for it too. */
function push(exchange: PgExchange, kind: u8, time: u64, head: u32): void {
	const inFlight = exchange.inFlight();
	exchange.inBatch = true;
	if (!inFlight.isFull()) {
		inFlight.push(time, kind, head);
		return;
	}
	const newest = inFlight.newest();
	if (newest.kind === kind && newest.flags === 0) newest.repeats++;
	else newest.kind = UNSEEN;
	releaseHead(head);
}

function sync(exchange: PgExchange, time: u64): void {
	if (!exchange.inBatch) push(exchange, PREPARE, time, prepared(exchange, <u32>exchange.parsed));
	exchange.inBatch = false;
	const newest = exchange.inFlight().newest();
	newest.flags |= SYNC;
}

/** The head of a simple query; 0 where none is wanted. */
function query(exchange: PgExchange, p: usize, size: usize, whole: usize): u32 {
	const number = exchange.notes ? acquireHead() : 0;
	if (number === 0) return 0;
	const head = headOf(number);
	const length = textEnd(p, size);
	head.lineLength = <u16>normaliseSql(p, length, length === size && size < whole, head.line(), MAX_TEXT);
	head.methodLength = operationSize(head.line(), <usize>head.lineLength);
	const trace = traceparentIn(p, length);
	if (trace !== 0) {
		head.appendTrace(trace, TRACEPARENT_SIZE);
		head.endTrace();
	}
	return number;
}

/** The head of a prepared statement; its text is not known for number 0. */
function prepared(exchange: PgExchange, statement: u32): u32 {
	const number = exchange.notes ? acquireHead() : 0;
	if (number === 0 || statement === 0) return number;
	const head = headOf(number);
	const known = statementAt(statement);
	head.appendLine(known.text(), <usize>known.size);
	head.methodLength = operationSize(head.line(), <usize>head.lineLength);
	return number;
}

/** Letters that a statement begins with: SELECT. */
function operationSize(p: usize, size: usize): u8 {
	let length: usize = 0;
	while (length < size && length < 32 && (<u32>load<u8>(p + length) | 0x20) - 0x61 < 26) length++;
	return <u8>length;
}

/** Bytes before the NUL, or all. */
function textEnd(p: usize, size: usize): usize {
	let length: usize = 0;
	while (length < size && load<u8>(p + length) !== 0) length++;
	return length;
}
