import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { ServerError } from '../errors.ts';
import { isPage } from './access.ts';

/** No inline scripts; styles as attributes are what charts set. */
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"worker-src 'self' blob:",
	"style-src 'self'",
	"style-src-attr 'unsafe-inline'",
	"img-src 'self' data:",
	"font-src 'self'",
	"connect-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
].join('; ');

/** Files lie under assets and beside the page itself; a dot further down belongs to a name in an address. */
const FILE = /^\/(?:assets\/.*|[^/]+\.\w{2,5})$/;

export function securityHeaders(app: FastifyInstance): void {
	app.addHook('onSend', async (request, reply) => {
		reply.header('content-security-policy', POLICY);
		reply.header('x-content-type-options', 'nosniff');
		reply.header('x-frame-options', 'DENY');
		// The first URL carries the token.
		reply.header('referrer-policy', 'no-referrer');
		reply.header('cross-origin-opener-policy', 'same-origin');
		reply.header('cross-origin-resource-policy', 'same-origin');
		if (!reply.hasHeader('cache-control')) {
			reply.header('cache-control', request.url.startsWith('/api/') ? 'no-store' : 'no-cache');
		}
	});
}

/** The pages out of `webDir`, or a word about how to build them when it is null. */
export function pages(webDir: string | null) {
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook('onRoute', (route) => {
			route.config = { ...route.config, access: 'open' };
		});
		if (webDir !== null) {
			await app.register(fastifyStatic, {
				root: webDir,
				cacheControl: false,
				wildcard: false,
				globIgnore: ['**/*.map'],
				setHeaders(response, path) {
					// Names under assets carry a hash of their content.
					const fixed = /[/\\]assets[/\\]/.test(path);
					response.header('cache-control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache');
				},
			});
		}
		app.setNotFoundHandler(async (request, reply) => {
			if (!isPage(request)) throw new ServerError('CXR_HTTP_NOT_FOUND', request.url.split('?')[0]);
			if (webDir === null) {
				return reply.code(503).type('text/plain').send('The pages are not built. Run: npm run setup\n');
			}
			if (FILE.test(request.url.split('?')[0]!)) throw new ServerError('CXR_HTTP_NOT_FOUND');
			return reply.sendFile('index.html');
		});
	};
}
