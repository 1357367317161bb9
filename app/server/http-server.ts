import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Codec, ProfileFold } from '../../core-as/facade/index.ts';
import type { Clock } from '../clock.ts';
import type { Spool } from '../delivery/spool.ts';
import { EXPOSITION_CONTENT_TYPE, renderExposition } from '../exposition/exposition.ts';
import type { Logger } from '../logging/logger.ts';
import { guard } from './api/access.ts';
import { cardinalityRoutes } from './api/cardinality-routes.ts';
import { ingestRoutes } from './api/ingest-routes.ts';
import { logRoutes } from './api/log-routes.ts';
import { nodeRoutes } from './api/node-routes.ts';
import { otlpRoutes } from './api/otlp-routes.ts';
import { pages, securityHeaders } from './api/pages.ts';
import { errorHandler } from './api/problem.ts';
import { profileIngestRoutes } from './api/profile-ingest-routes.ts';
import { profileRoutes } from './api/profile-routes.ts';
import { queryRoutes } from './api/query-routes.ts';
import { recordingRoutes } from './api/recording-routes.ts';
import { sessionRoutes } from './api/session-routes.ts';
import { traceRoutes } from './api/trace-routes.ts';
import type { Gatekeeper } from './auth/gatekeeper.ts';
import { HostCheck } from './auth/host-check.ts';
import type { Signals } from './clickhouse/signal-store.ts';
import type { Faults } from './faults.ts';
import type { Inflate } from './ingest/inflate.ts';
import type { MetricIngest } from './ingest/metric-ingest.ts';
import type { ChunkStore } from './metrics/chunk-store.ts';
import { ModelCache } from './model/model-cache.ts';
import { PrometheusApi } from './prometheus-api/prometheus-api.ts';
import type { QueryLimits } from './prometheus-api/query-routes.ts';
import type { MetricSource } from './prometheus-source/metric-source.ts';
import type { Recorder } from './recording/recorder.ts';
import { type ProcessUsage, SelfMetrics } from './self/self-metrics.ts';
import { SelfScrape, type SelfScrapeOptions } from './self/self-scrape.ts';
import { serverGauges } from './self/server-gauges.ts';

export interface HttpServerOptions {
	ingest: MetricIngest;
	/** Takes the server's own metrics; apart, because they say nothing of senders. */
	ownIngest: MetricIngest;
	/** Where metrics are copied from, and what is pushed is forwarded to; null: `ingest` fills the store. */
	source?: MetricSource | null;
	store: ChunkStore;
	spool: Spool;
	/** Encodes the server's own metrics. */
	codec: Pick<Codec, 'encodeRemoteWrite' | 'snappyCompress'>;
	/** Where the host can tell. */
	usage?: () => ProcessUsage;
	signals: Signals;
	/** Sees every body that is accepted. */
	recorder: Recorder;
	/** Folds stacks of answers. */
	fold: ProfileFold;
	/** Undoes the Content-Encoding of bodies. */
	inflate: Inflate;
	gatekeeper: Gatekeeper;
	clock: Clock;
	log: Logger;
	faults: Faults;
	/** Folder of the built pages; null when they are not built. */
	webDir: string | null;
	listenHost: string;
	hostNames: readonly string[];
	version: string;
	project: { id: string; name: string };
	/** Of PromQL; left out, 2 minutes and 50 million samples. */
	queryLimits?: Partial<QueryLimits>;
}

