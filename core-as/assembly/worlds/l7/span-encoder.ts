import { CR, SPACE, TAB } from '../../parsers/bytes';
import { Answer } from '../../parsers/requests/answers';
import { MAX_LINE, RequestHead } from '../../parsers/requests/request-head';
import { isIPv4, writeAddress } from './address-text';
import { Connection } from './connections';
import { OUTBOUND } from './records';
import { numberAttribute, textAttribute } from './span-attributes';
import { beginSpan, endSpan, SpanContext } from './span-frame';
import { Text } from './url-text';

/** More bytes than a span can take: what is of unbounded length goes through the texts below. */
export const MAX_SPAN: usize = 8192;
const MAX_URL: usize = 2048;
const MAX_AUTHORITY: usize = 512;

const COLON: u32 = 0x3a;
const SLASH: u32 = 0x2f;
const AT: u32 = 0x40;

const url = changetype<Text>(memory.data(16, 8));
const urlArea: usize = memory.data(2048, 8);
const authority = changetype<Text>(memory.data(16, 8));
const authorityArea: usize = memory.data(512, 8);
const peer = changetype<Text>(memory.data(16, 8));
const peerArea: usize = memory.data(64, 8);

/** Where in the text of `url` the path begins. */
let pathAt: usize = 0;
/** The host of the request without its port, within the text of `authority`. */
let hostAt: usize = 0;
let hostSize: usize = 0;
let hostPort: u32 = 0;

/** Is the status an error, to the client or to the server? OpenTelemetry, "HTTP spans", status. */
export function isError(outbound: bool, status: u32): bool {
	return status >= (outbound ? 400 : 500);
}

/** Writes a field `spans` of ScopeSpans; returns its end. `clock`: ns from the records' time to the epoch. */
export function encodeSpan(
	to: usize,
	context: SpanContext,
	connection: Connection,
	head: RequestHead,
	answer: Answer,
	clock: u64,
	keepQuery: bool,
): usize {
	const outbound = <u32>connection.role === OUTBOUND;
	readUrl(connection, head, outbound, keepQuery);
	const method = head.line();
	const methodSize = <usize>head.methodLength;
	let p = beginSpan(to, context, method, methodSize, 'HTTP', outbound, answer, clock);
	p = attributes(p, outbound, method, methodSize, connection, answer.status);
	return endSpan(to, p, context, isError(outbound, answer.status));
}

function attributes(
	to: usize,
	outbound: bool,
	method: usize,
	methodSize: usize,
	connection: Connection,
	status: u32,
): usize {
	peer.open(peerArea, 64);
	writeAddress(peer, remoteOf(connection));
	let p = textAttribute(to, 'http.url', url.start, url.size());
	p = textAttribute(p, 'http.method', method, methodSize);
	p = numberAttribute(p, 'http.status_code', status);
	p = textAttribute(p, 'net.peer.name', peer.start, peer.size());
	p = numberAttribute(p, 'net.peer.port', <u32>connection.remotePort);
	p = textAttribute(p, 'http.request.method', method, methodSize);
	p = numberAttribute(p, 'http.response.status_code', status);
	p = textAttribute(p, 'server.address', hostAt, hostSize);
	p = numberAttribute(p, 'server.port', hostPort);
	if (outbound) p = textAttribute(p, 'url.full', url.start, url.size());
	else {
		let query = pathAt;
		while (query < url.end && load<u8>(query) !== 0x3f) query++;
		p = textAttribute(p, 'url.scheme', url.start, 4);
		p = textAttribute(p, 'url.path', pathAt, query - pathAt);
		if (query + 1 < url.end) p = textAttribute(p, 'url.query', query + 1, url.end - query - 1);
		p = textAttribute(p, 'client.address', peer.start, peer.size());
	}
	if (isError(outbound, status)) {
		peer.open(peerArea, 64);
		peer.number(status);
		p = textAttribute(p, 'error.type', peer.start, peer.size());
	}
	return p;
}

