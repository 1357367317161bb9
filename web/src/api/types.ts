import type { ApplicationResources } from './resource-types.ts';

/** Shapes of the server's HTTP API as the pages read them; logs, traces, profiles and resources have files of their own. Times are ms since epoch, latencies seconds, null is "not measured". */

export type Status = 'ok' | 'warn' | 'crit' | 'unknown';

export interface AgentStatus {
	node: string;
	hostname: string | null;
	kernel: string | null;
	lastSampleAt: number | null;
	features: Feature[];
}

/** A part of the server or of an agent. */
export interface Feature {
	feature: string;
	/** False when it is off; with a reason it works in part. */
	ok: boolean;
	state: 'works' | 'degraded' | 'off';
	/** Which of its ways works. */
	tier: string | null;
	reason: string | null;
	/** What would have to be there. */
	missing: string | null;
	/** What goes on without it. */
	works: string | null;
	/** The command that helps. */
	command: string | null;
}

/** A group of metric names that are copied together. */
export interface SourceGroup {
	id: number;
	names: number;
	firstName: string;
	lagMs: number;
	/** How much time one question covers. */
	windowMs: number;
	/** In a row. */
	failures: number;
	error: string | null;
}

/** A store that speaks the Prometheus API, out of which metrics are copied. */
export interface MetricSource {
	/** Without credentials. */
	address: string;
	/** Null until it has answered. */
	kind: string | null;
	/** Why it cannot be asked for its names. */
	error: string | null;
	names: number;
	groups: number;
	/** Groups that failed last time. */
	failing: number;
	/** Of the group that is furthest behind. */
	lagMs: number | null;
	/** How much of the past is copied, 0..1. */
	backFill: number;
	/** At most 10 groups that fail or are furthest behind. */
	slowest: SourceGroup[];
}

export interface ServerStatus {
	version: string;
	startedAt: number;
	project: { id: string; name: string };
	ingest: { lastSampleAt: number | null; series: number; samplesPerSecond: number };
	/** Null when metrics are pushed here. */
	metricSource: MetricSource | null;
	/** Stored metrics that cannot be read any more, ms. */
	lostMetrics: { from: number; to: number; place: string; reason: string }[];
	/** Whether logs, traces and profiles work, and why not. */
	features: Feature[];
	agents: AgentStatus[];
}

export interface ApplicationSummary {
	/** `cluster:namespace:Kind:name`, `_` for an empty part. */
	id: string;
	name: string;
	namespace: string;
	kind: string;
	types: string[];
	status: Status;
	/** Why the status is not ok. */
	sentence: string | null;
	instances: number;
	requestsPerSecond: number | null;
	/** 0..1 */
	errorRatio: number | null;
	latencyP50: number | null;
	latencyP95: number | null;
	lastSampleAt: number | null;
}

export interface EdgeSummary {
	/** `${from}>${to}` */
	id: string;
	from: string;
	to: string;
	protocols: string[];
	requestsPerSecond: number | null;
	errorRatio: number | null;
	latencyP50: number | null;
	latencyP95: number | null;
	connectsPerSecond: number | null;
	failedConnectsPerSecond: number | null;
	activeConnections: number | null;
	bytesSentPerSecond: number | null;
	bytesReceivedPerSecond: number | null;
	lastSampleAt: number | null;
}

export interface ServiceMap {
	from: number;
	to: number;
	step: number;
	applications: ApplicationSummary[];
	edges: EdgeSummary[];
}

export interface Instance {
	id: string;
	name: string;
	node: string;
	nodeId: string;
	containerId: string;
	listens: string[];
	lastSampleAt: number | null;
}

export interface Neighbour {
	application: ApplicationSummary;
	edge: EdgeSummary;
}

export type RequestStatus = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'ok' | 'failed' | 'unknown';

export interface RequestSeries {
	/** As the application answered them; else as its callers, or, where there are none, it as a caller, saw them. */
	side: 'inbound' | 'outbound';
	/** Ends of the steps: the figure at `times[i]` covers the `step` before it. */
	times: number[];
	byStatus: { status: RequestStatus; perSecond: (number | null)[] }[];
	totals: Partial<Record<RequestStatus, number>>;
}

export interface LatencySeries {
	times: number[];
	p50: (number | null)[];
	p95: (number | null)[];
	p99: (number | null)[];
	heatmap: {
		/** Upper bounds of the buckets in seconds; null is infinity. */
		bounds: (number | null)[];
		/** Per time, per bucket. */
		counts: (number | null)[][];
	};
}

export interface ApplicationReport {
	from: number;
	to: number;
	step: number;
	application: ApplicationSummary;
	instances: Instance[];
	clients: Neighbour[];
	dependencies: Neighbour[];
	requests: RequestSeries;
	latency: LatencySeries;
	resources: ApplicationResources;
}

/** RFC 9457 problem details. */
export interface Problem {
	type?: string;
	title?: string;
	status?: number;
	detail?: string;
	code?: string;
}
