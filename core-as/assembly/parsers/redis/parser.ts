import { endCommand, readCommands } from './command-reader';
import { RedisExchange, UNSEEN } from './exchange';
import { endReply, readReplies } from './reply-reader';
import { ARRAY, LOST, RespStream } from './resp';

// Redis over records that hold the first bytes of each socket call. Replies come in the order of commands, one for each,
// so every reply is counted; a command whose beginning was not seen only has no latency.

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
