import { RECEIVE, SEND, UNKNOWN } from '../../parsers/http1/exchange';
import { feed as feedHttp } from '../../parsers/http1/parser';
import { answerAt, answered, resetAnswered, unnoted } from '../../parsers/requests/answers';
import { note, releaseHead } from '../../parsers/requests/request-head';
import { resetTruncated, truncated } from '../../parsers/requests/truncated';
import { addConnection, Connection, createConnections, findConnection } from './connections';
import { destroyPool, entryAt, isLive, Pool, removeEntry } from './pool';
import { begin, detect, endProtocol, feedProtocol, HTTP, IGNORED, isReversed, skipUnseen } from './protocols';
import {
	BYTES_SIZE,
	BytesRecord,
	CONNECTION_SIZE,
	ConnectionRecord,
	DATA_SIZE,
	DataRecord,
	FIRST_CONTROL_RECORD,
	FOUND_OPEN,
	INBOUND,
	OUTBOUND,
	RECORD_BYTES,
	RECORD_CLOSE,
	RECORD_CONNECT_FAILED,
	RECORD_CONNECTION,
	RECORD_DATA,
} from './records';
import {
	ACTIVE,
	BYTES_RECEIVED,
	BYTES_SENT,
	CONNECT_SECONDS,
	CONNECTS,
	column,
	createRows,
	FAILED_CONNECTS,
	increase,
	REQUESTS,
	RETRANSMITS,
	Row,
	rowOf,
} from './rows';
import { addSpan, SPANS_SIZE, Spans } from './spans';

/** One shard: its tables and what it counted since it was made. */
@unmanaged
export class Tracker {
	connections: Pool;
	rows: Pool;
	records: u64;
	bytes: u64;
	unknownConnections: u64;
	truncated: u64;
	malformed: u64;
	shed: u64;

	spans(): Spans {
		return changetype<Spans>(changetype<usize>(this) + offsetof<Tracker>());
	}
}

export function createTracker(maxConnections: u32, maxRows: u32): Tracker {
	const size = offsetof<Tracker>() + SPANS_SIZE;
	const pointer = heap.alloc(size);
	memory.fill(pointer, 0, size);
	const tracker = changetype<Tracker>(pointer);
	tracker.connections = createConnections(maxConnections);
	tracker.rows = createRows(maxRows);
	return tracker;
}

export function destroyTracker(tracker: Tracker): void {
	const connections = tracker.connections;
	for (let i: u32 = 0; i < connections.highWater; i++) {
		const entry = entryAt(connections, i);
		if (isLive(entry)) endProtocol(changetype<Connection>(entry));
	}
	tracker.spans().free();
	destroyPool(connections);
	destroyPool(tracker.rows);
	heap.free(changetype<usize>(tracker));
}

/** Reads one drained batch. `batch` needs SLOP readable bytes behind it. */
export function feed(tracker: Tracker, batch: usize, size: usize): void {
	const end = batch + size;
	let p = batch;
	resetTruncated();
	note(tracker.spans().on);
	while (end - p >= 8) {
		const length = load<u32>(p);
		p += 8;
		if (<u64>length > <u64>(end - p)) {
			// The rest of the batch cannot be told apart any more.
			tracker.malformed++;
			p = end;
			break;
		}
		tracker.records++;
		tracker.bytes += <u64>length;
		if (!read(tracker, p, length)) tracker.malformed++;
		const padded = (<u64>length + 7) & ~7;
		p = padded > <u64>(end - p) ? end : p + <usize>padded;
	}
	if (p !== end) tracker.malformed++;
	tracker.truncated += <u64>truncated;
}

