// What the tests read of the HTTP API; the schemas are the server's.

export interface ApplicationSummary {
	errorRatio: number | null;
	/** Kinds of programs that run in it. */
	types: string[];
	id: string;
	name: string;
	status: string;
	instances: number;
	requestsPerSecond: number | null;
	latencyP50: number | null;
	latencyP95: number | null;
	lastSampleAt: number | null;
}

export interface EdgeSummary {
	from: string;
	to: string;
	protocols: string[];
	requestsPerSecond: number | null;
	errorRatio: number | null;
}

export interface ServiceMap {
	applications: ApplicationSummary[];
	edges: EdgeSummary[];
}

export interface ApplicationReport {
	application: ApplicationSummary;
	instances: { name: string; node: string; containerId: string; listens: string[] }[];
	clients: { application: ApplicationSummary; edge: EdgeSummary }[];
	dependencies: { application: ApplicationSummary; edge: EdgeSummary }[];
	requests: { side: 'inbound' | 'outbound'; totals: Record<string, number> };
}
