import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../clock.ts';
import { parseCursor } from '../clickhouse/cursor.ts';
import type { LogFilter } from '../clickhouse/log-filter.ts';
import { logHistogram } from '../clickhouse/log-histogram.ts';
import { logPatterns } from '../clickhouse/log-patterns.ts';
import { searchLogs } from '../clickhouse/log-search.ts';
import { logServices } from '../clickhouse/log-services.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { applicationsByService } from '../model/service-names.ts';
import {
	type LogFilterQuery,
	LogFilterQuery as LogFilterSchema,
	LogHistogram,
	LogList,
	LogListQuery,
	LogPatternQuery,
	LogPatterns,
	LogServices,
	SEVERITIES,
} from './log-schemas.ts';
import { rangeOf } from './query-routes.ts';
import { Problem, Range } from './schemas.ts';
import { goneSignal, scopeOf } from './signal-query.ts';

const DEFAULT_RECORDS = 100;
const DEFAULT_PATTERNS = 50;

/** Reading logs. */
export function logRoutes(o: { signals: Signals; models: ModelCache; clock: Clock }) {
	const { signals, models, clock } = o;

	async function filterOf(query: LogFilterQuery): Promise<LogFilter> {
		const { text, severity, pattern, traceId } = query;
		return {
			...(await scopeOf(query, o)),
			...(text === undefined ? {} : { text }),
			...(severity === undefined ? {} : { severity: SEVERITIES[severity] }),
			...(pattern === undefined ? {} : { pattern }),
			...(traceId === undefined ? {} : { traceId: traceId.toLowerCase() }),
		};
	}

	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 404: Problem, 422: Problem, 501: Problem, 503: Problem };
		const tags = ['query'];

		app.get(
			'/api/logs',
			{
				schema: {
					tags,
					description: 'Log records of a time range',
					querystring: LogListQuery,
					response: { 200: LogList, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				const { limit = DEFAULT_RECORDS, before } = query;
				const wanted = { ...filter, limit, ...(before === undefined ? {} : { before: parseCursor(before) }) };
				const page = await signals.ask((question) => searchLogs(question, wanted), goneSignal(reply));
				return { from: filter.from, to: filter.to, ...page };
			},
		);

		app.get(
			'/api/logs/histogram',
			{
				schema: {
					tags,
					description: 'Log records by time and severity',
					querystring: LogFilterSchema,
					response: { 200: LogHistogram, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				return signals.ask((question) => logHistogram(question, filter), goneSignal(reply));
			},
		);

		app.get(
			'/api/logs/patterns',
			{
				schema: {
					tags,
					description: 'Log records by the pattern that agents found in them',
					querystring: LogPatternQuery,
					response: { 200: LogPatterns, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				const wanted = { ...filter, limit: query.limit ?? DEFAULT_PATTERNS };
				const found = await signals.ask((question) => logPatterns(question, wanted), goneSignal(reply));
				return { from: filter.from, to: filter.to, ...found };
			},
		);

		app.get(
			'/api/logs/services',
			{
				schema: {
					tags,
					description: 'Services that wrote logs',
					querystring: Range,
					response: { 200: LogServices, ...errors },
				},
			},
			async ({ query }, reply) => {
				const range = rangeOf(query, clock.now());
				const found = await signals.ask((question) => logServices(question, range), goneSignal(reply));
				const applications = applicationsByService(await models.get(range.from, range.to));
				const services = found.map((each) => ({
					...each,
					application: applications.get(each.service) ?? null,
				}));
				return { ...range, services };
			},
		);
	};
}
