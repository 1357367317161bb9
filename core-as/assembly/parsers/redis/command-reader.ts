import { CR, LF } from '../bytes';
import { acquireHead, headOf, MAX_LINE, releaseHead } from '../requests/request-head';
import { missed } from '../requests/truncated';
import { hasKey, hasSubcommand, isBlocking, isClient, isLast, mayBlock } from './commands';
import { BLOCKING, LAST, PATIENCE, PLAIN, RedisExchange, UNSEEN } from './exchange';
import { ARRAY, BULK, isLine, isType, LINE, LOST, RespStream, TYPE } from './resp';
import { redactKey } from './statement';

// Commands, as far as they say what to expect of their replies, and what a span wants of them.

const MAX_NAME: u32 = 16;
/** `BLOCK` in the lowest bytes, in capitals. */
const BLOCK: u64 = 0x4b434f4c42;
const CAPITALS: u64 = 0xdfdfdfdfdf;
/** `REPLY` and `STREAMS` likewise. */
const REPLY: u64 = 0x594c504552;
const STREAMS: u64 = 0x534d4145525453;
const CAPITALS_7: u64 = 0xdfdfdfdfdfdfdf;

export function readCommands(
	exchange: RedisExchange,
	stream: RespStream,
	p: usize,
	end: usize,
	time: u64,
): void {
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

export function endCommand(exchange: RedisExchange, stream: RespStream): void {
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
