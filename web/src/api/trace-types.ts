/** Traces as the API gives them. Times are ms since epoch, durations ns in decimal. */

export type SpanStatus = 'unset' | 'ok' | 'error';

/** What every question about spans may be narrowed to. */
export interface TraceFilters {
	/** Application id: the services of its instances. Not together with `service`. */
	application?: string | null;
	service?: string | null;
	name?: string | null;
	status?: 'ok' | 'error' | null;
	/** ms */
	minDuration?: number | null;
	maxDuration?: number | null;
	/** `key=value`, each of them. */
	attribute?: readonly string[];
	/** Only root spans; else any span that matches. */
	root?: boolean;
}

export interface TraceSummary {
	traceId: string;
	/** The newest span that matches. */
	spanId: string;
	service: string;
	name: string;
	kind: string;
	start: number;
	durationNs: string;
	status: SpanStatus;
	root: { service: string; name: string; start: number; durationNs: string } | null;
	spans: number;
	errors: number;
	services: string[];
}

export interface TraceList {
	/** Newest first. */
	traces: TraceSummary[];
	/** Cursor to older ones. */
	next: string | null;
}

export interface TraceHeatmap {
	from: number;
	to: number;
	step: number;
	/** Ends of the steps. */
	times: number[];
	/** Upper bounds in seconds; the last is null. */
	bounds: (number | null)[];
	/** Per time, per bucket. */
	counts: number[][];
	errors: number[][];
	total: number;
	errorTotal: number;
}

export interface TraceServices {
	services: {
		service: string;
		application: string | null;
		spans: number;
		errors: number;
		/** p50 and p95 in seconds. */
		names: { name: string; spans: number; errors: number; p50: number; p95: number }[];
	}[];
}

export interface Span {
	spanId: string;
	/** Empty for a root. */
	parentSpanId: string;
	name: string;
	kind: string;
	service: string;
	start: number;
	startNs: string;
	durationNs: string;
	status: { code: SpanStatus; message: string };
	traceState: string;
	scope: { name: string; version: string };
	attributes: Record<string, string>;
	resource: Record<string, string>;
	events: { time: number; timeNs: string; name: string; attributes: Record<string, string> }[];
	links: { traceId: string; spanId: string; traceState: string; attributes: Record<string, string> }[];
}

export interface Trace {
	traceId: string;
	/** There are more spans than are given. */
	truncated: boolean;
	/** By start. */
	spans: Span[];
}
