import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SourceHttp } from '../../app/server/prometheus-source/source-http.ts';

export interface SourceTls {
	/** Certificates (PEM) that are trusted beside none others; left out: those of Node. */
	ca?: string;
	/** Takes any certificate. */
	skipVerify?: boolean;
}

/** Connections to one source; the updater makes few calls at a time. */
const MAX_SOCKETS = 8;
/** How long connecting may take, ms. */
const CONNECT_MS = 10_000;

/** The SourceHttp port over node:http and node:https. */
export function nodeSourceHttp(tls: SourceTls = {}): { http: SourceHttp; close(): void } {
	const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
	const plain = new HttpAgent(options);
	const secure = new HttpsAgent({
		...options,
		...(tls.ca === undefined ? {} : { ca: tls.ca }),
		rejectUnauthorized: !tls.skipVerify,
	});
	const http: SourceHttp = ({ method, url, headers, body }, signal) =>
		new Promise((resolve, reject) => {
			const target = new URL(url);
			const https = target.protocol === 'https:';
			const length = body === undefined ? {} : { 'Content-Length': String(body.byteLength) };
			const sent = (https ? httpsRequest : httpRequest)(
				target,
				{ method, headers: { ...headers, ...length }, signal, agent: https ? secure : plain },
				(response) => {
					const given: Record<string, string | undefined> = {};
					for (const [name, value] of Object.entries(response.headers))
						given[name] = Array.isArray(value) ? value.join(', ') : value;
					// Whoever reads it meets the error; nobody may, once a call is over.
					response.on('error', () => {});
					resolve({ status: response.statusCode ?? 0, headers: given, chunks: response });
				},
			);
			sent.on('socket', (socket) => {
				if (!socket.connecting) return;
				const ready = https ? 'secureConnect' : 'connect';
				const timer = setTimeout(
					() => sent.destroy(new Error(`no connection within ${CONNECT_MS} ms`)),
					CONNECT_MS,
				);
				socket.once(ready, () => clearTimeout(timer));
				socket.once('close', () => clearTimeout(timer));
			});
			sent.on('error', reject);
			sent.end(body);
		});
	return {
		http,
		close() {
			plain.destroy();
			secure.destroy();
		},
	};
}
