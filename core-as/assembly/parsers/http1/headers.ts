import { CR, findLineFeed, LF, lower, SPACE, TAB } from '../bytes';
import { headOf } from '../requests/request-head';
import {
	BODY,
	BODY_UNTIL_CLOSE,
	HEADER_CR,
	HEADER_SKIP,
	HEADER_START,
	NAME_ENCODING,
	NAME_HOST,
	NAME_LENGTH,
	NAME_TRACE,
	Stream,
	VALUE_ENCODING,
	VALUE_HOST,
	VALUE_LENGTH,
	VALUE_TRACE,
} from './stream';

// Header lines, as far as they say where the message ends (RFC 9112 section 6), and what a span wants of a request.

/** `content-length:`, `transfer-encoding:`, `chunked`, `host:` and `traceparent:`. */
const LENGTH_NAME: usize = memory.data<u8>([
	99, 111, 110, 116, 101, 110, 116, 45, 108, 101, 110, 103, 116, 104, 58,
]);
const ENCODING_NAME: usize = memory.data<u8>([
	116, 114, 97, 110, 115, 102, 101, 114, 45, 101, 110, 99, 111, 100, 105, 110, 103, 58,
]);
const CHUNKED: usize = memory.data<u8>([99, 104, 117, 110, 107, 101, 100]);
const HOST_NAME: usize = memory.data<u8>([104, 111, 115, 116, 58]);
const TRACE_NAME: usize = memory.data<u8>([116, 114, 97, 99, 101, 112, 97, 114, 101, 110, 116, 58]);
const HOST_NAME_SIZE: u8 = 5;
const TRACE_NAME_SIZE: u8 = 12;
const LENGTH_NAME_SIZE: u8 = 15;
const ENCODING_NAME_SIZE: u8 = 18;
const CHUNKED_SIZE: u8 = 7;
/** `matched` of a coding that cannot become `chunked` any more. */
const OTHER: u8 = 0xff;
const MAX_LENGTH: u64 = 1 << 60;

/** Reads headers from `p` until `end` or the end of the headers; returns where it stopped. */
export function readHeaders(stream: Stream, p: usize, end: usize): usize {
	while (p < end) {
		switch (stream.state) {
			case HEADER_START: {
				const byte = <u32>load<u8>(p);
				if (byte === LF) {
					endHeaders(stream);
					return p + 1;
				}
				if (byte === CR) {
					stream.state = HEADER_CR;
					p++;
				} else {
					stream.matched = 0;
					const letter = lower(byte);
					if (stream.trailers) stream.state = HEADER_SKIP;
					else if (letter === 0x63) stream.state = NAME_LENGTH;
					else if (letter === 0x74) stream.state = NAME_ENCODING;
					else if (letter === 0x68 && stream.head !== 0) stream.state = NAME_HOST;
					else stream.state = HEADER_SKIP;
				}
				break;
			}
			case HEADER_CR:
				if (<u32>load<u8>(p) === LF) {
					endHeaders(stream);
					return p + 1;
				}
				stream.state = HEADER_SKIP;
				break;
			case HEADER_SKIP: {
				p = findLineFeed(p, end);
				if (p < end) {
					stream.state = HEADER_START;
					p++;
				}
				break;
			}
			case NAME_LENGTH:
				p = matchName(stream, p, end, LENGTH_NAME, LENGTH_NAME_SIZE, VALUE_LENGTH);
				break;
			case NAME_ENCODING:
				p = matchName(stream, p, end, ENCODING_NAME, ENCODING_NAME_SIZE, VALUE_ENCODING);
				break;
			case VALUE_LENGTH:
				p = readLength(stream, p, end);
				break;
			case VALUE_ENCODING:
				p = readEncoding(stream, p, end);
				break;
			case NAME_HOST:
				p = matchName(stream, p, end, HOST_NAME, HOST_NAME_SIZE, VALUE_HOST);
				// Of two hosts the first is taken.
				if (stream.state === VALUE_HOST && hasHost(stream)) stream.state = HEADER_SKIP;
				break;
			case VALUE_HOST:
				p = noteHost(stream, p, end);
				break;
			case NAME_TRACE:
				p = matchName(stream, p, end, TRACE_NAME, TRACE_NAME_SIZE, VALUE_TRACE);
				break;
			case VALUE_TRACE:
				p = noteTrace(stream, p, end);
				break;
			default:
				return p;
		}
	}
	return p;
}

