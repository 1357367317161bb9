import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import protobuf from 'protobufjs/minimal.js';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { type Inflate, inflateBody } from '../ingest/inflate.ts';
import { otlpJsonToProtobuf } from '../ingest/otlp-json.ts';
import type { OtlpRequestSignal } from '../ingest/otlp-messages.ts';
import { contentEncodingOf } from './content-encoding.ts';

// What all routes of OTLP/HTTP do alike: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Answers are in the encoding of the request.

/** Longest body on the wire and uncompressed, bytes. */
const MAX_BODY = 16 * 1024 * 1024;
const MAX_UNCOMPRESSED = 64 * 1024 * 1024;
const REJECTED: Record<OtlpRequestSignal, string> = {
	logs: 'rejectedLogRecords',
	traces: 'rejectedSpans',
	metrics: 'rejectedDataPoints',
};
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

/** The routes of `app` take bodies of any type as bytes; an answer that was sent is a crash point. */
export function takeBodies(app: FastifyInstance, faults: Faults): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => {
		done(null, body);
	});
	app.addHook('onResponse', async (_request, reply) => {
		if (reply.statusCode < 300) faults.reach('after-reply');
	});
}

/** The body as it came; empty where there is none. */
export function bodyOf(request: FastifyRequest): Uint8Array {
	return request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
}

/** Throws CXR_INGEST_UNSUPPORTED, before anything is read. */
export function checkOtlpHeaders(request: FastifyRequest, reply: FastifyReply): void {
	encodingOf(request);
	contentEncodingOf(request, reply);
}

/** The request in protobuf, uncompressed. */
export async function readOtlp(
	request: FastifyRequest,
	reply: FastifyReply,
	signal: OtlpRequestSignal,
	inflate: Inflate,
): Promise<Uint8Array> {
	const encoding = contentEncodingOf(request, reply);
	const plain = await inflateBody(inflate, bodyOf(request), encoding, MAX_UNCOMPRESSED);
	return encodingOf(request) === 'json' ? otlpJsonToProtobuf(signal, plain) : plain;
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

/** 200; `rejected`: how many items are not stored, by reason. */
export function sendOtlpResult(
	request: FastifyRequest,
	reply: FastifyReply,
	signal: OtlpRequestSignal,
	rejectedBy: Readonly<Record<string, number>>,
): FastifyReply {
	const reasons = Object.entries(rejectedBy);
	const rejected = reasons.reduce((sum, [, n]) => sum + n, 0);
	const why = reasons.map(([reason, n]) => `${n} x ${reason}`).join(', ');
	if (encodingOf(request) === 'json') {
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

/** Answers with google.rpc.Status with the code of our catalogue in front. */
export function otlpErrorHandler(log: Logger) {
	return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
		const error = asServerError(thrown, log);
		const code = RPC_CODES[error.status] ?? INVALID_ARGUMENT;
		const message = `${error.code}: ${error.message}`;
		if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
		if (error.status === 401) reply.header('www-authenticate', 'Bearer');
		reply.code(error.status);
		if (!/^application\/(?:x-)?protobuf/i.test(request.headers['content-type'] ?? ''))
			return reply.type('application/json').send(JSON.stringify({ code, message }));
		const status = protobuf.Writer.create().uint32(0x08).int32(code).uint32(0x12).string(message);
		return reply.type('application/x-protobuf').send(status.finish());
	};
}

function asServerError(error: unknown, log: Logger): ServerError {
	if (error instanceof ServerError) return error;
	const { statusCode, code, message } = error as FastifyError;
	if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ServerError('CXR_INGEST_TOO_LARGE', message);
	if (statusCode !== undefined && statusCode < 500) return new ServerError('CXR_HTTP_BAD_REQUEST', message);
	log.error('request failed', { error: error instanceof Error ? error.stack : String(error) });
	return new ServerError('CXR_HTTP_INTERNAL');
}