/** Reads one record; false when it breaks the layout. */
function read(tracker: Tracker, p: usize, length: u32): bool {
	if (length === 0) return false;
	const kind = <u32>load<u8>(p);
	if (kind === RECORD_DATA) {
		if (length < DATA_SIZE) return false;
		const record = changetype<DataRecord>(p);
		const captured = <u32>record.captured;
		if (captured > length - DATA_SIZE || captured > record.size || <u32>record.direction > SEND) return false;
		readData(tracker, record);
		return true;
	}
	if (kind === RECORD_CONNECTION || kind === RECORD_CONNECT_FAILED) {
		if (length < CONNECTION_SIZE) return false;
		const record = changetype<ConnectionRecord>(p);
		if (kind === RECORD_CONNECT_FAILED) {
			readFailure(tracker, record);
			return true;
		}
		if (<u32>record.role < OUTBOUND || <u32>record.role > FOUND_OPEN) return false;
		readConnection(tracker, record);
		return true;
	}
	if (kind === RECORD_BYTES || kind === RECORD_CLOSE) {
		if (length < BYTES_SIZE) return false;
		readBytes(tracker, changetype<BytesRecord>(p), kind === RECORD_CLOSE);
		return true;
	}
	return kind >= FIRST_CONTROL_RECORD;
}

function readConnection(tracker: Tracker, record: ConnectionRecord): void {
	const announced = <u32>record.role;
	let entry = findConnection(tracker.connections, record.cookie);
	const known = entry !== 0;
	if (known) {
		// Announced again: a guess gives way to knowledge, a new owner to the last one.
		if (announced === FOUND_OPEN) return;
	} else {
		entry = addConnection(tracker.connections, record.cookie);
		if (entry === 0) {
			tracker.shed++;
			return;
		}
	}
	const connection = changetype<Connection>(entry);
	connection.localLow = record.localLow;
	connection.localHigh = record.localHigh;
	connection.remoteLow = record.remoteLow;
	connection.remoteHigh = record.remoteHigh;
	connection.localPort = record.localPort;
	connection.remotePort = record.remotePort;
	connection.cgroup = record.cgroup;
	connection.pid = record.pid;
	connection.netns = record.netns;
	const wasGuessed = connection.guessed;
	connection.guessed = announced === FOUND_OPEN;
	// A new owner of a connection whose protocol is known changes nothing but the owner.
	if (connection.protocol !== HTTP) {
		connection.guessed = false;
		if (!assign(tracker, connection, connection.role)) tracker.shed++;
		return;
	}
	const exchange = connection.exchange();
	let role = announced;
	if (connection.guessed) {
		// Listening ports are mostly below the ephemeral range.
		role = record.remotePort > record.localPort ? INBOUND : OUTBOUND;
		exchange.requests = <u8>UNKNOWN;
	} else if (!known || wasGuessed) {
		exchange.requests = <u8>(role === OUTBOUND ? SEND : RECEIVE);
		exchange.fixed = true;
	}
	if (!assign(tracker, connection, <u8>role)) {
		tracker.shed++;
		if (!known) removeEntry(tracker.connections, entry);
		return;
	}
	if (announced === OUTBOUND && (!known || wasGuessed)) {
		const row = changetype<Row>(connection.row);
		increase(row, CONNECTS, 1);
		increase(row, CONNECT_SECONDS, <f64>record.duration * 1e-9);
	}
}

/** Moves a connection to the row of its owner in a role; false when the table of rows is full. */
function assign(tracker: Tracker, connection: Connection, role: u8): bool {
	const outbound = <u32>role === OUTBOUND;
	const entry = rowOf(
		tracker.rows,
		connection.pid,
		role,
		connection.protocol,
		outbound ? connection.remoteLow : connection.localLow,
		outbound ? connection.remoteHigh : connection.localHigh,
		outbound ? connection.remotePort : connection.localPort,
	);
	if (entry === 0) return false;
	connection.role = role;
	const row = changetype<Row>(entry);
	row.cgroup = connection.cgroup;
	row.netns = connection.netns;
	if (connection.row === entry) return true;
	if (connection.row !== 0) increase(changetype<Row>(connection.row), ACTIVE, -1);
	connection.row = entry;
	increase(row, ACTIVE, 1);
	return true;
}

function readFailure(tracker: Tracker, record: ConnectionRecord): void {
	const entry = rowOf(
		tracker.rows,
		record.pid,
		<u8>OUTBOUND,
		HTTP,
		record.remoteLow,
		record.remoteHigh,
		record.remotePort,
	);
	if (entry === 0) {
		tracker.shed++;
		return;
	}
	const row = changetype<Row>(entry);
	row.cgroup = record.cgroup;
	row.netns = record.netns;
	increase(row, FAILED_CONNECTS, 1);
}

