import { millis } from './log-search.ts';
import type { Question } from './question.ts';

export interface Span {
	spanId: string;
	parentSpanId: string;
	name: string;
	kind: string;
	service: string;
	/** ms since the epoch, and the same in nanoseconds. */
	start: number;
	startNs: string;
	durationNs: string;
	status: { code: string; message: string };
	traceState: string;
	scope: { name: string; version: string };
	attributes: Record<string, string>;
	resource: Record<string, string>;
	events: { time: number; timeNs: string; name: string; attributes: Record<string, string> }[];
	links: { traceId: string; spanId: string; traceState: string; attributes: Record<string, string> }[];
}

export interface Trace {
	traceId: string;
	/** By start; at most MAX_SPANS. */
	spans: Span[];
	/** There are more spans than are given. */
	truncated: boolean;
}

export const MAX_SPANS = 10_000;

interface Row {
	span_id: string;
	parent_span_id: string;
	name: string;
	kind: string;
	service_name: string;
	ns: string;
	duration_ns: string;
	status_code: string;
	status_message: string;
	trace_state: string;
	scope_name: string;
	scope_version: string;
	attributes: Record<string, string>;
	resource_attributes: Record<string, string>;
	event_list: [ns: string, name: string, attributes: Record<string, string>][];
	link_list: [traceId: string, spanId: string, traceState: string, attributes: Record<string, string>][];
}

/** All spans of a trace id of 32 lower-case hexadecimal digits, or null when there are none. Throws EngineError. */
export async function readTrace(question: Question, traceId: string): Promise<Trace | null> {
	// The look-up says in which days and granules the spans are; without it every part would be asked.
	const [times] = await question.select<{ first: string; last: string; days: string }>(
		`SELECT toUnixTimestamp64Nano(min(first)) AS first, toUnixTimestamp64Nano(max(last)) AS last, count() AS days
FROM ${question.database}.trace_times WHERE trace_id = {id:String}`,
		{ id: traceId },
	);
	if (!times || times.days === '0') return null;
	const rows = await question.select<Row>(
		`SELECT span_id, parent_span_id, name, kind, service_name, toUnixTimestamp64Nano(timestamp) AS ns, duration_ns, status_code,
	status_message, trace_state, scope_name, scope_version, attributes, resource_attributes,
	arrayMap(e -> tuple(toUnixTimestamp64Nano(e.1), e.2, e.3), events) AS event_list,
	arrayMap(l -> tuple(l.1, l.2, l.3, l.4), links) AS link_list
FROM ${question.database}.traces
WHERE trace_id = {id:String}
	AND timestamp BETWEEN fromUnixTimestamp64Nano({first:Int64}) AND fromUnixTimestamp64Nano({last:Int64})
ORDER BY timestamp, span_id LIMIT ${MAX_SPANS + 1}`,
		{ id: traceId, first: times.first, last: times.last },
	);
	if (rows.length === 0) return null;
	return { traceId, spans: rows.slice(0, MAX_SPANS).map(spanOf), truncated: rows.length > MAX_SPANS };
}

function spanOf(row: Row): Span {
	return {
		spanId: row.span_id,
		parentSpanId: row.parent_span_id,
		name: row.name,
		kind: row.kind,
		service: row.service_name,
		start: millis(row.ns),
		startNs: row.ns,
		durationNs: row.duration_ns,
		status: { code: row.status_code, message: row.status_message },
		traceState: row.trace_state,
		scope: { name: row.scope_name, version: row.scope_version },
		attributes: row.attributes,
		resource: row.resource_attributes,
		events: row.event_list.map(([ns, name, attributes]) => ({
			time: millis(ns),
			timeNs: ns,
			name,
			attributes,
		})),
		links: row.link_list.map(([traceId, spanId, traceState, attributes]) => ({
			traceId,
			spanId,
			traceState,
			attributes,
		})),
	};
}
