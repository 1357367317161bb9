import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { Inflate } from '../ingest/inflate.ts';
import type { IngestResult, MetricIngest } from '../ingest/metric-ingest.ts';
import type { Recorder } from '../recording/recorder.ts';
import {
	bodyOf,
	checkOtlpHeaders,
	otlpErrorHandler,
	readOtlp,
	sendOtlpResult,
	takeBodies,
} from './otlp-exchange.ts';
import { postOnly } from './post-only.ts';
import { errorHandler } from './problem.ts';
import { describeRejected, isRemoteWrite, remoteWriteVersionOf, writtenHeaders } from './remote-write.ts';

const KEY = { access: 'key' as const };

/**
 * Metrics: remote write on `/api/v1/write`, to the letter; on `/v1/metrics` remote write as agents expect it, and OTLP. A request there is
 * remote write when it says so: by the encoding snappy, which OTLP does not know, or by the version header.
 */
export function ingestRoutes(o: {
	ingest: MetricIngest;
	inflate: Inflate;
	recorder: Pick<Recorder, 'offer'>;
	faults: Faults;
	log: Logger;
}) {
	const write = async (request: FastifyRequest, reply: FastifyReply): Promise<IngestResult> => {
		const body = bodyOf(request);
		const version = remoteWriteVersionOf(request);
		const result = await o.ingest.write(body, batchIdOf(request), version);
		if (result.written + result.histograms > 0) {
			const unpack = (packed: Uint8Array) => o.ingest.plainRemoteWrite(packed, version);
			o.recorder.offer({ signal: 'metrics', body, source: null, unpack });
		}
		writtenHeaders(reply, result);
		return result;
	};

	const remoteWrite = async (app: FastifyInstance): Promise<void> => {
		postOnly(app, '/api/v1/write');
		const options = {
			config: KEY,
			onRequest: async (request: FastifyRequest) => {
				remoteWriteVersionOf(request);
			},
			schema: {
				tags: ['ingest'],
				description:
					'Prometheus remote write: snappy block of prometheus.WriteRequest (1.0) or io.prometheus.write.v2.Request (2.0)',
				consumes: ['application/x-protobuf'],
			},
		};
		app.post('/api/v1/write', options, async (request, reply) => {
			const result = await write(request, reply);
			if (result.faults.length > 0) throw new ServerError('CXR_INGEST_PARTIAL', describeRejected(result));
			return reply.code(204).send();
		});
	};

	const metrics = async (app: FastifyInstance): Promise<void> => {
		const problem = errorHandler(o.log);
		const status = otlpErrorHandler(o.log);
		app.setErrorHandler((error, request, reply) =>
			isRemoteWrite(request) ? problem(error, request, reply) : status(error, request, reply),
		);
		postOnly(app, '/v1/metrics');
		const options = {
			config: KEY,
			onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
				if (isRemoteWrite(request)) remoteWriteVersionOf(request);
				else checkOtlpHeaders(request, reply);
			},
			schema: {
				tags: ['ingest'],
				description:
					'OTLP/HTTP metrics: protobuf or JSON, plain, gzip or deflate. With Content-Encoding snappy or X-Prometheus-Remote-Write-Version: remote write',
				consumes: ['application/x-protobuf', 'application/json'],
			},
		};
		app.post('/v1/metrics', options, async (request, reply) => {
			if (isRemoteWrite(request)) {
				// Agents keep a batch for ever that is answered with an error, so what can never be stored is counted only.
				await write(request, reply);
				return reply.code(200).send();
			}
			const body = await readOtlp(request, reply, 'metrics', o.inflate);
			const result = await o.ingest.writeOtlp(body, batchIdOf(request));
			if (result.written + result.histograms > 0)
				o.recorder.offer({ signal: 'otlp-metrics', body, source: null });
			return sendOtlpResult(request, reply, 'metrics', result.rejected);
		});
	};

	return async (app: FastifyInstance): Promise<void> => {
		takeBodies(app, o.faults);
		await app.register(remoteWrite);
		await app.register(metrics);
	};
}

function batchIdOf(request: FastifyRequest): Uint8Array | null {
	const given = request.headers['x-codexray-batch-id'];
	if (given === undefined) return null;
	if (typeof given !== 'string' || !/^[0-9a-f]{32}$/i.test(given))
		throw new ServerError('CXR_INGEST_BATCH_ID');
	return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(given.slice(2 * i, 2 * i + 2), 16));
}