function readData(tracker: Tracker, record: DataRecord): void {
	const entry = findConnection(tracker.connections, record.cookie);
	if (entry === 0) {
		tracker.unknownConnections++;
		return;
	}
	const connection = changetype<Connection>(entry);
	const direction = <u32>record.direction;
	const row = changetype<Row>(connection.row);
	increase(row, direction === SEND ? BYTES_SENT : BYTES_RECEIVED, <f64>record.size);
	const payload = changetype<usize>(record) + <usize>DATA_SIZE;
	if (connection.protocol !== HTTP || beginsOther(tracker, connection, direction, payload, record)) {
		const block = column(changetype<Row>(connection.row), REQUESTS);
		feedProtocol(connection, block, direction, payload, <u32>record.captured, record.size, record.time);
		if (answered !== 0 || unnoted !== 0) makeSpans(tracker, connection);
		return;
	}
	const exchange = connection.exchange();
	if (exchange.stopped) return;
	feedHttp(
		exchange,
		column(row, REQUESTS),
		direction,
		payload,
		<u32>record.captured,
		record.size,
		record.time,
	);
	if (connection.guessed && exchange.confirmed) {
		connection.guessed = false;
		const role = <u32>exchange.requests === RECEIVE ? INBOUND : OUTBOUND;
		if (role !== <u32>connection.role && !assign(tracker, connection, <u8>role)) tracker.shed++;
	}
	if (answered !== 0 || unnoted !== 0) makeSpans(tracker, connection);
}

/** Whether the record shows that the connection speaks another protocol than HTTP, which is then read from here on. */
function beginsOther(
	tracker: Tracker,
	connection: Connection,
	direction: u32,
	payload: usize,
	record: DataRecord,
): bool {
	const exchange = connection.exchange();
	if (exchange.confirmed || exchange.stopped) return false;
	const captured = <u32>record.captured;
	const protocol = detect(connection, direction, payload, captured, record.size);
	if (protocol === HTTP) return false;
	let role = connection.role;
	if (isReversed(connection, direction)) role = <u8>(<u32>role === OUTBOUND ? INBOUND : OUTBOUND);
	connection.guessed = false;
	exchange.releaseHeads();
	connection.protocol = protocol;
	if (!assign(tracker, connection, role)) {
		tracker.shed++;
		connection.protocol = IGNORED;
		return true;
	}
	begin(connection, protocol, direction, payload, captured, record.size);
	return true;
}

function makeSpans(tracker: Tracker, connection: Connection): void {
	tracker.spans().unnoted += <u64>unnoted;
	for (let i: u32 = 0; i < answered; i++) {
		const answer = answerAt(i);
		addSpan(tracker.spans(), connection, changetype<Row>(connection.row), answer);
		releaseHead(answer.head);
	}
	resetAnswered();
}

function readBytes(tracker: Tracker, record: BytesRecord, closes: bool): void {
	const entry = findConnection(tracker.connections, record.cookie);
	if (entry === 0) {
		if (!closes) tracker.unknownConnections++;
		return;
	}
	const connection = changetype<Connection>(entry);
	const row = changetype<Row>(connection.row);
	increase(row, BYTES_SENT, <f64>record.sent);
	increase(row, BYTES_RECEIVED, <f64>record.received);
	if (!closes && connection.protocol !== HTTP) {
		skipUnseen(connection, column(row, REQUESTS), record.sent, record.received);
		if (answered !== 0 || unnoted !== 0) makeSpans(tracker, connection);
		return;
	}
	if (!closes) {
		const exchange = connection.exchange();
		if (exchange.stopped) return;
		exchange.stream(SEND).skipUnseen(record.sent);
		exchange.stream(RECEIVE).skipUnseen(record.received);
		return;
	}
	increase(row, RETRANSMITS, <f64>record.retransmits);
	increase(row, ACTIVE, -1);
	tracker.truncated += <u64>endProtocol(connection);
	removeEntry(tracker.connections, entry);
}
