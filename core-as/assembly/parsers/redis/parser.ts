import { CR, LF } from '../bytes';
import { answer } from '../requests/answers';
import { acquireHead, headOf, MAX_LINE, releaseHead } from '../requests/request-head';
import { countLatency, countStatus, FAILED, OK } from '../requests/statistics';
import { missed } from '../requests/truncated';
import { hasKey, hasSubcommand, isBlocking, isClient, isLast, mayBlock } from './commands';
import { BLOCKING, LAST, PLAIN, RedisExchange, UNSEEN } from './exchange';
import {
	ARRAY,
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
import { redactKey } from './statement';

// Redis over records that hold the first bytes of each socket call. Replies come in the order of commands, one for each,
// so every reply is counted; a command whose beginning was not seen only has no latency.

/** Records of something else after which the connection is none of Redis. */
const PATIENCE: u32 = 4;
const MAX_NAME: u32 = 16;
const MAX_ERROR: usize = 16;
/** `BLOCK` in the lowest bytes, in capitals. */
const BLOCK: u64 = 0x4b434f4c42;
const CAPITALS: u64 = 0xdfdfdfdfdf;
/** `REPLY` and `STREAMS` likewise. */
const REPLY: u64 = 0x594c504552;
const STREAMS: u64 = 0x534d4145525453;
const CAPITALS_7: u64 = 0xdfdfdfdfdfdfdf;

/** Whether a record begins with a command: `*2\r\n$3\r\nG`. */
export function isRedis(p: usize, size: u32): bool {
	const end = p + <usize>size;
	if (size < 9 || <u32>load<u8>(p) !== ARRAY) return false;
	p = digitsEnd(p + 1, end);
	if (p === 0 || end - p < 4 || <u32>load<u8>(p, 2) !== 0x24) return false;
	p = digitsEnd(p + 3, end);
	return p !== 0 && end - p > 2 && (<u32>load<u8>(p, 2) | 0x20) - 0x61 < 26;
}

/** The CR behind one to three digits, or 0. */
function digitsEnd(p: usize, end: usize): usize {
	const from = p;
	while (p < end && p - from < 4 && <u32>load<u8>(p) - 0x30 < 10) p++;
	return p > from && p + 1 < end && load<u16>(p) === 0x0a0d ? p : 0;
}

/** Feeds one record, as the parser of HTTP is fed. */
export function feedRedis(
	exchange: RedisExchange,
	statistics: usize,
	direction: u32,
	p: usize,
	captured: u32,
	size: u32,
	time: u64,
): void {
	const end = p + <usize>captured;
	const unseen = <u64>(size - captured);
	if (direction === <u32>exchange.requests) {
		const stream = exchange.commands();
		if (stream.state === LOST) {
			if (!mayResume(exchange, p, captured)) return;
		} else if (exchange.isUnseen()) exchange.inFlight().clear();
		readCommands(exchange, stream, p, end, time);
		if (exchange.stopped) return;
		const open = stream.pending !== 0;
		if (stream.skipUnseen(unseen)) endCommand(exchange, stream);
		else if (stream.state === LOST) loseCommands(exchange, stream, open);
		return;
	}
	const stream = exchange.replies();
	if (stream.state === LOST) return;
	readReplies(exchange, stream, statistics, p, end, time);
	if (exchange.stopped) return;
	const open = stream.pending !== 0;
	if (stream.skipUnseen(unseen)) endReply(exchange, stream, statistics);
	else if (stream.state === LOST && open) endReply(exchange, stream, statistics);
}

/** Bytes that no record reported. */
export function skipUnseenRedis(exchange: RedisExchange, direction: u32, count: u64): void {
	if (count === 0 || exchange.stopped) return;
	if (direction === <u32>exchange.requests) {
		const stream = exchange.commands();
		const open = stream.pending !== 0;
		if (stream.skipUnseen(count)) endCommand(exchange, stream);
		else if (stream.state === LOST) loseCommands(exchange, stream, open);
	} else exchange.replies().skipUnseen(count);
}

/** Commands are read again from a record that begins with one, when all that were seen before are answered. */
function mayResume(exchange: RedisExchange, p: usize, captured: u32): bool {
	const inFlight = exchange.inFlight();
	if (!isRedis(p, captured)) return false;
	if (inFlight.count !== 0 && !exchange.isUnseen()) return false;
	inFlight.clear();
	exchange.commands().restart();
	return true;
}

function loseCommands(exchange: RedisExchange, stream: RespStream, open: bool): void {
	if (open) endCommand(exchange, stream);
	if (exchange.stopped) return;
	const inFlight = exchange.inFlight();
	if (inFlight.isFull() || (inFlight.count !== 0 && inFlight.newest().kind === UNSEEN)) return;
	inFlight.push(stream.startTime, UNSEEN, 0);
}

function readCommands(exchange: RedisExchange, stream: RespStream, p: usize, end: usize, time: u64): void {
	while (p < end && !exchange.stopped) {
		if (stream.state === TYPE) {
			const byte = <u32>load<u8>(p);
			if (stream.isBetween()) {
				if (byte === CR || byte === LF) {
					p++;
					continue;
				}
				if (byte !== ARRAY) {
					p = readInline(exchange, stream, p, end, time);
					continue;
				}
				beginCommand(stream, time);
			} else if (!isType(byte)) {
				stream.state = LOST;
				return;
			}
			stream.beginLine(byte);
			p++;
		} else if (stream.state === LINE) {
			p = stream.readLine(p, end);
			if (!isLine) continue;
			const isHeader = <u32>stream.type === ARRAY;
			if (stream.endLine() && !isHeader) endArgument(exchange, stream);
			else if (stream.state === BULK) stream.word = 0;
			if (stream.state === TYPE && stream.pending === 0) endCommand(exchange, stream);
		} else if (stream.state === BULK) {
			const text = stream.remaining > 2 ? stream.remaining - 2 : 0;
			const size = <usize>min(text, <u64>(end - p));
			if (size !== 0) {
				readArgument(stream, p, size);
				stream.remaining -= <u64>size;
				p += size;
				continue;
			}
			const step = <usize>min(stream.remaining, <u64>(end - p));
			stream.remaining -= <u64>step;
			p += step;
			if (stream.remaining !== 0) continue;
			stream.state = TYPE;
			stream.endElement();
			endArgument(exchange, stream);
			if (stream.pending === 0) endCommand(exchange, stream);
		} else return;
	}
}

/** `PING\r\n`, as people type it; only where the line is whole. */
function readInline(exchange: RedisExchange, stream: RespStream, p: usize, end: usize, time: u64): usize {
	if ((<u32>load<u8>(p) | 0x20) - 0x61 >= 26) {
		stream.state = LOST;
		if (!exchange.confirmed && ++exchange.misses >= PATIENCE) exchange.stop();
		return end;
	}
	beginCommand(stream, time);
	let name = p;
	while (name < end && <u32>load<u8>(name) > 0x20) name++;
	readArgument(stream, p, name - p);
	endName(exchange, stream);
	while (name < end && <u32>load<u8>(name) !== LF) name++;
	stream.pending = 0;
	if (name < end) {
		endCommand(exchange, stream);
		return name + 1;
	}
	dropHead(stream);
	stream.state = LOST;
	return end;
}

function beginCommand(stream: RespStream, time: u64): void {
	dropHead(stream);
	stream.begin(ARRAY, time);
	stream.nameLow = 0;
	stream.nameHigh = 0;
	stream.nameLength = 0;
	stream.blocks = false;
	stream.pastOptions = false;
}

/** In capitals; what is in no name becomes a question mark. */
function nameByte(byte: u32): u8 {
	if ((byte | 0x20) - 0x61 < 26) return <u8>(byte & 0xdf);
	return byte - 0x30 < 10 || byte === 0x5f || byte === 0x2d || byte === 0x2e ? <u8>byte : 0x3f;
}

/** Some bytes of the argument that is being read. */
function readArgument(stream: RespStream, p: usize, size: usize): void {
	if (stream.index === 0) {
		const from = <u32>stream.nameLength;
		const count = min(<u32>size, MAX_NAME - from);
		for (let i: u32 = 0; i < count; i++) {
			const byte = <u32>load<u8>(p + <usize>i);
			store<u8>(stream.name() + <usize>(from + i), nameByte(byte));
		}
		stream.nameLength = <u8>(from + count);
		return;
	}
	if (stream.index === 1 && stream.head !== 0) headOf(<u32>stream.head).appendLine(p, size);
	// Only words of five and seven bytes are of interest.
	if (stream.number === 5 || stream.number === 7)
		for (let i: usize = 0; i < size; i++) stream.word = (stream.word >> 8) | ((<u64>load<u8>(p + i)) << 56);
}

function endArgument(exchange: RedisExchange, stream: RespStream): void {
	if (stream.index === 0) endName(exchange, stream);
	else {
		const word = (stream.word >> 24) & CAPITALS;
		if (stream.number === 7 && ((stream.word >> 8) & CAPITALS_7) === STREAMS) stream.pastOptions = true;
		if (
			stream.number === 5 &&
			word === BLOCK &&
			!stream.pastOptions &&
			mayBlock(stream.name(), <u32>stream.nameLength)
		)
			stream.blocks = true;
		// CLIENT REPLY: from now on replies may not come.
		if (
			stream.index === 1 &&
			stream.number === 5 &&
			word === REPLY &&
			isClient(stream.name(), <u32>stream.nameLength)
		)
			exchange.stop();
	}
	stream.index++;
	stream.number = 0;
}

/** Notes the name for a span; the key follows it. */
function endName(exchange: RedisExchange, stream: RespStream): void {
	if (!exchange.notes) return;
	const number = acquireHead();
	stream.head = <u16>number;
	if (number === 0) return;
	const head = headOf(number);
	const size = <u32>stream.nameLength;
	head.appendLine(stream.name(), <usize>size);
	head.methodLength = <u8>size;
	const space = head.line() + <usize>size;
	store<u8>(space, 0x20);
	head.lineLength++;
}

function dropHead(stream: RespStream): void {
	releaseHead(<u32>stream.head);
	stream.head = 0;
}

function endCommand(exchange: RedisExchange, stream: RespStream): void {
	stream.pending = 0;
	const name = stream.name();
	const size = <u32>stream.nameLength;
	if (size === 0) {
		dropHead(stream);
		return;
	}
	const kind = isLast(name, size) ? LAST : stream.blocks || isBlocking(name, size) ? BLOCKING : PLAIN;
	const number = <u32>stream.head;
	if (number !== 0) endStatement(number, name, size, stream.index > 2);
	stream.head = 0;
	const replies = exchange.replies();
	const inFlight = exchange.inFlight();
	if (replies.state === LOST) {
		// The reply to this command begins a record.
		replies.restart();
		if (!exchange.isUnseen()) missed(inFlight.clear());
		else inFlight.clear();
	}
	if (!inFlight.isFull()) inFlight.push(stream.startTime, kind, number);
	else {
		releaseHead(number);
		const newest = inFlight.newest();
		if (newest.kind === kind && newest.time === stream.startTime) newest.repeats++;
		else newest.kind = UNSEEN;
	}
}

function endStatement(number: u32, name: usize, size: u32, more: bool): void {
	const head = headOf(number);
	const at = <usize>size + 1;
	const hasArgument = <usize>head.lineLength > at;
	const isShown = hasArgument && hasKey(name, size);
	if (!isShown) {
		head.lineLength = <u16>size;
		return;
	}
	if (hasSubcommand(name, size) && !isLetters(head.line() + at, <usize>head.lineLength - at))
		head.lineLength = <u16>size;
	else redactKey(head, at, more || <u32>head.lineLength === MAX_LINE);
}

function isLetters(p: usize, size: usize): bool {
	for (let i: usize = 0; i < size; i++) if ((<u32>load<u8>(p + i) | 0x20) - 0x61 >= 26) return false;
	return true;
}

function readReplies(
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
function endReply(exchange: RedisExchange, stream: RespStream, statistics: usize): void {
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
