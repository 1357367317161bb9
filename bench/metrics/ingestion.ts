import { Corpus } from './corpus.ts';
import { cpuSeconds, type MetricServer } from './metric-server.ts';

/** Bodies that are under way at once: a scraper's shards. */
const AT_ONCE = 2;

export interface Ingested {
	/** Samples a second of wall time, client and server on the same machine. */
	rate: number;
	/** Seconds of the server's CPU for a million samples. */
	cpuPerMillion: number;
}

/** Sends corpora and waits until everything is acknowledged. */
export async function ingest(server: MetricServer, ...corpora: Corpus[]): Promise<Ingested> {
	const cpu = cpuSeconds(server.pid);
	const started = performance.now();
	await Corpus.send(corpora, AT_ONCE, (body) => post(server, body));
	const seconds = (performance.now() - started) / 1000;
	await server.settle();
	const samples = corpora.reduce((sum, it) => sum + it.samples, 0);
	return {
		rate: samples / seconds,
		cpuPerMillion: (cpuSeconds(server.pid) - cpu) / (samples / 1e6),
	};
}

async function post(server: MetricServer, body: Uint8Array<ArrayBuffer>): Promise<void> {
	for (;;) {
		const response = await fetch(`${server.url}/api/v1/write`, {
			method: 'POST',
			headers: {
				'Content-Type': 'application/x-protobuf',
				'Content-Encoding': 'snappy',
				'X-Prometheus-Remote-Write-Version': '0.1.0',
				...server.headers,
			},
			body,
		});
		const text = await response.text();
		if (response.ok) return;
		if (![429, 503].includes(response.status))
			throw new Error(`${server.name} answers ${response.status}: ${text.slice(0, 500)}`);
		const seconds = Number(response.headers.get('retry-after') ?? 1);
		await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
	}
}
