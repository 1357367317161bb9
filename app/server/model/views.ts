import type { IncreaseSum } from '../../promql/increase.ts';
import { gridTimes } from '../../promql/time-grid.ts';
import type { ApplicationReport, ApplicationSummary, EdgeSummary, ServiceMap } from '../api/schemas.ts';
import { known, sumOf } from './columns.ts';
import { RequestSums, STATUS_CLASSES } from './request-sums.ts';
import { judge } from './status.ts';
import type { Application, Link, World } from './world.ts';

/** The requests that speak for an application: as it answered them, else as its callers saw them, else its own. */
export function requestsOf(app: Application): { requests: RequestSums; side: 'inbound' | 'callers' | 'own' } {
	if (!app.inbound.empty) return { requests: app.inbound, side: 'inbound' };
	const sum = (links: Iterable<Link>) => {
		const all = new RequestSums(app.inbound.grid);
		for (const link of links) all.merge(link.requests);
		return all;
	};
	const callers = sum(app.clients.values());
	if (!callers.empty) return { requests: callers, side: 'callers' };
	return { requests: sum(app.dependencies.values()), side: 'own' };
}

export function summarize(app: Application, world: World, now: number): ApplicationSummary {
	const { requests, side } = requestsOf(app);
	const has = requests.byStatus.size > 0;
	const judged = judge(requests, side === 'own' ? 'asks' : 'answers', app.lastSampleAt, world.grid, now);
	return {
		id: app.id,
		name: app.identity.name,
		namespace: app.identity.namespace,
		kind: app.identity.kind,
		types: [...app.types].sort(),
		...judged,
		instances: app.instances.size,
		requestsPerSecond: has ? requests.all().rate : null,
		errorRatio: requests.errorRatio(),
		latencyP50: requests.quantile(0.5),
		latencyP95: requests.quantile(0.95),
		lastSampleAt: app.lastSampleAt,
	};
}

export function summarizeLink(link: Link): EdgeSummary {
	const has = link.requests.byStatus.size > 0;
	return {
		id: `${link.from.id}>${link.to.id}`,
		from: link.from.id,
		to: link.to.id,
		protocols: [...link.protocols].sort(),
		requestsPerSecond: has ? link.requests.all().rate : null,
		errorRatio: link.requests.errorRatio(),
		latencyP50: link.requests.quantile(0.5),
		latencyP95: link.requests.quantile(0.95),
		connectsPerSecond: link.connects.rate ?? 0,
		failedConnectsPerSecond: link.failedConnects.rate ?? 0,
		activeConnections: link.activeConnections,
		bytesSentPerSecond: link.bytesSent.rate ?? 0,
		bytesReceivedPerSecond: link.bytesReceived.rate ?? 0,
		lastSampleAt: link.lastSampleAt,
	};
}

export function serviceMap(world: World, now: number): ServiceMap {
	const { from, to, step } = world.grid;
	return {
		from,
		to,
		step,
		applications: [...world.applications.values()]
			.map((app) => summarize(app, world, now))
			.sort((a, b) => (a.id < b.id ? -1 : 1)),
		edges: [...world.links.values()].map(summarizeLink).sort((a, b) => (a.id < b.id ? -1 : 1)),
	};
}

/** All of the report that the world knows; what its instances use is a question of its own. */
export function applicationReport(
	app: Application,
	world: World,
	now: number,
): Omit<ApplicationReport, 'resources'> {
	const { grid } = world;
	const { requests, side } = requestsOf(app);
	const neighbours = (links: Map<string, Link>, other: (link: Link) => Application) =>
		[...links.values()]
			.map((link) => ({ application: summarize(other(link), world, now), edge: summarizeLink(link) }))
			.sort((a, b) => (a.application.id < b.application.id ? -1 : 1));
	const totals: Record<string, number> = {};
	for (const status of STATUS_CLASSES) {
		const sum = requests.byStatus.get(status);
		if (sum) totals[status] = sum.total;
	}
	const times = gridTimes(grid);
	return {
		from: grid.from,
		to: grid.to,
		step: grid.step,
		application: summarize(app, world, now),
		instances: [...app.instances.values()]
			.map((i) => ({
				id: i.id,
				name: i.name,
				node: i.node.name,
				nodeId: i.node.key,
				containerId: i.containerId,
				listens: [...i.listens].sort(),
				lastSampleAt: i.lastSampleAt,
			}))
			.sort((a, b) => (a.id < b.id ? -1 : 1)),
		clients: neighbours(app.clients, (link) => link.from),
		dependencies: neighbours(app.dependencies, (link) => link.to),
		requests: {
			side: side === 'inbound' ? 'inbound' : 'outbound',
			times,
			byStatus: STATUS_CLASSES.filter((s) => requests.byStatus.has(s)).map((status) => ({
				status,
				perSecond: known(requests.byStatus.get(status)!.perSecond(grid)) ?? times.map(() => null),
			})),
			totals,
		},
		latency: latencyOf(requests, times),
	};
}

/** Payload over TCP with both sides: what it sends is what its callers receive, as they count it. */
export function networkOf(app: Application, world: World): ApplicationReport['resources']['network'] {
	const { grid } = world;
	const perSecond = (sums: IncreaseSum[]) => known(sumOf(sums.map((sum) => sum.perSecond(grid))));
	const calls = [...app.dependencies.values()];
	const callers = [...app.clients.values()];
	return {
		sentBytesPerSecond: perSecond([
			...calls.map((link) => link.bytesSent),
			...callers.map((link) => link.bytesReceived),
		]),
		receivedBytesPerSecond: perSecond([
			...calls.map((link) => link.bytesReceived),
			...callers.map((link) => link.bytesSent),
		]),
	};
}

function latencyOf(requests: RequestSums, times: number[]): ApplicationReport['latency'] {
	const bounds = requests.bounds();
	const columns = bounds.map((b) => requests.buckets.get(b)!.steps);
	return {
		times,
		p50: times.map((_, i) => requests.quantile(0.5, i)),
		p95: times.map((_, i) => requests.quantile(0.95, i)),
		p99: times.map((_, i) => requests.quantile(0.99, i)),
		heatmap: {
			bounds: bounds.map((b) => (Number.isFinite(b) ? b : null)),
			counts: times.map((_, i) =>
				columns.map((column, b) => {
					const n = column[i]!;
					if (Number.isNaN(n)) return null;
					// Buckets are cumulative; what lies between two bounds is their difference.
					const below = b === 0 ? 0 : columns[b - 1]![i]!;
					return Math.max(0, n - (Number.isNaN(below) ? 0 : below));
				}),
			),
		},
	};
}
