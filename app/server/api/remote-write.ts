import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../errors.ts';
import type { IngestResult } from '../ingest/metric-ingest.ts';
import type { RemoteWriteVersion } from '../ingest/metric-request.ts';

// What remote write says in headers: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#protocol. They come in small letters here.

/** The message of each version; without a parameter it is that of 1.0. */
const MESSAGES: Record<string, RemoteWriteVersion> = {
	'prometheus.writerequest': 1,
	'io.prometheus.write.v2.request': 2,
};

/** Whether a request on a path that takes OTLP too is remote write. */
export function isRemoteWrite({ headers }: FastifyRequest): boolean {
	const encoding = String(headers['content-encoding'] ?? '').trim();
	return encoding.toLowerCase() === 'snappy' || headers['x-prometheus-remote-write-version'] !== undefined;
}

/** Throws CXR_INGEST_UNSUPPORTED, upon which a sender of 2.0 goes back to 1.0. */
export function remoteWriteVersionOf(request: FastifyRequest): RemoteWriteVersion {
	const type = String(request.headers['content-type'] ?? '').toLowerCase();
	const encoding = String(request.headers['content-encoding'] ?? '').toLowerCase();
	const [media, ...parameters] = type.split(';').map((p) => p.trim());
	const message = parameters
		.find((p) => p.startsWith('proto='))
		?.slice(6)
		.replace(/^"(.*)"$/, '$1');
	const version = message === undefined ? 1 : MESSAGES[message];
	if (media !== 'application/x-protobuf' || version === undefined) {
		throw new ServerError(
			'CXR_INGEST_UNSUPPORTED',
			`Content-Type is ${JSON.stringify(type)}; application/x-protobuf is understood, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request.`,
		);
	}
	if (encoding !== 'snappy') {
		throw new ServerError(
			'CXR_INGEST_UNSUPPORTED',
			`Content-Encoding is ${JSON.stringify(encoding)}; snappy (block format) is understood.`,
		);
	}
	return version;
}

/** Says how much is on disk, also where the answer is an error. */
export function writtenHeaders(reply: FastifyReply, result: IngestResult): void {
	reply.header('x-prometheus-remote-write-samples-written', String(result.written));
	reply.header('x-prometheus-remote-write-histograms-written', String(result.histograms));
	// None is stored.
	reply.header('x-prometheus-remote-write-exemplars-written', '0');
}

/** Counts by reason, and the first faults with their places. */
export function describeRejected({ rejected, faults }: IngestResult): string {
	const counts = Object.entries(rejected).map(([reason, n]) => `${n} x ${reason}`);
	return `${counts.join(', ')}. First: ${faults.join('; ')}`;
}
