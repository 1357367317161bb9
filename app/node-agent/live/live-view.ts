/** What the live view shows: edges of this node with what was asked over them. */

/** Seconds; null when nothing was observed. */
export interface Latency {
	p50: number | null;
	p95: number | null;
	/** Of the requests whose spans were seen. */
	max: number | null;
}

/** One route or statement of an edge, of the requests whose spans were seen. */
export interface LiveDetail {
	protocol: string;
	detail: string;
	requestsPerSecond: number;
	errorsPerSecond: number;
	latency: Latency;
}

export interface LiveEdge {
	/** Container id, or OTHERS. */
	client: string;
	/** Container id, or `ip:port` where nobody on this node answers. */
	server: string;
	protocols: string[];
	requestsPerSecond: number;
	errorsPerSecond: number;
	latency: Latency;
	connectsPerSecond: number;
	failedConnectsPerSecond: number;
	/** Now. */
	activeConnections: number;
	bytesSentPerSecond: number;
	bytesReceivedPerSecond: number;
	/** Share of the requests that the details tell of, 0 to 1; 1 without requests. */
	detailed: number;
	details: LiveDetail[];
}

export interface LiveView {
	/** ms since the epoch. */
	time: number;
	/** How long the window is. */
	seconds: number;
	/** Records that the kernel could not hand over in the window. */
	lost: number;
	/** Those with traffic, connections or failures in the window; in no order. */
	edges: LiveEdge[];
}

/** Callers that are not on this node, or are not told apart. */
export const OTHERS = '(others)';
