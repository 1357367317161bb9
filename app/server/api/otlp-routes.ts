import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../logging/logger.ts';
import { OTLP_SIGNALS } from '../clickhouse/schema.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import type { Faults } from '../faults.ts';
import type { Inflate } from '../ingest/inflate.ts';
import type { Recorder } from '../recording/recorder.ts';
import { checkOtlpHeaders, otlpErrorHandler, readOtlp, sendOtlpResult, takeBodies } from './otlp-exchange.ts';
import { postOnly } from './post-only.ts';

/** OTLP/HTTP of logs and traces; metrics share a path with remote write. */
export function otlpRoutes(o: {
	signals: Signals;
	inflate: Inflate;
	recorder: Pick<Recorder, 'offer'>;
	faults: Faults;
	log: Logger;
}) {
	return async (app: FastifyInstance): Promise<void> => {
		takeBodies(app, o.faults);
		app.setErrorHandler(otlpErrorHandler(o.log));
		for (const signal of OTLP_SIGNALS) {
			const options = {
				config: { access: 'key' as const },
				onRequest: async (request: FastifyRequest, reply: FastifyReply) => checkOtlpHeaders(request, reply),
				schema: {
					tags: ['ingest'],
					description: `OTLP/HTTP ${signal}: protobuf or JSON, plain, gzip or deflate`,
					consumes: ['application/x-protobuf', 'application/json'],
				},
			};
			postOnly(app, `/v1/${signal}`);
			app.post(`/v1/${signal}`, options, async (request, reply) => {
				const ingest = o.signals.ingest(signal);
				const body = await readOtlp(request, reply, signal, o.inflate);
				const result = await ingest.write(body);
				if (result.accepted > 0) o.recorder.offer({ signal, body, source: null });
				return sendOtlpResult(request, reply, signal, result.rejected);
			});
		}
	};
}
