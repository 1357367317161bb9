import { missed } from '../requests/truncated';
import { loseAnswers, readBackendMessage } from './backend';
import { BODY, DONE, LOST, PgExchange, PgStream, PREPARE, START, STARTUP } from './exchange';
import { isFrontendType, loseRequests, readFrontendMessage } from './frontend';

// PostgreSQL's protocol 3, https://www.postgresql.org/docs/current/protocol.html, over records that hold the first bytes
// of each socket call. A query is counted where its answer was seen; what a gap may have hidden is never guessed.

const HEADER_SIZE: usize = 5;
const STARTUP_SIZE: usize = 8;
const MAX_MESSAGE: u32 = 1 << 30;
const MAX_STARTUP: u32 = 10_000;
/** A name of a statement is looked at so far. */
const MAX_NAME: usize = 64;
const PATIENCE: u8 = 4;

const CANCEL: u32 = 80877102;
const SSL: u32 = 80877103;
const GSS: u32 = 80877104;

/** How a record begins. */
export const NOTHING: u32 = 0;
export const BEGINS_SESSION: u32 = 1;
/** In the middle of a session: a simple query, or a statement that is prepared. */
export const BEGINS_QUERY: u32 = 2;

/** `size`: of the call that moved the record. */
export function beginsPostgres(p: usize, captured: u32, size: u32): u32 {
	if (captured < 8) return NOTHING;
	const first = <u32>load<u8>(p);
	if (first === 0) {
		const length = bigEndian(p);
		const code = bigEndian(p + 4);
		if (length < 8 || length > MAX_STARTUP || length > size) return NOTHING;
		return code >> 16 === 3 || (length === 8 && (code === SSL || code === GSS)) ? BEGINS_SESSION : NOTHING;
	}
	const length = bigEndian(p + 1);
	if (first === 0x51) return length === size - 1 && isText(p + 5) ? BEGINS_QUERY : NOTHING;
	if (first !== 0x50 || length < 8 || length >= MAX_MESSAGE) return NOTHING;
	const end = p + <usize>min(captured, length + 1);
	let name = p + HEADER_SIZE;
	while (name < end && name - p < MAX_NAME && isText(name)) name++;
	return name + 1 < end && load<u8>(name) === 0 && isText(name + 1) ? BEGINS_QUERY : NOTHING;
}

function isText(p: usize): bool {
	const byte = <u32>load<u8>(p);
	return byte >= 0x20 || byte - 9 < 5;
}

/** Feeds one record, as the parser of HTTP is fed. */
export function feedPostgres(
	exchange: PgExchange,
	statistics: usize,
	direction: u32,
	p: usize,
	captured: u32,
	size: u32,
	time: u64,
): void {
	const end = p + <usize>captured;
	if (direction === <u32>exchange.requests) {
		const stream = exchange.frontend();
		if (exchange.backend().state === LOST) resumeAnswers(exchange);
		if (stream.state === LOST && !mayResume(exchange, stream, p, captured)) return;
		readFrontend(exchange, stream, p, end, time);
		skipFrontend(exchange, stream, <u64>(size - captured), time);
		return;
	}
	const stream = exchange.backend();
	readBackend(exchange, stream, statistics, p, end, time);
	if (!exchange.stopped) skipBackend(exchange, stream, statistics, <u64>(size - captured), time);
}

/** Bytes that no record reported. */
export function skipUnseenPostgres(
	exchange: PgExchange,
	statistics: usize,
	direction: u32,
	count: u64,
): void {
	if (count === 0 || exchange.stopped) return;
	if (direction === <u32>exchange.requests) skipFrontend(exchange, exchange.frontend(), count, 0);
	else skipBackend(exchange, exchange.backend(), statistics, count, 0);
}

/** At the connection's end: queries whose answer a gap may have hidden. */
export function hiddenAtEnd(exchange: PgExchange): u32 {
	return exchange.backend().state === LOST ? waiting(exchange) : 0;
}

/** The client speaks again: whatever was answered out of sight is over. */
function resumeAnswers(exchange: PgExchange): void {
	missed(waiting(exchange));
	exchange.inFlight().clear();
	exchange.failed = false;
	exchange.answerTime = 0;
	exchange.backend().restart();
}

function waiting(exchange: PgExchange): u32 {
	const inFlight = exchange.inFlight();
	let count: u32 = 0;
	for (let i: u32 = 0; i < <u32>inFlight.count; i++) {
		const kind = inFlight.at(i).kind;
		if (kind !== DONE && kind !== PREPARE) count += inFlight.at(i).repeats;
	}
	return count;
}

