import type { FastifyReply } from 'fastify';
import type { ApiError } from './api-error.ts';
import { streamOf } from './chunked-json.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Answers up to here go out whole, with their length. */
const WHOLE = 64 * 1024;

/** Sends texts one after the other; longer ones are made, and compressed for who takes that, while they are sent. */
export function sendTexts(reply: FastifyReply, texts: Iterator<string>): FastifyReply {
	reply.type(JSON_TYPE).header('vary', 'accept-encoding');
	let begin = '';
	while (begin.length < WHOLE) {
		const { done, value } = texts.next();
		if (done) return reply.send(begin);
		begin += value;
	}
	const stream = streamOf(after(begin, texts));
	if (!takesGzip(reply.request.headers['accept-encoding'])) return reply.send(stream);
	return reply.header('content-encoding', 'gzip').send(stream.pipeThrough(new CompressionStream('gzip')));
}

/** Whether an Accept-Encoding names gzip, or anything, without the weight 0. Source: RFC 9110, 12.5.3. */
export function takesGzip(accepted = ''): boolean {
	for (const name of ['gzip', '*']) {
		for (const part of accepted.toLowerCase().split(',')) {
			const [coding, ...parameters] = part.split(';').map((it) => it.trim());
			if (coding === name) return !parameters.some((it) => /^q=0(\.0*)?$/.test(it));
		}
	}
	return false;
}

function* after(begin: string, texts: Iterator<string>): Generator<string> {
	yield begin;
	yield* { [Symbol.iterator]: () => texts as IterableIterator<string> };
}

export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
	if (error.type === 'unavailable') reply.header('retry-after', '1');
	return reply
		.code(error.status)
		.type(JSON_TYPE)
		.send(JSON.stringify({ status: 'error', errorType: error.type, error: error.message }));
}
