import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Recorder } from '../recording/recorder.ts';

const MAX_SECONDS = 24 * 3600;

/** `GET /api/recording?seconds=N`: what the server accepts from now on, redacted, as one file (docs/formats.md). */
export function recordingRoutes(o: { recorder: Recorder }) {
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		// An open recording would hold up the end.
		app.addHook('preClose', async () => o.recorder.close());
		app.get(
			'/api/recording',
			{
				schema: {
					tags: ['query'],
					description:
						'Accepted bodies of all signals as one file, without secrets; it comes while it is recorded',
					querystring: Type.Object({
						seconds: Type.Number({ exclusiveMinimum: 0, maximum: MAX_SECONDS, description: 'how long' }),
					}),
					produces: ['application/octet-stream'],
				},
			},
			async ({ query }, reply) =>
				reply.type('application/octet-stream').send(o.recorder.record(query.seconds * 1000)),
		);
	};
}
