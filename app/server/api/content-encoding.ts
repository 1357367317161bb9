import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../errors.ts';
import { ENCODINGS, type Encoding } from '../ingest/inflate.ts';

/** Throws CXR_INGEST_UNSUPPORTED for others and for several at once; the answer then says what is taken. */
export function contentEncodingOf(request: FastifyRequest, reply: FastifyReply): Encoding {
	const given = String(request.headers['content-encoding'] ?? '')
		.trim()
		.toLowerCase();
	const encoding = ENCODINGS.find((each) => each === given);
	if (encoding !== undefined) return encoding;
	reply.header('accept-encoding', 'gzip, deflate');
	throw new ServerError(
		'CXR_INGEST_UNSUPPORTED',
		`Content-Encoding is ${JSON.stringify(given)}; one of gzip and deflate is understood, once.`,
	);
}
