import { type Cursor, cursorBehind, formatCursor } from './cursor.ts';
import { millis } from './log-search.ts';
import { type Question, widening } from './question.ts';
import { type TraceFilter, traceConditions } from './trace-filter.ts';

export interface TraceQuery extends TraceFilter {
	limit: number;
	before?: Cursor;
}

/** One trace by its newest span that matches. */
export interface TraceSummary {
	traceId: string;
	spanId: string;
	service: string;
	name: string;
	kind: string;
	/** ms since the epoch, and the same in nanoseconds. */
	start: number;
	timeNs: string;
	durationNs: string;
	status: 'unset' | 'ok' | 'error';
	/** The first span without a parent, matching or not. */
	root: { service: string; name: string; start: number; durationNs: string } | null;
	/** Of the whole trace. */
	spans: number;
	errors: number;
	services: string[];
}

export interface TracePage {
	/** Newest first. */
	traces: TraceSummary[];
	/** Where older ones are; null when there are none. */
	next: string | null;
}

/** Service names given per trace. */
const MAX_SERVICES = 20;

interface Newest {
	trace_id: string;
	ns: string;
}

interface SpanRow {
	trace_id: string;
	span_id: string;
	service_name: string;
	name: string;
	kind: string;
	ns: string;
	duration_ns: string;
	status_code: TraceSummary['status'];
}

interface WholeRow {
	trace_id: string;
	spans: string;
	errors: string;
	services: string[];
	roots: string;
	root: [service: string, name: string, ns: string, durationNs: string];
}

/** Throws EngineError. */
export async function searchTraces(question: Question, query: TraceQuery): Promise<TracePage> {
	const { newest, more } = await newestOf(question, query);
	if (newest.length === 0) return { traces: [], next: null };
	const [matching, wholes] = await Promise.all([
		matchingSpans(question, query, newest),
		wholeTraces(
			question,
			newest.map(({ trace_id }) => trace_id),
		),
	]);
	const traces: TraceSummary[] = [];
	for (const { trace_id } of newest) {
		const span = matching.get(trace_id);
		const whole = wholes.get(trace_id);
		// Rows may go while the questions are asked: their time is over.
		if (!span || !whole) continue;
		const [service, name, ns, durationNs] = whole.root;
		traces.push({
			traceId: trace_id,
			spanId: span.span_id,
			service: span.service_name,
			name: span.name,
			kind: span.kind,
			start: millis(span.ns),
			timeNs: span.ns,
			durationNs: span.duration_ns,
			status: span.status_code,
			root: whole.roots === '0' ? null : { service, name, start: millis(ns), durationNs },
			spans: Number(whole.spans),
			errors: Number(whole.errors),
			services: whole.services.sort(),
		});
	}
	const times = newest.map(({ ns }) => ({ timeNs: ns }));
	return { traces, next: more ? formatCursor(cursorBehind(times, query.before)) : null };
}

/** Trace ids with the time of their newest matching span, behind the cursor. */
async function newestOf(question: Question, query: TraceQuery): Promise<{ newest: Newest[]; more: boolean }> {
	const { before, limit } = query;
	let found: Newest[] = [];
	for (const from of widening(query.from, query.to)) {
		if (before && BigInt(Math.floor(from)) * 1_000_000n > before.ns) continue;
		const conditions = traceConditions(query).between(from, query.to);
		// What was given before is found again: a trace belongs to its newest span alone.
		found = await question.select<Newest>(
			`SELECT trace_id, toUnixTimestamp64Nano(max(timestamp)) AS ns
FROM ${question.database}.traces WHERE ${conditions.sql} GROUP BY trace_id
${before ? 'HAVING ns <= {before:Int64}' : ''} ORDER BY ns DESC, trace_id LIMIT {limit:UInt32} OFFSET {given:UInt64}`,
			{
				...conditions.params,
				limit: limit + 1,
				given: before?.given ?? 0,
				...(before ? { before: String(before.ns) } : {}),
			},
		);
		if (found.length > limit) break;
	}
	return { newest: found.slice(0, limit), more: found.length > limit };
}

async function matchingSpans(
	question: Question,
	query: TraceQuery,
	newest: readonly Newest[],
): Promise<Map<string, SpanRow>> {
	const conditions = traceConditions(query).add(
		`trace_id IN {ids:Array(String)}
	AND timestamp BETWEEN fromUnixTimestamp64Nano({oldest:Int64}) AND fromUnixTimestamp64Nano({newest:Int64})`,
	);
	const rows = await question.select<SpanRow>(
		`SELECT trace_id, span_id, service_name, name, kind, toUnixTimestamp64Nano(timestamp) AS ns, duration_ns, status_code
FROM ${question.database}.traces WHERE ${conditions.sql} ORDER BY timestamp DESC, span_id LIMIT 1 BY trace_id`,
		{
			...conditions.params,
			ids: newest.map(({ trace_id }) => trace_id),
			oldest: newest.at(-1)!.ns,
			newest: newest[0]!.ns,
		},
	);
	return new Map(rows.map((row) => [row.trace_id, row]));
}

async function wholeTraces(question: Question, ids: readonly string[]): Promise<Map<string, WholeRow>> {
	const [times] = await question.select<{ first: string; last: string }>(
		`SELECT toUnixTimestamp64Nano(min(first)) AS first, toUnixTimestamp64Nano(max(last)) AS last
FROM ${question.database}.trace_times WHERE trace_id IN {ids:Array(String)}`,
		{ ids },
	);
	const rows = await question.select<WholeRow>(
		`SELECT trace_id, count() AS spans, countIf(status_code = 'error') AS errors,
	groupUniqArray(${MAX_SERVICES})(service_name) AS services, countIf(parent_span_id = '') AS roots,
	argMinIf((service_name, name, toUnixTimestamp64Nano(timestamp), duration_ns), timestamp, parent_span_id = '') AS root
FROM ${question.database}.traces WHERE trace_id IN {ids:Array(String)}
	AND timestamp BETWEEN fromUnixTimestamp64Nano({first:Int64}) AND fromUnixTimestamp64Nano({last:Int64})
GROUP BY trace_id`,
		{ ids, first: times!.first, last: times!.last },
	);
	return new Map(rows.map((row) => [row.trace_id, row]));
}