function mayResume(exchange: PgExchange, stream: PgStream, p: usize, captured: u32): bool {
	if (exchange.inFlight().count !== 0 || captured < <u32>HEADER_SIZE) return false;
	const length = bigEndian(p + 1);
	if (!isFrontendType(<u32>load<u8>(p)) || length < 4 || length >= MAX_MESSAGE) return false;
	stream.restart();
	return true;
}

function skipFrontend(exchange: PgExchange, stream: PgStream, count: u64, time: u64): void {
	if (count === 0 || stream.state === LOST) return;
	if (stream.state === BODY && stream.skip(count) === count) return;
	stream.state = LOST;
	loseRequests(exchange, <u32>stream.type, time);
}

function skipBackend(exchange: PgExchange, stream: PgStream, statistics: usize, count: u64, time: u64): void {
	if (count === 0 || stream.state === LOST) return;
	if (stream.state === BODY && stream.skip(count) === count) return;
	stream.state = LOST;
	loseAnswers(exchange, statistics, time);
}

function readFrontend(exchange: PgExchange, stream: PgStream, p: usize, end: usize, time: u64): void {
	while (p < end && !exchange.stopped) {
		if (stream.state === BODY) {
			p += <usize>stream.skip(<u64>(end - p));
		} else if (stream.state === STARTUP) {
			p += stream.append(p, end, STARTUP_SIZE);
			if (<usize>stream.carried === STARTUP_SIZE) readStartup(exchange, stream);
		} else if (stream.state === START) {
			p = readHeader(stream, p, end);
			if (stream.state === LOST) {
				loseRequests(exchange, 0, time);
				giveUp(exchange);
				return;
			}
			if (stream.state !== BODY) continue;
			const type = <u32>stream.type;
			if (!isFrontendType(type)) {
				stream.state = LOST;
				loseRequests(exchange, 0, time);
				giveUp(exchange);
				return;
			}
			const size = <usize>min(<u64>stream.remaining, <u64>(end - p));
			readFrontendMessage(exchange, type, p, size, <usize>stream.remaining, time);
			p += size;
			stream.skip(<u64>size);
		} else return;
	}
}

function readStartup(exchange: PgExchange, stream: PgStream): void {
	const header = stream.header();
	const length = bigEndian(header);
	const code = bigEndian(header + 4);
	stream.carried = 0;
	if (length < <u32>STARTUP_SIZE || length > MAX_STARTUP || code === CANCEL) {
		exchange.stop();
		return;
	}
	if (code === SSL || code === GSS) {
		exchange.awaitsByte = true;
		return;
	}
	stream.remaining = length - <u32>STARTUP_SIZE;
	stream.state = stream.remaining === 0 ? START : BODY;
}

function readBackend(
	exchange: PgExchange,
	stream: PgStream,
	statistics: usize,
	p: usize,
	end: usize,
	time: u64,
): void {
	if (exchange.awaitsByte && p < end) {
		exchange.awaitsByte = false;
		// N: no encryption. Anything else is encrypted from here on, or an error.
		if (load<u8>(p) !== 0x4e) {
			exchange.stop();
			return;
		}
		p++;
	}
	while (p < end && !exchange.stopped) {
		if (stream.state === BODY) {
			p += <usize>stream.skip(<u64>(end - p));
		} else if (stream.state === START) {
			p = readHeader(stream, p, end);
			if (stream.state === LOST) {
				loseAnswers(exchange, statistics, time);
				giveUp(exchange);
				return;
			}
			if (stream.state !== BODY) continue;
			const size = <usize>min(<u64>stream.remaining, <u64>(end - p));
			if (!readBackendMessage(exchange, statistics, <u32>stream.type, p, size, time)) {
				stream.state = LOST;
				loseAnswers(exchange, statistics, time);
				giveUp(exchange);
				return;
			}
			p += size;
			stream.skip(<u64>size);
		} else return;
	}
}

/** Reads type and length; the state is BODY when they are whole, also for an empty body, and LOST when they are none. */
function readHeader(stream: PgStream, p: usize, end: usize): usize {
	p += stream.append(p, end, HEADER_SIZE);
	if (<usize>stream.carried < HEADER_SIZE) return p;
	const header = stream.header();
	const length = bigEndian(header + 1);
	stream.type = load<u8>(header);
	stream.carried = 0;
	if (length < 4 || length >= MAX_MESSAGE) {
		stream.state = LOST;
		return end;
	}
	stream.remaining = length - 4;
	stream.state = BODY;
	return p;
}

/** What never looked like an answer is something else. */
function giveUp(exchange: PgExchange): void {
	if (!exchange.confirmed && ++exchange.misses >= PATIENCE) exchange.stop();
}

export function bigEndian(p: usize): u32 {
	return bswap<u32>(load<u32>(p));
}
