import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { IngestResult, MetricIngest } from '../ingest/metric-ingest.ts';
import type { Recorder } from '../recording/recorder.ts';
import { postOnly } from './post-only.ts';

/** Longest body on the wire, bytes. */
const MAX_BODY = 16 * 1024 * 1024;
const REMOTE_WRITE_1 = 'prometheus.writerequest';

/** Remote write 1.0 on both paths: `/api/v1/write` to the letter, `/v1/metrics` as agents expect it. */
export function ingestRoutes(o: { ingest: MetricIngest; recorder: Pick<Recorder, 'offer'>; faults: Faults }) {
	return async (app: FastifyInstance): Promise<void> => {
		app.removeAllContentTypeParsers();
		app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => {
			done(null, body);
		});
		app.addHook('onResponse', async (_request, reply) => {
			if (reply.statusCode < 300) o.faults.reach('after-reply');
		});
		const options = {
			config: { access: 'key' as const },
			onRequest: async (request: FastifyRequest) => checkFormat(request),
			schema: {
				tags: ['ingest'],
				description: 'Prometheus remote write 1.0: snappy block of prometheus.WriteRequest',
				consumes: ['application/x-protobuf'],
			},
		};
		const write = async (request: FastifyRequest): Promise<IngestResult> => {
			const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
			const result = await o.ingest.write(body, batchIdOf(request));
			if (result.written > 0) o.recorder.offer({ signal: 'metrics', body, source: null, packed: true });
			return result;
		};

		postOnly(app, '/api/v1/write');
		postOnly(app, '/v1/metrics');
		app.post('/api/v1/write', options, async (request, reply) => {
			const result = await write(request);
			reply.header('x-prometheus-remote-write-samples-written', String(result.written));
			reply.header('x-prometheus-remote-write-histograms-written', '0');
			reply.header('x-prometheus-remote-write-exemplars-written', '0');
			if (result.faults.length > 0) throw new ServerError('CXR_INGEST_PARTIAL', describe(result));
			return reply.code(204).send();
		});

		// The agents keep a batch for ever that is answered with an error, so what can never be stored is counted only.
		app.post('/v1/metrics', options, async (request, reply) => {
			const result = await write(request);
			reply.header('x-prometheus-remote-write-samples-written', String(result.written));
			return reply.code(200).send();
		});
	};
}

function checkFormat(request: FastifyRequest): void {
	const type = String(request.headers['content-type'] ?? '').toLowerCase();
	const encoding = String(request.headers['content-encoding'] ?? '').toLowerCase();
	const [media, ...parameters] = type.split(';').map((p) => p.trim());
	const proto = parameters.find((p) => p.startsWith('proto='))?.slice(6);
	if (media !== 'application/x-protobuf' || (proto !== undefined && proto !== REMOTE_WRITE_1)) {
		throw new ServerError(
			'CXR_INGEST_UNSUPPORTED',
			`Content-Type is ${JSON.stringify(type)}; application/x-protobuf (prometheus.WriteRequest) is understood. OTLP metrics are not taken yet.`,
		);
	}
	if (encoding !== 'snappy') {
		throw new ServerError(
			'CXR_INGEST_UNSUPPORTED',
			`Content-Encoding is ${JSON.stringify(encoding)}; snappy (block format) is understood.`,
		);
	}
}

function batchIdOf(request: FastifyRequest): Uint8Array | null {
	const given = request.headers['x-codexray-batch-id'];
	if (given === undefined) return null;
	if (typeof given !== 'string' || !/^[0-9a-f]{32}$/i.test(given))
		throw new ServerError('CXR_INGEST_BATCH_ID');
	return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(given.slice(2 * i, 2 * i + 2), 16));
}

function describe(result: IngestResult): string {
	const counts = Object.entries(result.rejected).map(([reason, n]) => `${n} x ${reason}`);
	return `${counts.join(', ')}. First: ${result.faults.join('; ')}`;
}
