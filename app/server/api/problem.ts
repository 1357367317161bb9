import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../logging/logger.ts';
import { SERVER_ERRORS, ServerError, type ServerErrorCode } from '../errors.ts';

/** Answers with RFC 9457 problem+json. */
export function sendProblem(reply: FastifyReply, error: ServerError): FastifyReply {
	if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
	if (error.status === 401) reply.header('www-authenticate', 'Bearer');
	return reply
		.code(error.status)
		.type('application/problem+json')
		.send(
			JSON.stringify({
				type: `urn:codexray:error:${error.code}`,
				title: SERVER_ERRORS[error.code].message,
				status: error.status,
				...(error.detail ? { detail: error.detail } : {}),
				code: error.code,
			}),
		);
}

/** Turns whatever was thrown into a problem; what nobody expected is logged and says nothing outside. */
export function errorHandler(log: Logger) {
	return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
		if (error instanceof ServerError) {
			if (error.status >= 500) log.warn('request failed', { url: request.url, error: error.message });
			return sendProblem(reply, error);
		}
		const { statusCode, code, message } = error as FastifyError;
		if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
			return sendProblem(reply, new ServerError('CXR_INGEST_TOO_LARGE', message));
		if (statusCode !== undefined && statusCode < 500) {
			const own: ServerErrorCode =
				statusCode === 404
					? 'CXR_HTTP_NOT_FOUND'
					: statusCode === 415
						? 'CXR_INGEST_UNSUPPORTED'
						: 'CXR_HTTP_BAD_REQUEST';
			return sendProblem(reply, new ServerError(own, message));
		}
		log.error('request failed', {
			url: request.url,
			error: error instanceof Error ? error.stack : String(error),
		});
		return sendProblem(reply, new ServerError('CXR_HTTP_INTERNAL'));
	};
}