function matchName(stream: Stream, p: usize, end: usize, name: usize, size: u8, then: u8): usize {
	while (p < end) {
		const letter = lower(<u32>load<u8>(p));
		if (letter !== <u32>load<u8>(name + <usize>stream.matched)) {
			// Up to here `traceparent` looks like `transfer-encoding`.
			const traces = name === ENCODING_NAME && stream.matched === 3 && letter === 0x63;
			stream.state = traces && stream.head !== 0 ? NAME_TRACE : HEADER_SKIP;
			return p;
		}
		p++;
		if (++stream.matched === size) {
			stream.state = then;
			stream.matched = 0;
			stream.number = 0;
			stream.digits = false;
			return p;
		}
	}
	return p;
}

function readLength(stream: Stream, p: usize, end: usize): usize {
	while (p < end) {
		const byte = <u32>load<u8>(p++);
		if (byte - 0x30 < 10) {
			stream.number = stream.number * 10 + <u64>(byte - 0x30);
			stream.digits = true;
			if (stream.number > MAX_LENGTH) {
				stream.lose();
				return p;
			}
		} else if (byte === LF) {
			// Two lengths that differ leave no known end.
			if (!stream.digits || (stream.hasLength && stream.length !== stream.number)) stream.lose();
			else {
				stream.hasLength = true;
				stream.length = stream.number;
				stream.state = HEADER_START;
			}
			return p;
		} else if (byte !== CR && byte !== SPACE && byte !== TAB) {
			stream.lose();
			return p;
		}
	}
	return p;
}

/** Only the last coding counts: it frames the body. */
function readEncoding(stream: Stream, p: usize, end: usize): usize {
	stream.hasEncoding = true;
	while (p < end) {
		const byte = <u32>load<u8>(p++);
		if (byte === LF) {
			stream.chunked = stream.matched === CHUNKED_SIZE;
			stream.state = HEADER_START;
			return p;
		}
		if (byte === 0x2c) stream.matched = 0;
		else if (byte !== CR && byte !== SPACE && byte !== TAB) {
			const fits =
				stream.matched < CHUNKED_SIZE && lower(byte) === <u32>load<u8>(CHUNKED + <usize>stream.matched);
			stream.matched = fits ? stream.matched + 1 : OTHER;
		}
	}
	return p;
}

function hasHost(stream: Stream): bool {
	return stream.head !== 0 && headOf(<u32>stream.head).hostLength !== 0;
}

/** The head may be gone by now: its request was answered early. */
function noteHost(stream: Stream, p: usize, end: usize): usize {
	const feed = findLineFeed(p, end);
	if (stream.head !== 0) {
		const head = headOf(<u32>stream.head);
		if (head.hostLength === 0) p = skipBlanks(p, feed);
		head.appendHost(p, feed - p);
	}
	return endValue(stream, feed, end);
}

function noteTrace(stream: Stream, p: usize, end: usize): usize {
	const feed = findLineFeed(p, end);
	if (stream.head !== 0) {
		const head = headOf(<u32>stream.head);
		if (head.traceLength === 0) p = skipBlanks(p, feed);
		head.appendTrace(p, feed - p);
		if (feed < end) head.endTrace();
	}
	return endValue(stream, feed, end);
}

function skipBlanks(p: usize, end: usize): usize {
	while (p < end && (<u32>load<u8>(p) === SPACE || <u32>load<u8>(p) === TAB)) p++;
	return p;
}

function endValue(stream: Stream, feed: usize, end: usize): usize {
	if (feed === end) return end;
	stream.state = HEADER_START;
	return feed + 1;
}

/** Decides where the message ends. */
function endHeaders(stream: Stream): void {
	if (stream.trailers || stream.noBody) stream.toBoundary();
	else if (stream.chunked) stream.toChunkSize();
	else if (stream.hasEncoding) {
		// A coding that does not frame: a response lasts until the connection ends, a request has no known end.
		if (stream.isResponse) stream.state = BODY_UNTIL_CLOSE;
		else stream.lose();
	} else if (stream.hasLength) {
		if (stream.length === 0) stream.toBoundary();
		else {
			stream.state = BODY;
			stream.remaining = stream.length;
		}
	} else if (stream.isResponse) stream.state = BODY_UNTIL_CLOSE;
	else stream.toBoundary();
}
