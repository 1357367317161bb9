import { answer } from '../requests/answers';
import { headOf } from '../requests/request-head';
import { countLatency, countStatus, FAILED, OK } from '../requests/statistics';
import { BLOCKING, LAST, PATIENCE, RedisExchange } from './exchange';
import {
	ATTRIBUTE,
	BULK,
	BULK_ERROR,
	isLine,
	isType,
	LINE,
	LOST,
	PUSH,
	RespStream,
	SIMPLE_ERROR,
	TYPE,
} from './resp';

// Replies: each ends the oldest command that has none.

const MAX_ERROR: usize = 16;

export function readReplies(
	exchange: RedisExchange,
	stream: RespStream,
	statistics: usize,
	p: usize,
	end: usize,
	time: u64,
): void {
	while (p < end && !exchange.stopped) {
		if (stream.state === TYPE) {
			const byte = <u32>load<u8>(p);
			if (!isType(byte)) {
				stream.state = LOST;
				if (!exchange.confirmed && ++exchange.misses >= PATIENCE) exchange.stop();
				return;
			}
			if (stream.isBetween()) stream.begin(byte, time);
			// The value that attributes belong to gives the reply its kind.
			else if (<u32>stream.top === ATTRIBUTE && stream.pending === 1) stream.top = <u8>byte;
			stream.beginLine(byte);
			p++;
			if (byte === SIMPLE_ERROR && <u32>stream.top === SIMPLE_ERROR) noteError(exchange, p, end);
		} else if (stream.state === LINE) {
			p = stream.readLine(p, end);
			if (!isLine) continue;
			stream.endLine();
			if (stream.state === TYPE && stream.pending === 0) endReply(exchange, stream, statistics);
			else if (stream.state === BULK && <u32>stream.top === BULK_ERROR) noteError(exchange, p, end);
		} else if (stream.state === BULK) {
			const step = <usize>min(stream.remaining, <u64>(end - p));
			stream.remaining -= <u64>step;
			p += step;
			if (stream.remaining !== 0) continue;
			stream.state = TYPE;
			stream.endElement();
			if (stream.pending === 0) endReply(exchange, stream, statistics);
		} else return;
	}
}

/** The first word of an error is its kind. */
function noteError(exchange: RedisExchange, p: usize, end: usize): void {
	const inFlight = exchange.inFlight();
	if (inFlight.count === 0) return;
	const number = <u32>inFlight.oldest().head;
	if (number === 0) return;
	const from = p;
	while (p < end && p - from < MAX_ERROR && (<u32>load<u8>(p) | 0x20) - 0x61 < 26) p++;
	headOf(number).appendHost(from, p - from);
}

/** A reply is whole, or so much of it was seen that no more will be. */
export function endReply(exchange: RedisExchange, stream: RespStream, statistics: usize): void {
	const wasLost = stream.state === LOST;
	stream.pending = 0;
	if (!wasLost) stream.state = TYPE;
	const top = <u32>stream.top;
	const inFlight = exchange.inFlight();
	const known = inFlight.count !== 0 && !exchange.isUnseen();
	// Messages of RESP3 that nobody asked for; what a subscription answers looks like one.
	if (top === PUSH && !(known && inFlight.oldest().kind === LAST)) return;
	exchange.confirmed = true;
	const failed = top === SIMPLE_ERROR || top === BULK_ERROR;
	countStatus(statistics, failed ? FAILED : OK, 1);
	if (!known) {
		if (exchange.notes) answer(0, 0, 0, 0);
		return;
	}
	const request = inFlight.oldest();
	const elapsed = stream.startTime > request.time ? stream.startTime - request.time : 0;
	if (request.kind !== BLOCKING) countLatency(statistics, <f64>elapsed * 1e-9);
	if (exchange.notes) answer(request.takeHead(), failed ? 1 : 0, request.time, elapsed);
	const isLastOne = request.kind === LAST;
	if (--request.repeats === 0) inFlight.pop();
	if (isLastOne && !failed) exchange.stop();
}