/** Fills the texts of URL and host. The scheme is http: what is captured is clear text. */
function readUrl(connection: Connection, head: RequestHead, outbound: bool, keepQuery: bool): void {
	const line = head.line();
	const lineEnd = line + <usize>head.lineLength;
	let target = line + <usize>head.methodLength + 1;
	let end = target;
	while (end < lineEnd && <u32>load<u8>(end) > SPACE) end++;
	const cut = end === lineEnd && <u32>head.lineLength === MAX_LINE;
	let from = head.host();
	let to = trimmed(from, <usize>head.hostLength);
	if (target < end && <u32>load<u8>(target) !== SLASH) {
		const colon = schemeEnd(target, end);
		const isAuthority = load<u8>(line) === 0x43; // CONNECT
		if (colon !== 0 || isAuthority) {
			// The target names the host itself; what stands before an @ is a name and a password.
			from = colon !== 0 ? colon : target;
			to = from;
			for (; to < end && <u32>load<u8>(to) !== SLASH && load<u8>(to) !== 0x3f; to++) {
				if (<u32>load<u8>(to) === AT) from = to + 1;
			}
			target = to;
		} else if (load<u8>(target) === 0x2a && end - target === 1) target = end; // OPTIONS *
	}
	readAuthority(connection, outbound, from, to - from);
	url.open(urlArea, MAX_URL);
	url.word('http://');
	memory.copy(url.end, authority.start, authority.size());
	url.end += authority.size();
	pathAt = url.end;
	url.target(target, end - target, keepQuery, cut);
}

/** Behind `http://` or `https://`, or 0. */
function schemeEnd(target: usize, end: usize): usize {
	if (end - target < 8 || (load<u32>(target) | 0x20202020) !== 0x70747468) return 0;
	const colon = (<u32>load<u8>(target, 4) | 0x20) === 0x73 ? target + 5 : target + 4;
	return (load<u32>(colon) & 0xffffff) === 0x2f2f3a ? colon + 3 : 0;
}

/** The given host, or the address of the end that serves. */
function readAuthority(connection: Connection, outbound: bool, from: usize, size: usize): void {
	const address = outbound ? remoteOf(connection) : localOf(connection);
	hostPort = outbound ? <u32>connection.remotePort : <u32>connection.localPort;
	authority.open(authorityArea, MAX_AUTHORITY);
	if (size === 0) {
		writeAddress(authority, address);
		hostAt = authority.start;
		hostSize = authority.size();
		if (!isIPv4(address)) {
			memory.copy(hostAt + 1, hostAt, hostSize);
			store<u8>(hostAt, 0x5b);
			hostAt++;
			authority.end++;
			authority.word(']');
		}
		authority.word(':');
		authority.number(hostPort);
		return;
	}
	authority.bytes(from, size);
	hostAt = authority.start;
	let end = authority.end;
	// A port: digits behind the last colon, which is not within brackets.
	let digits = end;
	let port: u32 = 0;
	while (digits > hostAt && <u32>load<u8>(digits - 1) - 0x30 < 10) digits--;
	if (digits > hostAt && digits < end && end - digits < 6 && <u32>load<u8>(digits - 1) === COLON) {
		for (let p = digits; p < end; p++) port = port * 10 + (<u32>load<u8>(p) - 0x30);
		hostPort = port;
		end = digits - 1;
	}
	if (end - hostAt > 2 && load<u8>(hostAt) === 0x5b && load<u8>(end - 1) === 0x5d) {
		hostAt++;
		end--;
	}
	hostSize = end - hostAt;
}

/** The end of a value without the blanks behind it. */
function trimmed(from: usize, size: usize): usize {
	let end = from + size;
	while (end > from) {
		const last = <u32>load<u8>(end - 1);
		if (last !== CR && last !== SPACE && last !== TAB) break;
		end--;
	}
	return end;
}

function remoteOf(connection: Connection): usize {
	return changetype<usize>(connection) + offsetof<Connection>('remoteLow');
}

function localOf(connection: Connection): usize {
	return changetype<usize>(connection) + offsetof<Connection>('localLow');
}
