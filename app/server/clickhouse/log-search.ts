import { type Cursor, cursorBehind, formatCursor } from './cursor.ts';
import { type LogFilter, logConditions, PATTERN_HASH } from './log-filter.ts';
import { type Question, widening } from './question.ts';

export interface LogQuery extends LogFilter {
	limit: number;
	before?: Cursor;
}

export interface LogRecord {
	/** The same for the same record in every answer; equal records of one nanosecond are numbered. */
	id: string;
	/** ms since the epoch, and the same in nanoseconds. */
	time: number;
	timeNs: string;
	severityNumber: number;
	severityText: string;
	service: string;
	body: string;
	/** Empty where there is none. */
	patternHash: string;
	traceId: string;
	spanId: string;
	eventName: string;
	scope: { name: string; version: string };
	attributes: Record<string, string>;
	resource: Record<string, string>;
}

export interface LogPage {
	/** Newest first. */
	logs: LogRecord[];
	/** Where older ones are; null when there are none. */
	next: string | null;
}

interface Row {
	hash: string;
	nth: string;
	ns: string;
	severity_number: number;
	severity_text: string;
	service_name: string;
	body: string;
	pattern: string;
	trace_id: string;
	span_id: string;
	event_name: string;
	scope_name: string;
	scope_version: string;
	attributes: Record<string, string>;
	resource_attributes: Record<string, string>;
}

const HASH = `lower(hex(sipHash128(service_name, severity_number, severity_text, body, trace_id, span_id, event_name,
	scope_name, attributes, resource_attributes)))`;

/** Throws EngineError. */
export async function searchLogs(question: Question, query: LogQuery): Promise<LogPage> {
	const { before, limit } = query;
	const conditions = logConditions(query);
	conditions.add(
		'timestamp >= fromUnixTimestamp64Nano({oldest:Int64}) AND timestamp <= fromUnixTimestamp64Nano({newest:Int64})',
	);
	const last = BigInt(Math.ceil(query.to)) * 1_000_000n - 1n;
	const newest = before && before.ns < last ? before.ns : last;
	const given = before?.ns === newest ? before.given : 0;
	const params: Record<string, unknown> = { ...conditions.params, limit, given, newest: String(newest) };
	// First only the times: what the rows hold is read for those that are given, however many match.
	let oldest = BigInt(Math.floor(query.from)) * 1_000_000n;
	let more = false;
	for (const from of widening(query.from, Number(newest / 1_000_000n) + 1)) {
		const [row] = await question.select<{ ns: string }>(
			`SELECT toUnixTimestamp64Nano(timestamp) AS ns FROM ${question.database}.logs WHERE ${conditions.sql}
ORDER BY timestamp DESC LIMIT 1 OFFSET {last:UInt64}`,
			{ ...params, oldest: String(BigInt(Math.floor(from)) * 1_000_000n), last: given + limit },
		);
		more = row !== undefined;
		if (row) oldest = BigInt(row.ns);
		if (row) break;
	}
	const rows = await question.select<Row>(
		`SELECT ${HASH} AS hash, row_number() OVER (PARTITION BY timestamp, hash) AS nth, toUnixTimestamp64Nano(timestamp) AS ns,
	severity_number, severity_text, service_name, body, ${PATTERN_HASH} AS pattern, trace_id, span_id, event_name,
	scope_name, scope_version, attributes, resource_attributes
FROM ${question.database}.logs WHERE ${conditions.sql}
ORDER BY timestamp DESC, hash, nth LIMIT {limit:UInt32} OFFSET {given:UInt64}`,
		{ ...params, oldest: String(oldest) },
	);
	const logs = rows.map(recordOf);
	return { logs, next: more && logs.length > 0 ? formatCursor(cursorBehind(logs, before)) : null };
}

function recordOf(row: Row): LogRecord {
	return {
		id: `${row.ns}-${row.hash}${row.nth === '1' ? '' : `-${row.nth}`}`,
		time: millis(row.ns),
		timeNs: row.ns,
		severityNumber: row.severity_number,
		severityText: row.severity_text,
		service: row.service_name,
		body: row.body,
		patternHash: row.pattern,
		traceId: row.trace_id,
		spanId: row.span_id,
		eventName: row.event_name,
		scope: { name: row.scope_name, version: row.scope_version },
		attributes: row.attributes,
		resource: row.resource_attributes,
	};
}

/** Nanoseconds in decimal as ms with a fraction; whole milliseconds stay whole. */
export function millis(ns: string): number {
	const whole = BigInt(ns) / 1_000_000n;
	return Number(whole) + Number(BigInt(ns) - whole * 1_000_000n) / 1e6;
}
