import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../clock.ts';
import { gridTimes } from '../../promql/time-grid.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import { ServerError } from '../errors.ts';
import type { MetricIngest } from '../ingest/metric-ingest.ts';
import { HOUR_MS } from '../metrics/chunk-codec.ts';
import type { ChunkStore } from '../metrics/chunk-store.ts';
import { readInstanceResources } from '../model/instance-resources.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { applicationReport, networkOf, serviceMap } from '../model/views.ts';
import type { MetricSource } from '../prometheus-source/metric-source.ts';
import { ApplicationReport, Problem, Range, ServerStatus, ServiceMap } from './schemas.ts';

const DEFAULT_RANGE_MS = 3_600_000;
const MAX_RANGE_MS = 15 * 24 * 3_600_000;
const AGENT_RANGE_MS = 3_600_000;
/** Parts of the store that are said to be lost; the newest. */
const MAX_LOST = 20;

export interface QueryRoutesOptions {
	models: ModelCache;
	store: ChunkStore;
	ingest: MetricIngest;
	source: MetricSource | null;
	signals: Signals;
	clock: Clock;
	version: string;
	startedAt: number;
	project: { id: string; name: string };
}

export function queryRoutes(o: QueryRoutesOptions) {
	const { models, store, ingest, source, signals, clock } = o;
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 422: Problem };

		app.get(
			'/api/status',
			{ schema: { tags: ['query'], response: { 200: ServerStatus, 401: Problem } } },
			async () => {
				const now = clock.now();
				const world = await models.get(now - AGENT_RANGE_MS, now);
				const { series } = store.stats();
				return {
					version: o.version,
					startedAt: o.startedAt,
					project: o.project,
					// Of senders: the server's own are no sign of life.
					ingest: {
						lastSampleAt: source ? store.stats().lastSampleAt : ingest.lastSampleAt,
						series,
						samplesPerSecond: (source ?? ingest).samplesPerSecond(),
					},
					metricSource: source?.status() ?? null,
					lostMetrics: store
						.lost()
						.slice(-MAX_LOST)
						.map(({ fromHour, toHour, place, reason }) => ({
							from: fromHour * HOUR_MS,
							to: (toHour + 1) * HOUR_MS,
							place,
							reason,
						})),
					features: signals.features(),
					agents: [...world.nodes.values()].map((node) => ({
						node: node.machineId,
						hostname: node.hostname,
						kernel: node.kernel,
						lastSampleAt: node.lastSampleAt,
						features: node.features(),
					})),
				};
			},
		);

		app.get(
			'/api/map',
			{
				schema: {
					tags: ['query'],
					description: 'Applications and who calls whom',
					querystring: Range,
					response: { 200: ServiceMap, ...errors },
				},
			},
			async (request) => {
				const { from, to } = rangeOf(request.query, clock.now());
				return serviceMap(await models.get(from, to), clock.now());
			},
		);

		app.get(
			'/api/applications/:id',
			{
				schema: {
					tags: ['query'],
					description: 'One application: requests, latency, instances and what they use, neighbours',
					params: Type.Object({ id: Type.String() }),
					querystring: Range,
					response: { 200: ApplicationReport, 404: Problem, ...errors },
				},
			},
			async (request) => {
				const { from, to } = rangeOf(request.query, clock.now());
				const world = await models.get(from, to);
				const found = world.applications.get(request.params.id);
				if (!found) throw new ServerError('CXR_MODEL_NO_APPLICATION', request.params.id);
				const resources = await readInstanceResources(store, world.grid, [...found.instances.values()]);
				return {
					...applicationReport(found, world, clock.now()),
					resources: { times: gridTimes(world.grid), ...resources, network: networkOf(found, world) },
				};
			},
		);
	};
}

/** Throws CXR_QUERY_RANGE. */
export function rangeOf(query: Range, now: number): { from: number; to: number } {
	const to = query.to ?? now;
	const from = query.from ?? to - DEFAULT_RANGE_MS;
	if (!Number.isFinite(from) || !Number.isFinite(to) || from < 0 || to > 8.64e15) {
		throw new ServerError('CXR_QUERY_RANGE', '`from` and `to` are milliseconds since the epoch.');
	}
	if (from >= to) throw new ServerError('CXR_QUERY_RANGE', '`from` must lie before `to`.');
	if (to - from > MAX_RANGE_MS) throw new ServerError('CXR_QUERY_RANGE', 'A range is at most 15 days.');
	return { from, to };
}
