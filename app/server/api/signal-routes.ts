import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../clock.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import { ServerError } from '../errors.ts';
import { rangeOf } from './query-routes.ts';
import { Problem } from './schemas.ts';
import { LogList, LogQuery, SEVERITIES, Trace } from './signal-schemas.ts';

const DEFAULT_LIMIT = 100;

/** Reading logs and traces. */
export function signalRoutes(o: { signals: Signals; clock: Clock }) {
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 422: Problem, 501: Problem, 503: Problem };

		app.get(
			'/api/logs',
			{
				schema: {
					tags: ['query'],
					description: 'Log records of a time range',
					querystring: LogQuery,
					response: { 200: LogList, ...errors },
				},
			},
			async (request) => {
				const { text, severity, limit = DEFAULT_LIMIT } = request.query;
				const { from, to } = rangeOf(request.query, o.clock.now());
				const logs = await o.signals.logs({
					from,
					to,
					limit,
					...(text === undefined ? {} : { text }),
					...(severity === undefined ? {} : { severity: SEVERITIES[severity] }),
				});
				return { from, to, logs };
			},
		);

		app.get(
			'/api/traces/:traceId',
			{
				schema: {
					tags: ['query'],
					description: 'All spans of one trace',
					params: Type.Object({
						traceId: Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: '32 hexadecimal digits' }),
					}),
					response: { 200: Trace, 404: Problem, ...errors },
				},
			},
			async (request) => {
				const traceId = request.params.traceId.toLowerCase();
				const trace = await o.signals.trace(traceId);
				if (!trace) throw new ServerError('CXR_TRACE_UNKNOWN', traceId);
				return trace;
			},
		);
	};
}
