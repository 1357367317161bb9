import { expect, test } from 'vitest';
import type { ApplicationSummary, EdgeSummary, ServiceMap } from '../api/types.ts';
import { countBoxes, edgeTone, type GraphChoice, hasTraffic, makeGraph } from './graph.ts';

const all: GraphChoice = { idle: false, hidden: [], selected: null };

function app(name: string, changes: Partial<ApplicationSummary> = {}): ApplicationSummary {
	const { namespace = 'shop', kind = 'Deployment' } = changes;
	return {
		id: `_:${namespace}:${kind}:${name}`,
		name,
		namespace,
		kind,
		types: [],
		status: 'ok',
		sentence: null,
		instances: 1,
		requestsPerSecond: null,
		errorRatio: null,
		latencyP50: null,
		latencyP95: null,
		lastSampleAt: 1000,
		...changes,
	};
}

function edge(
	from: ApplicationSummary,
	to: ApplicationSummary,
	changes: Partial<EdgeSummary> = {},
): EdgeSummary {
	return {
		id: `${from.id}>${to.id}`,
		from: from.id,
		to: to.id,
		protocols: ['http'],
		requestsPerSecond: 10,
		errorRatio: 0,
		latencyP50: 0.001,
		latencyP95: 0.004,
		connectsPerSecond: 0,
		failedConnectsPerSecond: 0,
		activeConnections: 1,
		bytesSentPerSecond: 0,
		bytesReceivedPerSecond: 0,
		lastSampleAt: 1000,
		...changes,
	};
}

const answer = (applications: ApplicationSummary[], edges: EdgeSummary[]): ServiceMap => ({
	from: 0,
	to: 1,
	step: 1,
	applications,
	edges,
});

test('idle applications are left out and counted, troubled and selected ones stay', () => {
	const [a, b, quiet, sick] = [app('a'), app('b'), app('quiet'), app('sick', { status: 'crit' })];
	const map = answer([a, b, quiet, sick], [edge(a, b)]);
	const names = (choice: GraphChoice) => makeGraph(map, choice).nodes.map((node) => node.app.name);
	expect(names(all)).toEqual(['a', 'b', 'sick']);
	expect(makeGraph(map, all).idle).toEqual([quiet]);
	expect(names({ ...all, idle: true })).toEqual(['a', 'b', 'quiet', 'sick']);
	expect(names({ ...all, selected: quiet.id })).toContain('quiet');
});

test('a link without any movement does not make its ends busy', () => {
	const [a, b] = [app('a'), app('b')];
	const still = edge(a, b, { requestsPerSecond: 0, activeConnections: 0 });
	expect(hasTraffic(still)).toBe(false);
	expect(makeGraph(answer([a, b], [still]), all).nodes).toEqual([]);
});

test('what is outside has its own box at the end, and is seen through its callers', () => {
	const a = app('a', { namespace: '' });
	const outside = app('pay.example:443', { kind: 'ExternalService', namespace: 'external' });
	const graph = makeGraph(answer([outside, a], [edge(a, outside, { errorRatio: 0.02 })]), all);
	expect(graph.boxes).toEqual(['no namespace', 'external']);
	const node = graph.nodes.find(({ external }) => external);
	expect([node?.rate, node?.p95, node?.errors]).toEqual([10, 0.004, 0.02]);
	expect(countBoxes([outside, a])).toEqual([
		['external', 1],
		['no namespace', 1],
	]);
});

test("an application that only calls shows what it sends, not the server's figure as arriving", () => {
	const client = app('client', { requestsPerSecond: 10.02 });
	const front = app('front', { requestsPerSecond: 10 });
	const graph = makeGraph(answer([client, front], [edge(client, front)]), all);
	const by = new Map(graph.nodes.map((node) => [node.app.name, node]));
	expect([by.get('client')?.rate, by.get('client')?.calls]).toEqual([null, 10]);
	expect([by.get('front')?.rate, by.get('front')?.calls]).toEqual([10, null]);
});

test('callers come before those they call, switched off boxes are gone with their links', () => {
	const [a, b] = [app('a', { namespace: 'zone' }), app('b', { namespace: 'area' })];
	const map = answer([a, b], [edge(a, b)]);
	expect(makeGraph(map, all).boxes).toEqual(['zone', 'area']);
	const half = makeGraph(map, { ...all, hidden: ['area'] });
	expect([half.nodes.length, half.edges.length]).toEqual([1, 0]);
});

test('trouble of a link', () => {
	const [a, b] = [app('a'), app('b')];
	expect(edgeTone(edge(a, b))).toBeNull();
	expect(edgeTone(edge(a, b, { errorRatio: 0.01 }))).toBe('crit');
	expect(edgeTone(edge(a, b, { latencyP95: 1.2 }))).toBe('warn');
	expect(edgeTone(edge(a, b, { connectsPerSecond: 1, failedConnectsPerSecond: 0.5 }))).toBe('crit');
});
