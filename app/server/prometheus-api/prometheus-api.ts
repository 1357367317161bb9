import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../logging/logger.ts';
import type { StageStats } from '../stage.ts';
import { ApiError, apiErrorOf } from './api-error.ts';
import { sendError } from './api-reply.ts';
import { refuseOtherBodies } from './parameters.ts';
import { QueryGate } from './query-gate.ts';
import { type QueryLimits, queryRoutes } from './query-routes.ts';
import { seriesRoutes } from './series-routes.ts';
import { type StatusRoutesOptions, statusRoutes } from './status-routes.ts';

const FORM = 'application/x-www-form-urlencoded';
/** Longest form, bytes: queries with thousands of chosen values fit. */
const MAX_FORM = 1024 * 1024;

export interface PrometheusApiOptions extends StatusRoutesOptions {
	log: Logger;
	project: { id: string };
	limits?: Partial<QueryLimits>;
}

/**
 * The HTTP API of Prometheus over a project's metrics: at its own place, `/api/v1`, for the default project, and under the project's name.
 * Source: prometheus.io/docs/prometheus/latest/querying/api.
 */
export class PrometheusApi {
	readonly #o: PrometheusApiOptions;
	readonly #gate = new QueryGate();
	readonly #stats = { received: 0, sent: 0, errors: 0 };

	constructor(o: PrometheusApiOptions) {
		this.#o = o;
	}

	stats(): StageStats {
		const dropped: Record<string, number> =
			this.#gate.refused > 0 ? { 'too many queries': this.#gate.refused } : {};
		return { ...this.#stats, dropped, fill: this.#gate.fill };
	}

	/** Adds the routes. */
	async register(app: FastifyInstance): Promise<void> {
		await app.register(async (routes) => this.#routes(routes), { prefix: '/api/v1' });
		await app.register(
			async (routes) => {
				routes.addHook('preHandler', async (request) => {
					const { project } = request.params as { project: string };
					if (project !== this.#o.project.id) {
						throw new ApiError('not_found', `there is no project ${JSON.stringify(project)}`);
					}
				});
				this.#routes(routes);
			},
			{ prefix: '/api/projects/:project/prometheus/api/v1' },
		);
	}

	#routes(app: FastifyInstance): void {
		const { log, clock, store } = this.#o;
		app.removeAllContentTypeParsers();
		app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM }, (_request, body, done) => {
			done(null, body);
		});
		app.addContentTypeParser('*', async (request: FastifyRequest) =>
			refuseOtherBodies(String(request.headers['content-type'] ?? '')),
		);
		app.addHook('onRoute', (route) => {
			route.config = { access: 'reader', ...route.config };
		});
		app.addHook('onRequest', async () => {
			this.#stats.received++;
		});
		app.addHook('onResponse', async (_request, reply) => {
			if (reply.statusCode < 400) this.#stats.sent++;
			else this.#stats.errors++;
		});
		app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
			const known = apiErrorOf(error);
			if (known?.status === 401) reply.header('www-authenticate', 'Bearer');
			if (known) return sendError(reply, known);
			log.error('request failed', {
				url: request.url,
				error: error instanceof Error ? error.stack : String(error),
			});
			return sendError(reply, new ApiError('internal', 'the server failed; its log says why'));
		});
		const limits = { timeout: 120_000, maxSamples: 50_000_000, ...this.#o.limits };
		queryRoutes(app, { store, gate: this.#gate, limits, clock });
		seriesRoutes(app, { store });
		statusRoutes(app, this.#o);
	}
}
