import { answer } from '../requests/answers';
import { Request } from '../requests/in-flight';
import { headOf } from '../requests/request-head';
import { countLatency, countStatus, FAILED, OK } from '../requests/statistics';
import { ANSWERED, DONE, EXECUTE, PgExchange, PREPARE, ROWS, SIMPLE, SYNC, UNSEEN } from './exchange';

// Messages of the server.

const AUTHENTICATION: u32 = 0x52;
const BACKEND_KEY: u32 = 0x4b;
const BIND_COMPLETE: u32 = 0x32;
const CLOSE_COMPLETE: u32 = 0x33;
const COMMAND_COMPLETE: u32 = 0x43;
const COPY_BOTH: u32 = 0x57;
const COPY_DATA: u32 = 0x64;
const COPY_DONE: u32 = 0x63;
const COPY_IN: u32 = 0x47;
const COPY_OUT: u32 = 0x48;
const DATA_ROW: u32 = 0x44;
const EMPTY_QUERY: u32 = 0x49;
const ERROR: u32 = 0x45;
const FUNCTION_RESPONSE: u32 = 0x56;
const NEGOTIATE: u32 = 0x76;
const NO_DATA: u32 = 0x6e;
const NOTICE: u32 = 0x4e;
const NOTIFICATION: u32 = 0x41;
const PARAMETERS: u32 = 0x74;
const PARAMETER_STATUS: u32 = 0x53;
const PARSE_COMPLETE: u32 = 0x31;
const PORTAL_SUSPENDED: u32 = 0x73;
const READY: u32 = 0x5a;
const ROW_DESCRIPTION: u32 = 0x54;

const CODE_SIZE: usize = 5;

/** One message: `size` bytes of its body at `p`. False for a type that no server sends. */
export function readBackendMessage(
	exchange: PgExchange,
	statistics: usize,
	type: u32,
	p: usize,
	size: usize,
	time: u64,
): bool {
	switch (type) {
		case AUTHENTICATION:
		case BACKEND_KEY:
		case NEGOTIATE:
		case NOTICE:
		case NOTIFICATION:
		case PARAMETER_STATUS:
			break;
		case ROW_DESCRIPTION:
		case PARSE_COMPLETE:
		case BIND_COMPLETE:
		case CLOSE_COMPLETE:
		case PARAMETERS:
		case NO_DATA:
			begin(exchange, ANSWERED, time);
			break;
		case DATA_ROW:
		case COPY_DATA:
		case COPY_DONE:
		case COPY_IN:
		case COPY_OUT:
		case FUNCTION_RESPONSE:
			begin(exchange, ANSWERED | ROWS, time);
			break;
		case COMMAND_COMPLETE:
		case EMPTY_QUERY:
		case PORTAL_SUSPENDED:
			begin(exchange, ANSWERED | ROWS, time);
			complete(exchange, statistics, time);
			break;
		case ERROR:
			begin(exchange, ANSWERED, time);
			fail(exchange, statistics, p, size, time);
			break;
		case READY:
			exchange.confirmed = true;
			ready(exchange, statistics, time);
			break;
		case COPY_BOTH:
			// Replication: no more queries.
			exchange.stop();
			break;
		default:
			return false;
	}
	return true;
}

/** The rest of the answers is out of sight: what was answered with rows, or as a whole, is counted. */
export function loseAnswers(exchange: PgExchange, statistics: usize, time: u64): void {
	const inFlight = exchange.inFlight();
	if (exchange.stopped || inFlight.count === 0) return;
	const oldest = inFlight.oldest();
	const seen = oldest.kind === SIMPLE ? ANSWERED : ROWS;
	if ((oldest.flags & seen) !== 0 && isCounted(oldest.kind) && oldest.repeats !== 0)
		count(exchange, statistics, oldest, false, time);
}

function isCounted(kind: u8): bool {
	return kind === SIMPLE || kind === EXECUTE || kind === UNSEEN;
}

/** The server began to answer the oldest request. */
function begin(exchange: PgExchange, flags: u8, time: u64): void {
	const inFlight = exchange.inFlight();
	if (inFlight.count === 0) return;
	inFlight.oldest().flags |= flags;
	if (exchange.answerTime === 0) exchange.answerTime = time;
}

