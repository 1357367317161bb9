import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../clock.ts';
import { parseCursor } from '../clickhouse/cursor.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import type { TraceFilter } from '../clickhouse/trace-filter.ts';
import { traceHeatmap } from '../clickhouse/trace-heatmap.ts';
import { readTrace } from '../clickhouse/trace-read.ts';
import { searchTraces } from '../clickhouse/trace-search.ts';
import { traceServices } from '../clickhouse/trace-services.ts';
import { ServerError } from '../errors.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { applicationsByService } from '../model/service-names.ts';
import { rangeOf } from './query-routes.ts';
import { Problem, Range } from './schemas.ts';
import { goneSignal, scopeOf } from './signal-query.ts';
import {
	Trace,
	type TraceFilterQuery,
	TraceFilterQuery as TraceFilterSchema,
	TraceHeatmap,
	TraceList,
	TraceListQuery,
	TraceServices,
} from './trace-schemas.ts';

const DEFAULT_TRACES = 100;

/** Reading traces. */
export function traceRoutes(o: { signals: Signals; models: ModelCache; clock: Clock }) {
	const { signals, models, clock } = o;

	async function filterOf(query: TraceFilterQuery): Promise<TraceFilter> {
		const { name, status, minDuration, maxDuration, root } = query;
		return {
			...(await scopeOf(query, o)),
			...(name === undefined ? {} : { name }),
			...(status === undefined ? {} : { status }),
			...(minDuration === undefined ? {} : { minDuration }),
			...(maxDuration === undefined ? {} : { maxDuration }),
			...(root === undefined ? {} : { root }),
		};
	}

	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 404: Problem, 422: Problem, 501: Problem, 503: Problem };
		const tags = ['query'];

		app.get(
			'/api/traces',
			{
				schema: {
					tags,
					description: 'Traces with a span that matches',
					querystring: TraceListQuery,
					response: { 200: TraceList, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				const { limit = DEFAULT_TRACES, before } = query;
				const wanted = { ...filter, limit, ...(before === undefined ? {} : { before: parseCursor(before) }) };
				const page = await signals.ask((question) => searchTraces(question, wanted), goneSignal(reply));
				return { from: filter.from, to: filter.to, ...page };
			},
		);

		app.get(
			'/api/traces/heatmap',
			{
				schema: {
					tags,
					description: 'Spans that match, by time and duration',
					querystring: TraceFilterSchema,
					response: { 200: TraceHeatmap, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				return signals.ask((question) => traceHeatmap(question, filter), goneSignal(reply));
			},
		);

		app.get(
			'/api/traces/services',
			{
				schema: {
					tags,
					description: 'Services that sent spans, and the names of these',
					querystring: Range,
					response: { 200: TraceServices, ...errors },
				},
			},
			async ({ query }, reply) => {
				const range = rangeOf(query, clock.now());
				const found = await signals.ask((question) => traceServices(question, range), goneSignal(reply));
				const applications = applicationsByService(await models.get(range.from, range.to));
				const services = found.map((each) => ({
					...each,
					application: applications.get(each.service) ?? null,
				}));
				return { ...range, services };
			},
		);

		app.get(
			'/api/traces/:traceId',
			{
				schema: {
					tags,
					description: 'All spans of one trace',
					params: Type.Object({
						traceId: Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: '32 hexadecimal digits' }),
					}),
					response: { 200: Trace, ...errors },
				},
			},
			async (request, reply) => {
				const traceId = request.params.traceId.toLowerCase();
				const trace = await signals.ask((question) => readTrace(question, traceId), goneSignal(reply));
				if (!trace) throw new ServerError('CXR_TRACE_UNKNOWN', traceId);
				return trace;
			},
		);
	};
}
