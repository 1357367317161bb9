import { answerAt, answered, resetAnswered } from '../../parsers/http1/answers';
import { RECEIVE, resetTruncated, SEND, truncated, UNKNOWN } from '../../parsers/http1/exchange';
import { feed as feedHttp } from '../../parsers/http1/parser';
import { note, releaseHead } from '../../parsers/http1/request-head';
import { addConnection, Connection, createConnections, findConnection } from './connections';
import { destroyPool, entryAt, isLive, Pool, removeEntry } from './pool';
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
	HTTP,
	increase,
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
		if (isLive(entry)) changetype<Connection>(entry).exchange().releaseHeads();
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
	const exchange = connection.exchange();
	if (exchange.stopped) return;
	const payload = changetype<usize>(record) + <usize>DATA_SIZE;
	feedHttp(exchange, column(row, HTTP), direction, payload, <u32>record.captured, record.size, record.time);
	if (connection.guessed && exchange.confirmed) {
		connection.guessed = false;
		const role = <u32>exchange.requests === RECEIVE ? INBOUND : OUTBOUND;
		if (role !== <u32>connection.role && !assign(tracker, connection, <u8>role)) tracker.shed++;
	}
	if (answered !== 0) makeSpans(tracker, connection);
}

function makeSpans(tracker: Tracker, connection: Connection): void {
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
	const exchange = connection.exchange();
	if (!closes) {
		if (exchange.stopped) return;
		exchange.stream(SEND).skipUnseen(record.sent);
		exchange.stream(RECEIVE).skipUnseen(record.received);
		return;
	}
	increase(row, RETRANSMITS, <f64>record.retransmits);
	increase(row, ACTIVE, -1);
	tracker.truncated += <u64>exchange.hiddenAtEnd();
	exchange.releaseHeads();
	removeEntry(tracker.connections, entry);
}
