import type { ApplicationSummary, EdgeSummary, ServiceMap, Status } from '../api/types.ts';
import { ERROR_OBJECTIVE, isExternal, LATENCY_OBJECTIVE, namespaceName } from '../format/status.ts';

export interface MapNode {
	id: string;
	app: ApplicationSummary;
	/** The box that holds it. */
	box: string;
	external: boolean;
	/** Requests that arrive: the application's own figure, or, where nobody measures it there, the sum over its callers. */
	rate: number | null;
	p95: number | null;
	errors: number | null;
	/** What it sends, for applications that only call. */
	calls: number | null;
	/** Over all its inbound links, for applications whose requests cannot be read. */
	bytes: number;
}

export interface MapEdge {
	id: string;
	edge: EdgeSummary;
	from: MapNode;
	to: MapNode;
	tone: 'crit' | 'warn' | null;
}

export interface MapGraph {
	nodes: MapNode[];
	edges: MapEdge[];
	/** Box ids in the order in which they are put into rows: callers first, what is outside last. */
	boxes: string[];
	/** Applications without any traffic in the range, which are not among `nodes`. */
	idle: ApplicationSummary[];
}

export interface GraphChoice {
	/** Show applications without traffic too. */
	idle: boolean;
	/** Boxes that are switched off. */
	hidden: readonly string[];
	/** Shown even when idle. */
	selected: string | null;
}

/** The box of an application: its namespace, or `external` for what lies outside. */
export function boxOf(app: ApplicationSummary): string {
	return isExternal(app) ? 'external' : namespaceName(app.namespace);
}

/** Whether anything moved over the link. */
export function hasTraffic(edge: EdgeSummary): boolean {
	const figures = [
		edge.requestsPerSecond,
		edge.connectsPerSecond,
		edge.failedConnectsPerSecond,
		edge.activeConnections,
		edge.bytesSentPerSecond,
		edge.bytesReceivedPerSecond,
	];
	return figures.some((figure) => figure !== null && figure !== undefined && figure > 0);
}

export function edgeTone(edge: EdgeSummary): 'crit' | 'warn' | null {
	if ((edge.errorRatio ?? 0) >= ERROR_OBJECTIVE) return 'crit';
	const refused = edge.failedConnectsPerSecond ?? 0;
	if (refused > 0 && refused >= (edge.connectsPerSecond ?? 0) * ERROR_OBJECTIVE) return 'crit';
	return (edge.latencyP95 ?? 0) > LATENCY_OBJECTIVE ? 'warn' : null;
}

const add = (sum: number | null, more: number | null) => (more === null ? sum : (sum ?? 0) + more);

/** Share of failed requests over several links, weighted by their rates. */
function mixErrors(edges: EdgeSummary[]): number | null {
	let requests = 0;
	let failed = 0;
	for (const { requestsPerSecond, errorRatio } of edges) {
		if (requestsPerSecond === null || errorRatio === null) continue;
		requests += requestsPerSecond;
		failed += requestsPerSecond * errorRatio;
	}
	return requests > 0 ? failed / requests : null;
}

function makeNode(app: ApplicationSummary, inbound: EdgeSummary[], outbound: EdgeSummary[]): MapNode {
	const sum = (edges: EdgeSummary[]) =>
		edges.reduce<number | null>((s, e) => add(s, e.requestsPerSecond), null);
	const calls = sum(outbound);
	// For an application that only calls, the server's figure is that of the requests which it sends.
	const asked = inbound.some((edge) => edge.requestsPerSecond !== null);
	const sent = !asked && calls !== null && Math.abs(calls - (app.requestsPerSecond ?? 0)) <= calls * 0.01;
	const own = app.requestsPerSecond !== null && !sent;
	const only = inbound.length === 1 ? inbound[0] : undefined;
	return {
		id: app.id,
		app,
		box: boxOf(app),
		external: isExternal(app),
		rate: own ? app.requestsPerSecond : sum(inbound),
		// Percentiles of several links cannot be added up; with one caller its figure is the figure.
		p95: own || sent ? app.latencyP95 : (only?.latencyP95 ?? null),
		errors: own || sent ? app.errorRatio : mixErrors(inbound),
		calls,
		bytes: inbound.reduce((s, e) => s + (e.bytesSentPerSecond ?? 0) + (e.bytesReceivedPerSecond ?? 0), 0),
	};
}

/** The order of boxes: who calls more than it is called comes first; ties by name; outside last. */
function orderBoxes(nodes: MapNode[], edges: MapEdge[]): string[] {
	const flow = new Map<string, number>(nodes.map((node) => [node.box, 0]));
	for (const { from, to } of edges) {
		if (from.box === to.box) continue;
		flow.set(from.box, (flow.get(from.box) ?? 0) + 1);
		flow.set(to.box, (flow.get(to.box) ?? 0) - 1);
	}
	const outside = (box: string) => Number(box === 'external');
	return [...flow.keys()].sort(
		(a, b) =>
			outside(a) - outside(b) || (flow.get(b) ?? 0) - (flow.get(a) ?? 0) || (a < b ? -1 : Number(a > b)),
	);
}

/** From the server's answer to what the map shows under the present choices. Idle, healthy applications are left out. */
export function makeGraph(map: ServiceMap, choice: GraphChoice): MapGraph {
	const inbound = new Map<string, EdgeSummary[]>();
	const outbound = new Map<string, EdgeSummary[]>();
	const busy = new Set<string>();
	for (const edge of map.edges) {
		inbound.set(edge.to, [...(inbound.get(edge.to) ?? []), edge]);
		outbound.set(edge.from, [...(outbound.get(edge.from) ?? []), edge]);
		if (hasTraffic(edge)) busy.add(edge.from).add(edge.to);
	}
	const idle: ApplicationSummary[] = [];
	const nodes: MapNode[] = [];
	for (const app of map.applications) {
		const troubled = app.status === 'crit' || app.status === 'warn';
		const quiet = !busy.has(app.id) && !((app.requestsPerSecond ?? 0) > 0) && !troubled;
		if (quiet) idle.push(app);
		if (quiet && !choice.idle && app.id !== choice.selected) continue;
		if (choice.hidden.includes(boxOf(app))) continue;
		nodes.push(makeNode(app, inbound.get(app.id) ?? [], outbound.get(app.id) ?? []));
	}
	nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const edges: MapEdge[] = [];
	for (const edge of map.edges) {
		const from = byId.get(edge.from);
		const to = byId.get(edge.to);
		if (from && to) edges.push({ id: edge.id, edge, from, to, tone: edgeTone(edge) });
	}
	edges.sort((a, b) => (a.id < b.id ? -1 : 1));
	return { nodes, edges, boxes: orderBoxes(nodes, edges), idle };
}

export function countStatus(applications: ApplicationSummary[], status: Status): number {
	return applications.filter((app) => app.status === status).length;
}

/** All boxes of an answer with their number of applications, by name. */
export function countBoxes(applications: ApplicationSummary[]): [string, number][] {
	const counts = new Map<string, number>();
	for (const app of applications) counts.set(boxOf(app), (counts.get(boxOf(app)) ?? 0) + 1);
	return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
