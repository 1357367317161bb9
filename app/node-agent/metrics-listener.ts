/** The agent's own HTTP server: /metrics for Prometheus and people, /healthz. */

import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { EXPOSITION_CONTENT_TYPE, renderExposition } from '../exposition/exposition.ts';
import type { Snapshot } from '../exposition/snapshot.ts';
import { formatEndpoint } from './addresses.ts';
import { AgentError } from './errors.ts';

export interface MetricsListenerOptions {
	host: string;
	/** 0 is any free one. */
	port: number;
	/** A fresh take. */
	take: () => Promise<Snapshot>;
	onError: (error: unknown) => void;
}

export interface MetricsListener {
	/** `http://host:port/metrics` */
	url: string;
	close(): Promise<void>;
}

export async function openMetricsListener(options: MetricsListenerOptions): Promise<MetricsListener> {
	const server = createServer(async (request, response) => {
		const path = request.url?.split('?', 1)[0];
		const answer = (status: number, type: string, body: string) => {
			response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
			response.end(request.method === 'HEAD' ? undefined : body);
		};
		const text = 'text/plain; charset=utf-8';
		if (!isAddressed(options.host, request.headers.host)) return answer(403, text, 'Ask by address.\n');
		if (path !== '/metrics' && path !== '/healthz') return answer(404, text, 'Not found: try /metrics.\n');
		if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, text, 'Only GET.\n');
		if (path === '/healthz') return answer(200, text, 'ok\n');
		try {
			answer(200, EXPOSITION_CONTENT_TYPE, renderExposition(await options.take()));
		} catch (error) {
			options.onError(error);
			answer(500, text, 'The metrics could not be taken; the log says why.\n');
		}
	});
	// A scrape is one small request; what takes longer is no scrape.
	server.headersTimeout = 10_000;
	server.requestTimeout = 10_000;
	server.maxConnections = 64;
	const { port } = await listen(server, options);
	return {
		url: `http://${formatEndpoint(options.host, port)}/metrics`,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

/**
 * A page in this machine's browser could reach a loopback listener under a name of its own (DNS rebinding); so
 * there the request has to name an address, or localhost.
 */
function isAddressed(listening: string, header: string | undefined): boolean {
	if (!['127.0.0.1', '::1', 'localhost'].includes(listening)) return true;
	const url = `http://${header}/`;
	if (header === undefined || !URL.canParse(url)) return false;
	const { hostname } = new URL(url);
	return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function listen(server: Server, { host, port }: MetricsListenerOptions): Promise<AddressInfo> {
	return new Promise((resolve, reject) => {
		server.once('error', (error) => {
			reject(
				new AgentError('CXR_AGENT_LISTEN', `${formatEndpoint(host, port)}: ${error.message}.`, {
					cause: error,
				}),
			);
		});
		server.listen(port, host, () => resolve(server.address() as AddressInfo));
	});
}
