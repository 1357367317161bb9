import { CR, findLineFeed, LF, SPACE, TAB } from '../bytes';
import { answer } from '../requests/answers';
import { acquireHead, headOf } from '../requests/request-head';
import { countResponse } from '../requests/statistics';
import { missed } from '../requests/truncated';
import { Exchange, FORGOTTEN, PATIENCE, PLAIN, TO_CONNECT, TO_HEAD, UNKNOWN } from './exchange';
import { readHeaders } from './headers';
import {
	isConnect,
	isHead,
	isVersion,
	MISMATCH,
	matchRequest,
	matchResponse,
	PARTIAL,
	statusOf,
} from './start-line';
import {
	BODY,
	BODY_UNTIL_CLOSE,
	CHUNK_DATA,
	CHUNK_EXTENSION,
	CHUNK_SIZE,
	HEADER_START,
	LINE,
	LOST,
	START,
	Stream,
} from './stream';

// HTTP/1.x (RFC 9112) over records that hold the first bytes of each socket call. A message is counted only where
// its start was seen at a place where a message must start; what a gap may have hidden is never guessed.

const MAX_CHUNK: u64 = 1 << 60;

/**
 * Feeds one record: `captured` bytes at `p` of the `size` that the call moved. Responses are counted into the
 * statistics block at `statistics`. May read 15 bytes behind the captured ones.
 */
export function feed(
	exchange: Exchange,
	statistics: usize,
	direction: u32,
	p: usize,
	captured: u32,
	size: u32,
	time: u64,
): void {
	if (exchange.stopped || size === 0) return;
	const stream = exchange.stream(direction);
	const end = p + <usize>captured;
	if (stream.state >= BODY && mayResume(exchange, stream, direction, p, captured)) {
		if (direction !== <u32>exchange.requests && exchange.requests !== <u8>UNKNOWN) exchange.keepNewest();
		stream.toBoundary();
	}
	read(exchange, stream, statistics, direction, p, end, time);
	if (exchange.stopped) return;
	stream.skipUnseen(<u64>(size - captured));
	stream.otherSpoke = false;
	exchange.stream(direction ^ 1).otherSpoke = true;
	if (!exchange.confirmed && stream.state === LOST && ++exchange.misses >= <u8>PATIENCE) exchange.stop();
}

/**
 * A record that begins with a message is believed outside a message boundary only where one is due: a request
 * when every earlier one was answered, a response when one is owed, and the other side spoke in between.
 * Also within a body: the kernel may not report every byte of it (sendfile on old kernels).
 */
function mayResume(exchange: Exchange, stream: Stream, direction: u32, p: usize, captured: u32): bool {
	if (exchange.confirmed && !stream.otherSpoke) return false;
	const requests = <u32>exchange.requests;
	if (direction === requests || requests === UNKNOWN) {
		if (matchRequest(p, <usize>captured) > 0) return exchange.outstanding() === 0;
	}
	if (direction !== requests) {
		if (matchResponse(p, <usize>captured) > 0) return exchange.outstanding() > 0;
	}
	return false;
}

function read(
	exchange: Exchange,
	stream: Stream,
	statistics: usize,
	direction: u32,
	p: usize,
	end: usize,
	time: u64,
): void {
	while (p < end) {
		switch (stream.state) {
			case START:
				p = readStart(exchange, stream, statistics, direction, p, end, time);
				if (exchange.stopped) return;
				break;
			case LINE:
				p = readLine(exchange, stream, p, end);
				break;
			case BODY:
			case CHUNK_DATA: {
				const step = min(stream.remaining, <u64>(end - p));
				stream.remaining -= step;
				p += <usize>step;
				if (stream.remaining === 0) stream.bodyEnd();
				break;
			}
			case CHUNK_SIZE:
				p = readChunkSize(stream, p, end);
				break;
			case CHUNK_EXTENSION:
				p = findLineFeed(p, end);
				if (p < end) {
					p++;
					endChunkSize(stream);
				}
				break;
			case BODY_UNTIL_CLOSE:
			case LOST:
				return;
			default:
				p = readHeaders(stream, p, end);
		}
	}
}

