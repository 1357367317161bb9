import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../clock.ts';
import { Engine, type QueryResult } from '../../promql/engine.ts';
import { parseExpression } from '../../promql/parser/parser.ts';
import { printExpression } from '../../promql/parser/printer.ts';
import { goneSignal } from '../api/signal-query.ts';
import { promqlSource } from '../metrics/promql-source.ts';
import { queryText, success } from './answer-text.ts';
import { ApiError, invalidParameter } from './api-error.ts';
import { sendTexts } from './api-reply.ts';
import type { MetricStore } from './metric-store.ts';
import { Parameters } from './parameters.ts';
import type { QueryGate } from './query-gate.ts';

export interface QueryLimits {
	/** ms; a `timeout` of the request may only be shorter. */
	timeout: number;
	/** Samples read and made by one query. */
	maxSamples: number;
}

/** Prometheus's own: enough for a week by the minute. */
const MAX_POINTS = 11_000;

export interface QueryRoutesOptions {
	store: MetricStore;
	gate: QueryGate;
	limits: QueryLimits;
	clock: Clock;
}

/** `query`, `query_range`, `query_exemplars` and `format_query`. */
export function queryRoutes(app: FastifyInstance, o: QueryRoutesOptions): void {
	const source = promqlSource(o.store);
	const method = ['GET', 'POST'];
	const schema = (description: string) => ({ tags: ['prometheus'], description });

	const answer = async (
		p: Parameters,
		reply: FastifyReply,
		time: number,
		ask: (engine: Engine, signal: AbortSignal) => Promise<QueryResult>,
	) => {
		const limit = p.limit();
		const timeout = p.duration('timeout') ?? o.limits.timeout;
		const lookback = p.duration('lookback_delta');
		if (lookback !== undefined && lookback <= 0) {
			throw invalidParameter('lookback_delta', 'must be above 0');
		}
		const engine = new Engine({
			clock: o.clock,
			maxSamples: o.limits.maxSamples,
			timeout: Math.max(0, Math.min(timeout, o.limits.timeout)),
			...(lookback === undefined ? {} : { lookback: Math.max(1, Math.round(lookback)) }),
		});
		const signal = goneSignal(reply);
		const result = await o.gate.run(() => ask(engine, signal), signal);
		return sendTexts(reply, queryText(result, time, limit));
	};

	app.route({
		method,
		url: '/query',
		schema: schema('PromQL at one time: `query`, `time`, `timeout`, `limit`, `lookback_delta`'),
		handler: async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const time = p.time('time', o.clock.now());
			return answer(p, reply, time, (engine, signal) =>
				engine.instant(source, p.text('query'), time, signal),
			);
		},
	});

	app.route({
		method,
		url: '/query_range',
		schema: schema(
			'PromQL over a range: `query`, `start`, `end`, `step`, `timeout`, `limit`, `lookback_delta`',
		),
		handler: async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const start = p.time('start');
			const end = p.time('end');
			if (end < start) throw invalidParameter('end', 'end timestamp must not be before start time');
			const step = p.requiredDuration('step');
			if (step <= 0) {
				throw invalidParameter(
					'step',
					'zero or negative query resolution step widths are not accepted. Try a positive integer',
				);
			}
			if (Math.floor((end - start) / step) > MAX_POINTS) {
				throw new ApiError(
					'bad_data',
					'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
				);
			}
			const times = { start, end, step: Math.max(1, Math.round(step)) };
			return answer(p, reply, start, (engine, signal) =>
				engine.range(source, p.text('query'), times, signal),
			);
		},
	});

	app.route({
		method,
		url: '/query_exemplars',
		schema: schema('Exemplars: none are stored, so the answer is empty'),
		handler: async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const start = p.time('start', 0);
			if (p.time('end', start) < start) {
				throw invalidParameter('end', 'end timestamp must not be before start timestamp');
			}
			parseExpression(p.text('query'));
			return sendTexts(reply, success(['[]']));
		},
	});

	app.route({
		method,
		url: '/format_query',
		schema: schema('`query` as Prometheus writes it, on one line'),
		handler: async (request: FastifyRequest, reply) => {
			const text = printExpression(parseExpression(new Parameters(request).text('query')));
			return sendTexts(reply, success([JSON.stringify(text)]));
		},
	});
}