/** The server's HTTP side, not yet listening. */
export async function createHttpServer(o: HttpServerOptions): Promise<FastifyInstance> {
	const { clock, ingest, store, spool, signals, recorder } = o;
	const app = Fastify({
		forceCloseConnections: 'idle',
		requestTimeout: 60_000,
		bodyLimit: 64 * 1024,
		routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false },
	});
	// Schemas are for validation and documents; a generated serializer costs more than it gives on number arrays.
	app.setSerializerCompiler(() => (data) => JSON.stringify(data));
	app.setErrorHandler(errorHandler(o.log));
	guard(app, o.gatekeeper, new HostCheck(o.listenHost, o.hostNames));
	securityHeaders(app);

	await app.register(fastifySwagger, {
		openapi: {
			openapi: '3.1.0',
			info: { title: 'Codexray', version: o.version, description: 'HTTP API of the Codexray server' },
			components: {
				securitySchemes: {
					session: { type: 'apiKey', in: 'cookie', name: 'codexray_session' },
					key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
				},
			},
			security: [{ session: [] }, { key: [] }],
		},
	});
	const models = new ModelCache({ source: store, cluster: o.project.id, clock });
	let requests = 0;
	let failures = 0;
	app.addHook('onResponse', async (_request, reply) => {
		requests++;
		if (reply.statusCode >= 500) failures++;
	});

	const { inflate, faults, log } = o;
	await app.register(ingestRoutes({ ingest, inflate, recorder, faults, log }));
	await app.register(otlpRoutes({ signals, inflate, recorder, faults, log }));
	await app.register(profileIngestRoutes({ signals, inflate, recorder, faults }));
	await app.register(sessionRoutes(o.gatekeeper));
	const prometheus = new PrometheusApi({
		store,
		clock,
		log,
		version: o.version,
		startedAt: clock.now(),
		project: o.project,
		...(o.queryLimits && { limits: o.queryLimits }),
	});
	await prometheus.register(app);
	await app.register(cardinalityRoutes({ store, ingest, clock }));
	await app.register(
		queryRoutes({
			models,
			store,
			ingest,
			source: o.source ?? null,
			signals,
			clock,
			version: o.version,
			startedAt: clock.now(),
			project: o.project,
		}),
	);
	await app.register(nodeRoutes({ models, store, clock }));
	await app.register(logRoutes({ signals, models, clock }));
	await app.register(traceRoutes({ signals, models, clock }));
	await app.register(profileRoutes({ signals, models, clock, fold: o.fold }));
	await app.register(recordingRoutes({ recorder }));
	app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
	// The names of Prometheus too, by which its tools ask.
	for (const url of ['/healthz', '/-/healthy', '/-/ready']) {
		app.get(
			url,
			{ config: { access: 'open', anyHost: true }, schema: { hide: true } },
			async (_request, reply) => reply.type('text/plain').send('ok\n'),
		);
	}
	const selfMetrics = new SelfMetrics({
		version: o.version,
		startedAt: clock.now(),
		...(o.usage && { usage: o.usage }),
		stages: () => {
			const spooled = spool.stats();
			return {
				ingest: ingest.stats(),
				own_metrics: o.ownIngest.stats(),
				spool: { ...spooled, sent: spooled.released },
				chunk_store: store.stats(),
				model: {
					received: models.builds + models.hits,
					sent: models.builds,
					dropped: {},
					errors: models.errors,
					fill: models.fill,
				},
				prometheus_api: prometheus.stats(),
				...signals.stages(),
				...o.source?.stages(),
				recording: recorder.stats(),
				http: { received: requests, sent: requests - failures, dropped: {}, errors: failures, fill: 0 },
			};
		},
		gauges: () => serverGauges({ spool, store, source: o.source ?? null }),
	});
	app.get('/metrics', { config: { anyHost: true }, schema: { hide: true } }, async (_request, reply) =>
		reply.type(EXPOSITION_CONTENT_TYPE).send(renderExposition(selfMetrics.take(clock.now()))),
	);
	storeOwnMetrics(app, { ...o, ingest: o.ownIngest, metrics: selfMetrics });
	await app.register(pages(o.webDir));
	return app;
}

/** From when the server listens until it closes. */
function storeOwnMetrics(
	app: FastifyInstance,
	o: Omit<SelfScrapeOptions, 'instance'> & { listenHost: string },
): void {
	let scrape: SelfScrape | undefined;
	let running: Promise<void> | undefined;
	app.addHook('onListen', async () => {
		const address = app.server.address();
		const port = typeof address === 'object' ? address?.port : undefined;
		scrape = new SelfScrape({ ...o, instance: `${o.listenHost}:${port}` });
		running = scrape.run();
	});
	app.addHook('onClose', async () => {
		scrape?.stop();
		await running;
	});
}