function complete(exchange: PgExchange, statistics: usize, time: u64): void {
	const inFlight = exchange.inFlight();
	if (inFlight.count === 0) {
		countUnknown(exchange, statistics);
		return;
	}
	const oldest = inFlight.oldest();
	// A simple query may have several statements: it ends with ReadyForQuery.
	if (oldest.kind === EXECUTE) {
		count(exchange, statistics, oldest, false, time);
		if (oldest.kind === DONE && (oldest.flags & SYNC) === 0) inFlight.pop();
	} else if (oldest.kind === UNSEEN) {
		if (oldest.head !== 0 || oldest.repeats !== 0) {
			count(exchange, statistics, oldest, false, time);
			oldest.kind = UNSEEN;
			oldest.repeats = 0;
		} else countUnknown(exchange, statistics);
	}
}

/** Counts a query of which nothing is known but that it was answered. */
function countUnknown(exchange: PgExchange, statistics: usize): void {
	countStatus(statistics, OK, 1);
	exchange.answerTime = 0;
	if (exchange.notes) answer(0, 0, 0, 0);
}

function fail(exchange: PgExchange, statistics: usize, p: usize, size: usize, time: u64): void {
	const inFlight = exchange.inFlight();
	if (inFlight.count === 0) return;
	const oldest = inFlight.oldest();
	exchange.failed = true;
	if (oldest.kind === DONE) return;
	if (oldest.head !== 0) noteCode(<u32>oldest.head, p, size);
	// Of several of one kind only this one was tried.
	oldest.repeats = 1;
	count(exchange, statistics, oldest, true, time);
}

/** Fields of a letter and a text each; C is the SQLSTATE. */
function noteCode(head: u32, p: usize, size: usize): void {
	const end = p + size;
	while (p < end && load<u8>(p) !== 0) {
		const field = <u32>load<u8>(p++);
		const from = p;
		while (p < end && load<u8>(p) !== 0) p++;
		if (field === 0x43) {
			if (p - from === CODE_SIZE && isCode(from)) headOf(head).appendHost(from, CODE_SIZE);
			return;
		}
		p++;
	}
}

function isCode(p: usize): bool {
	for (let i: usize = 0; i < CODE_SIZE; i++) {
		const byte = <u32>load<u8>(p + i);
		if (byte - 0x30 >= 10 && byte - 0x41 >= 26) return false;
	}
	return true;
}

/** ReadyForQuery: everything up to the next Sync is answered. */
function ready(exchange: PgExchange, statistics: usize, time: u64): void {
	const inFlight = exchange.inFlight();
	const synced = firstSync(exchange);
	for (let i: u32 = 0; i < synced; i++) {
		const oldest = inFlight.oldest();
		const answered = oldest.kind === SIMPLE || (oldest.flags & ROWS) !== 0;
		if (!exchange.failed && answered && isCounted(oldest.kind) && oldest.repeats !== 0)
			count(exchange, statistics, oldest, false, time);
		inFlight.pop();
	}
	if (synced !== 0) {
		exchange.failed = false;
		exchange.answerTime = 0;
	}
}

/** How many requests there are up to the first Sync; 0 where none came. */
function firstSync(exchange: PgExchange): u32 {
	const inFlight = exchange.inFlight();
	for (let i: u32 = 0; i < <u32>inFlight.count; i++) if ((inFlight.at(i).flags & SYNC) !== 0) return i + 1;
	return 0;
}

/** Counts one execution; with the last one the request is done. */
function count(exchange: PgExchange, statistics: usize, request: Request, failed: bool, time: u64): void {
	if (request.kind === PREPARE && !failed) return;
	const at = exchange.answerTime !== 0 ? exchange.answerTime : time;
	const elapsed = at > request.time ? at - request.time : 0;
	exchange.answerTime = 0;
	countStatus(statistics, failed ? FAILED : OK, 1);
	countLatency(statistics, <f64>elapsed * 1e-9);
	if (exchange.notes) answer(request.takeHead(), failed ? 1 : 0, request.time, elapsed);
	if (request.repeats > 1) request.repeats--;
	else request.kind = DONE;
}
