import type { Engine } from './engine.ts';

export interface LogQuery {
	/** ms since the epoch; `to` is excluded. */
	from: number;
	to: number;
	/** Words that the body holds, in any order and case; text without a letter or digit is looked for as it stands. */
	text?: string;
	/** Least severity number, 1 to 24. */
	severity?: number;
	limit: number;
}

export interface LogRecord {
	/** ms since the epoch, and the same in nanoseconds. */
	time: number;
	timeNs: string;
	severityNumber: number;
	severityText: string;
	service: string;
	body: string;
	traceId: string;
	spanId: string;
	eventName: string;
	scope: { name: string; version: string };
	attributes: Record<string, string>;
	resource: Record<string, string>;
}

interface Row {
	ns: string;
	severity_number: number;
	severity_text: string;
	service_name: string;
	body: string;
	trace_id: string;
	span_id: string;
	event_name: string;
	scope_name: string;
	scope_version: string;
	attributes: Record<string, string>;
	resource_attributes: Record<string, string>;
}

const WORD = /[\p{L}\p{N}]/u;

/** Newest first. Throws EngineError. */
export async function searchLogs(engine: Engine, database: string, query: LogQuery): Promise<LogRecord[]> {
	const conditions = [
		'timestamp >= fromUnixTimestamp64Milli({from:Int64})',
		'timestamp < fromUnixTimestamp64Milli({to:Int64})',
	];
	const params: Record<string, unknown> = {
		from: Math.floor(query.from),
		to: Math.ceil(query.to),
		limit: query.limit,
	};
	const text = query.text?.trim();
	if (text) {
		conditions.push(
			WORD.test(text) ? 'hasAllTokens(body, {text:String})' : 'position(body, {text:String}) > 0',
		);
		params.text = text;
	}
	if (query.severity !== undefined) {
		conditions.push('severity_number >= {severity:UInt8}');
		params.severity = query.severity;
	}
	const rows = await engine.select<Row>(
		`SELECT toUnixTimestamp64Nano(timestamp) AS ns, severity_number, severity_text, service_name, body, trace_id, span_id,
	event_name, scope_name, scope_version, attributes, resource_attributes
FROM ${database}.logs WHERE ${conditions.join(' AND ')}
ORDER BY timestamp DESC LIMIT {limit:UInt32}`,
		params,
	);
	return rows.map((row) => ({
		time: millis(row.ns),
		timeNs: row.ns,
		severityNumber: row.severity_number,
		severityText: row.severity_text,
		service: row.service_name,
		body: row.body,
		traceId: row.trace_id,
		spanId: row.span_id,
		eventName: row.event_name,
		scope: { name: row.scope_name, version: row.scope_version },
		attributes: row.attributes,
		resource: row.resource_attributes,
	}));
}

/** Nanoseconds in decimal as ms with a fraction. */
export function millis(ns: string): number {
	return Number(ns) / 1e6;
}
