import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ProfileFold } from '../../core-as/facade/index.ts';
import type { Clock } from '../clock.ts';
import type { Spool } from '../delivery/spool.ts';
import type { Logger } from '../logging/logger.ts';
import { guard } from './api/access.ts';
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
import { selfMetrics } from './api/self-metrics.ts';
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
import type { Recorder } from './recording/recorder.ts';
import type { StageStats } from './stage.ts';

export interface HttpServerOptions {
	ingest: MetricIngest;
	store: ChunkStore;
	spool: Spool;
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
	await app.register(ingestRoutes({ ingest, recorder, faults }));
	await app.register(otlpRoutes({ signals, inflate, recorder, faults, log }));
	await app.register(profileIngestRoutes({ signals, inflate, recorder, faults }));
	await app.register(sessionRoutes(o.gatekeeper));
	await app.register(
		queryRoutes({
			models,
			store,
			ingest,
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
	app.get(
		'/healthz',
		{ config: { access: 'open', anyHost: true }, schema: { hide: true } },
		async (_request, reply) => reply.type('text/plain').send('ok\n'),
	);
	app.get('/metrics', { config: { anyHost: true }, schema: { hide: true } }, async (_request, reply) => {
		const spooled = spool.stats();
		const stored = store.stats();
		const stages: Record<string, StageStats> = {
			ingest: ingest.stats(),
			spool: { ...spooled, sent: spooled.released },
			chunk_store: stored,
			model: {
				received: models.builds + models.hits,
				sent: models.builds,
				dropped: {},
				errors: models.errors,
				fill: models.fill,
			},
			...signals.stages(),
			recording: recorder.stats(),
			http: { received: requests, sent: requests - failures, dropped: {}, errors: failures, fill: 0 },
		};
		reply.type('text/plain; version=0.0.4; charset=utf-8');
		return reply.send(
			selfMetrics(o.version, stages, {
				series: { help: 'Series in the index.', value: stored.series },
				head_samples: {
					help: 'Samples that are in memory and in the spool only.',
					value: stored.headSamples,
				},
				spool_bytes: { help: 'Bytes of the spool on disk.', value: spooled.bytes },
				spool_corrupt_records: { help: 'Damaged places that were skipped.', value: spooled.corruptRecords },
				spool_torn_bytes: { help: 'Bytes of torn tails that were cut.', value: spooled.tornBytes },
				refused_chunks: { help: 'Chunks that could not be decoded.', value: stored.refusedChunks },
			}),
		);
	});
	await app.register(pages(o.webDir));
	return app;
}
