import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import protobuf from 'protobufjs/minimal.js';
import type { Logger } from '../../logging/logger.ts';
import { OTLP_SIGNALS, type OtlpSignal } from '../clickhouse/schema.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { type Inflate, inflateBody } from '../ingest/inflate.ts';
import { otlpJsonToProtobuf } from '../ingest/otlp-json.ts';
import type { SignalResult } from '../ingest/signal-ingest.ts';
import type { Recorder } from '../recording/recorder.ts';
import { contentEncodingOf } from './content-encoding.ts';
import { postOnly } from './post-only.ts';

/** Longest body on the wire and uncompressed, bytes. */
const MAX_BODY = 16 * 1024 * 1024;
const MAX_UNCOMPRESSED = 64 * 1024 * 1024;
const REJECTED: Record<OtlpSignal, string> = { logs: 'rejectedLogRecords', traces: 'rejectedSpans' };
/** google.rpc.Code by HTTP status. */
const RPC_CODES: Record<number, number> = {
	401: 16,
	405: 12,
	413: 3,
	415: 3,
	429: 8,
	500: 13,
	501: 12,
	503: 14,
};
const INVALID_ARGUMENT = 3;

/** OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Answers are in the encoding of the request. */
export function otlpRoutes(o: {
	signals: Signals;
	inflate: Inflate;
	recorder: Pick<Recorder, 'offer'>;
	faults: Faults;
	log: Logger;
}) {
	return async (app: FastifyInstance): Promise<void> => {
		app.removeAllContentTypeParsers();
		app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => {
			done(null, body);
		});
		app.addHook('onResponse', async (_request, reply) => {
			if (reply.statusCode < 300) o.faults.reach('after-reply');
		});
		app.setErrorHandler((error, request, reply) => sendStatus(request, reply, asServerError(error, o.log)));
		for (const signal of OTLP_SIGNALS) {
			const options = {
				config: { access: 'key' as const },
				// What is not understood is not read.
				onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
					encodingOf(request);
					contentEncodingOf(request, reply);
				},
				schema: {
					tags: ['ingest'],
					description: `OTLP/HTTP ${signal}: protobuf or JSON, plain, gzip or deflate`,
					consumes: ['application/x-protobuf', 'application/json'],
				},
			};
			postOnly(app, `/v1/${signal}`);
			app.post(`/v1/${signal}`, options, async (request, reply) => {
				const ingest = o.signals.ingest(signal);
				const wire = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
				const encoding = contentEncodingOf(request, reply);
				const plain = await inflateBody(o.inflate, wire, encoding, MAX_UNCOMPRESSED);
				const json = encodingOf(request) === 'json';
				const body = json ? otlpJsonToProtobuf(signal, plain) : plain;
				const result = await ingest.write(body);
				if (result.accepted > 0) o.recorder.offer({ signal, body, source: null, packed: false });
				return sendResult(reply, signal, json, result);
			});
		}
	};
}

/** Throws CXR_INGEST_UNSUPPORTED. Parameters such as a charset are passed over. */
function encodingOf(request: FastifyRequest): 'protobuf' | 'json' {
	const type = String(request.headers['content-type'] ?? '');
	const media = type.split(';', 1)[0]!.trim().toLowerCase();
	if (media === 'application/x-protobuf' || media === 'application/protobuf') return 'protobuf';
	if (media === 'application/json') return 'json';
	const came = type === '' ? 'There is no Content-Type' : `Content-Type is ${JSON.stringify(type)}`;
	throw new ServerError(
		'CXR_INGEST_UNSUPPORTED',
		`${came}; application/x-protobuf and application/json are understood.`,
	);
}

function sendResult(
	reply: FastifyReply,
	signal: OtlpSignal,
	json: boolean,
	result: SignalResult,
): FastifyReply {
	const reasons = Object.entries(result.rejected);
	const rejected = reasons.reduce((sum, [, n]) => sum + n, 0);
	const why = reasons.map(([reason, n]) => `${n} x ${reason}`).join(', ');
	if (json) {
		// 64-bit numbers are texts in this mapping; where all was taken the field must not be there.
		const partial =
			rejected > 0 ? { partialSuccess: { [REJECTED[signal]]: String(rejected), errorMessage: why } } : {};
		return reply.code(200).type('application/json').send(JSON.stringify(partial));
	}
	const writer = protobuf.Writer.create();
	if (rejected > 0) {
		writer.uint32(0x0a).fork();
		writer.uint32(0x08).int64(rejected).uint32(0x12).string(why);
		writer.ldelim();
	}
	return reply.code(200).type('application/x-protobuf').send(writer.finish());
}

/** google.rpc.Status with the code of our catalogue in front. */
function sendStatus(request: FastifyRequest, reply: FastifyReply, error: ServerError): FastifyReply {
	const code = RPC_CODES[error.status] ?? INVALID_ARGUMENT;
	const message = `${error.code}: ${error.message}`;
	if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
	if (error.status === 401) reply.header('www-authenticate', 'Bearer');
	reply.code(error.status);
	if (!/^application\/(?:x-)?protobuf/i.test(request.headers['content-type'] ?? ''))
		return reply.type('application/json').send(JSON.stringify({ code, message }));
	const status = protobuf.Writer.create().uint32(0x08).int32(code).uint32(0x12).string(message);
	return reply.type('application/x-protobuf').send(status.finish());
}

function asServerError(error: unknown, log: Logger): ServerError {
	if (error instanceof ServerError) return error;
	const { statusCode, code, message } = error as FastifyError;
	if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ServerError('CXR_INGEST_TOO_LARGE', message);
	if (statusCode !== undefined && statusCode < 500) return new ServerError('CXR_HTTP_BAD_REQUEST', message);
	log.error('request failed', { error: error instanceof Error ? error.stack : String(error) });
	return new ServerError('CXR_HTTP_INTERNAL');
}
