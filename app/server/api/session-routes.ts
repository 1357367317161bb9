import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Gatekeeper, SESSION_COOKIE, SESSION_SECONDS } from '../auth/gatekeeper.ts';
import { ServerError } from '../errors.ts';
import { Problem, SignedIn, SignIn } from './schemas.ts';

const ATTRIBUTES = 'HttpOnly; SameSite=Strict; Path=/';
const nothing = Type.Null({ description: 'no body' });

export function sessionRoutes(gatekeeper: Gatekeeper) {
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		app.post(
			'/api/session',
			{
				config: { access: 'open' },
				bodyLimit: 4096,
				schema: {
					tags: ['session'],
					description: 'Signs in with the token of the printed link',
					body: SignIn,
					response: { 204: nothing, 401: Problem, 429: Problem },
				},
			},
			async (request, reply) => {
				const cookie = await gatekeeper.signIn(request.body.token, request.ip);
				reply.header('set-cookie', `${SESSION_COOKIE}=${cookie}; Max-Age=${SESSION_SECONDS}; ${ATTRIBUTES}`);
				return reply.code(204).send(null);
			},
		);
		app.get(
			'/api/session',
			{
				config: { access: 'open' },
				schema: { tags: ['session'], response: { 200: SignedIn, 401: Problem } },
			},
			async (request) => {
				if (!(await gatekeeper.hasSession(request.headers.cookie)))
					throw new ServerError('CXR_AUTH_REQUIRED');
				return { signedIn: true as const };
			},
		);
		app.delete(
			'/api/session',
			{ schema: { tags: ['session'], description: 'Signs out', response: { 204: nothing } } },
			async (request, reply) => {
				await gatekeeper.signOut(request.headers.cookie);
				reply.header('set-cookie', `${SESSION_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`);
				return reply.code(204).send(null);
			},
		);
	};
}
