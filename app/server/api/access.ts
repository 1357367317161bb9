import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gatekeeper } from '../auth/gatekeeper.ts';
import { checkOrigin, type HostCheck } from '../auth/host-check.ts';
import { ServerError } from '../errors.ts';

/**
 * Who may use a route. `open`: anybody; `key`: programs with the agents' key, under whatever host name they know; `either`:
 * a key or a session; `reader`: routes that only read, also by POST: a key, under whatever host name its program knows, or a session.
 * The key for reading opens `reader`, and `either` where nothing is changed. A route that says nothing is `either`.
 */
export type Access = 'open' | 'key' | 'either' | 'reader';

declare module 'fastify' {
	interface FastifyContextConfig {
		access?: Access;
		/** Answered under any Host, for probes that dial addresses. */
		anyHost?: boolean;
	}
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Checks host, origin and identity before anything of a request is read. */
export function guard(app: FastifyInstance, gatekeeper: Gatekeeper, hosts: HostCheck): void {
	app.addHook('onRequest', async (request) => {
		const { access = 'either', anyHost = false } = request.routeOptions.config;
		if (access === 'key') {
			if (!(await gatekeeper.hasKey(request.headers))) throw new ServerError('CXR_AUTH_REQUIRED');
			return;
		}
		// Who sends a key is no page of another site.
		if (access === 'reader' && (await gatekeeper.mayRead(request.headers))) return;
		if (!anyHost) hosts.check(request.headers.host);
		if (!SAFE.has(request.method)) checkOrigin(request.headers);
		if (access === 'open' || (request.is404 && isPage(request))) return;
		if (await gatekeeper.hasKey(request.headers)) return;
		if (SAFE.has(request.method) && (await gatekeeper.mayRead(request.headers))) return;
		if (await gatekeeper.hasSession(request.headers.cookie)) return;
		throw new ServerError('CXR_AUTH_REQUIRED');
	});
}

/** Paths of the page's own: it says itself what is not there. */
export function isPage(request: FastifyRequest): boolean {
	return (request.method === 'GET' || request.method === 'HEAD') && !/^\/(api|v1)(\/|$)/.test(request.url);
}
