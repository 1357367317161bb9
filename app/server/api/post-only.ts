import type { FastifyInstance } from 'fastify';
import { ServerError } from '../errors.ts';

const OTHERS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers every other method on a path that takes bodies by POST with 405, before anything of a body is read. */
export function postOnly(app: FastifyInstance, url: string): void {
	app.route({
		method: OTHERS,
		url,
		config: { access: 'key' },
		schema: { hide: true },
		onRequest: async (request, reply) => {
			reply.header('allow', 'POST');
			throw new ServerError('CXR_HTTP_METHOD', `${request.method} came; only POST is taken.`);
		},
		handler: () => {
			throw new Error('BUG: a request that was refused is handled');
		},
	});
}