function readStart(
	exchange: Exchange,
	stream: Stream,
	statistics: usize,
	direction: u32,
	p: usize,
	end: usize,
	time: u64,
): usize {
	if (stream.carried === 0) {
		const byte = <u32>load<u8>(p);
		// RFC 9112 section 2.2: an empty line before a request is ignored.
		if (byte === CR || byte === LF) return p + 1;
		stream.startTime = time;
	}
	const before = <usize>stream.carried;
	const size = stream.append(p, end - p);
	const carry = stream.carry();
	const requests = <u32>exchange.requests;
	let request = MISMATCH;
	let response = MISMATCH;
	if (direction === requests || requests === UNKNOWN) request = matchRequest(carry, size);
	if (direction !== requests) response = matchResponse(carry, size);
	if (request > 0) {
		exchange.requests = <u8>direction;
		const kind = isHead(carry) ? TO_HEAD : isConnect(carry) ? TO_CONNECT : PLAIN;
		const remembered = exchange.push(stream.startTime, kind);
		stream.begin(false);
		if (remembered) noteRequest(exchange, stream, carry, <usize>request);
		return p + <usize>request - before;
	}
	if (response > 0) {
		exchange.confirmed = true;
		exchange.requests = <u8>(direction ^ 1);
		beginResponse(exchange, stream, statistics, statusOf(carry));
		return p + <usize>response - before;
	}
	if (request === PARTIAL || response === PARTIAL) {
		stream.carried = <u8>size;
		return end;
	}
	stream.lose();
	return end;
}

/** `size` bytes at `method`: the method and a space. */
function noteRequest(exchange: Exchange, stream: Stream, method: usize, size: usize): void {
	const number = acquireHead();
	if (number === 0) return;
	const head = headOf(number);
	head.methodLength = <u8>(size - 1);
	head.appendLine(method, size);
	exchange.setHead(number);
	stream.head = <u16>number;
}

function beginResponse(exchange: Exchange, stream: Stream, statistics: usize, status: u32): void {
	stream.begin(true);
	stream.noBody = status < 200 || status === 204 || status === 304;
	if (status >= 100 && status < 200 && status !== 101) return; // interim: the request stays open
	let kind = PLAIN;
	if (exchange.count !== 0) {
		kind = exchange.oldestKind();
		const start = exchange.oldestTime();
		const elapsed = stream.startTime > start ? stream.startTime - start : 0;
		countResponse(statistics, status, <f64>elapsed * 1e-9);
		answer(exchange.takeHead(), status, start, elapsed);
		exchange.pop();
	} else if (exchange.forgotten !== 0) {
		if (exchange.forgottenSpecial) kind = FORGOTTEN;
		exchange.pop();
	} else missed();
	if (status === 101 || (kind === TO_CONNECT && status >= 200 && status < 300)) exchange.stop();
	else if (kind === TO_HEAD) stream.noBody = true;
	else if (kind === FORGOTTEN && !stream.noBody) stream.lose();
}

/** The rest of a start line. A request that does not name HTTP/1 is another protocol's. */
function readLine(exchange: Exchange, stream: Stream, p: usize, end: usize): usize {
	const feed = findLineFeed(p, end);
	if (!stream.isResponse) {
		const recent = feed - p > 9 ? feed - 9 : p;
		let tail = stream.tail;
		for (let q = recent; q < feed; q++) {
			const byte = <u64>load<u8>(q);
			if (byte !== <u64>CR) tail = (tail >> 8) | (byte << 56);
		}
		stream.tail = tail;
		if (stream.head !== 0) headOf(<u32>stream.head).appendLine(p, feed - p);
	}
	if (feed === end) return end;
	if (!stream.isResponse && !isVersion(stream.tail)) {
		exchange.unpush();
		if (!exchange.confirmed && !exchange.fixed) exchange.requests = <u8>UNKNOWN;
		stream.lose();
		return end;
	}
	exchange.confirmed = true;
	stream.state = HEADER_START;
	return feed + 1;
}

function readChunkSize(stream: Stream, p: usize, end: usize): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p++);
		const letter = (byte | 0x20) - 0x61;
		const digit = byte - 0x30 < 10 ? byte - 0x30 : letter < 6 ? letter + 10 : 16;
		if (digit < 16) {
			stream.number = (stream.number << 4) | <u64>digit;
			stream.digits = true;
			if (stream.number > MAX_CHUNK) {
				stream.lose();
				return p;
			}
		} else if (byte === LF) {
			endChunkSize(stream);
			return p;
		} else if (byte === 0x3b || byte === SPACE || byte === TAB) {
			stream.state = CHUNK_EXTENSION;
			return p;
		} else if (byte !== CR) {
			stream.lose();
			return p;
		}
	}
	return p;
}

function endChunkSize(stream: Stream): void {
	if (!stream.digits) stream.lose();
	else if (stream.number === 0) {
		stream.trailers = true;
		stream.state = HEADER_START;
	} else {
		stream.state = CHUNK_DATA;
		stream.remaining = stream.number + 2;
	}
}
