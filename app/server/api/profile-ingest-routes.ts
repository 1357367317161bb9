import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PprofSource } from '../../../core-as/facade/index.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { type Inflate, inflateBody } from '../ingest/inflate.ts';
import type { Recorder } from '../recording/recorder.ts';
import { contentEncodingOf } from './content-encoding.ts';
import { postOnly } from './post-only.ts';

/** Longest body on the wire and uncompressed, bytes. */
const MAX_BODY = 16 * 1024 * 1024;
const MAX_UNCOMPRESSED = 64 * 1024 * 1024;
/** Beyond these bytes and that many, what a sender says about itself is refused. */
const MAX_LABELS = 32;
const MAX_LABEL_BYTES = 4096;

/**
 * `POST /v1/profiles?service.name=..&container.id=..&host.name=..`: profile.proto, gzip or plain, of any Content-Type, once
 * more in a Content-Encoding or not.
 * The rest of the query becomes labels. Answers 200 without a body when the samples are on disk.
 */
export function profileIngestRoutes(o: {
	signals: Signals;
	inflate: Inflate;
	recorder: Pick<Recorder, 'offer'>;
	faults: Faults;
}) {
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
			onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
				contentEncodingOf(request, reply);
			},
			schema: {
				tags: ['ingest'],
				description: 'A pprof profile, plain or gzip; `service.name` in the query',
			},
		};
		postOnly(app, '/v1/profiles');
		app.post('/v1/profiles', options, async (request, reply) => {
			const ingest = o.signals.profiles();
			const source = sourceOf(request);
			const wire = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
			// profile.proto is gzip by convention. Where Content-Encoding says gzip it may mean that one.
			const encoding = contentEncodingOf(request, reply);
			const sent = await inflateBody(o.inflate, wire, encoding, MAX_UNCOMPRESSED);
			const isGzip = sent[0] === 0x1f && sent[1] === 0x8b;
			const body = await inflateBody(o.inflate, sent, isGzip ? 'gzip' : '', MAX_UNCOMPRESSED);
			await ingest.write(body, source);
			o.recorder.offer({ signal: 'profiles', body, source });
			return reply.code(200).send();
		});
	};
}

/** Throws CXR_PROFILE_SERVICE, CXR_HTTP_BAD_REQUEST. What stands there more than once is no label. */
function sourceOf(request: FastifyRequest): PprofSource {
	const labels: Record<string, string> = {};
	for (const [key, value] of Object.entries(request.query as Record<string, unknown>)) {
		if (typeof value === 'string') labels[key] = value;
	}
	const long = Object.entries(labels).find(([key, value]) => key.length + value.length > MAX_LABEL_BYTES);
	if (long || Object.keys(labels).length > MAX_LABELS)
		throw new ServerError('CXR_HTTP_BAD_REQUEST', 'The query has too many or too long parameters.');
	const {
		'service.name': service = '',
		'container.id': container = '',
		'host.name': host = '',
		...rest
	} = labels;
	if (service === '') throw new ServerError('CXR_PROFILE_SERVICE');
	return { service, container, host, labels: rest };
}
