import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../hosts/node/free-port.ts';
import { answering } from './log-corpora.ts';
import { Programs } from './programs.ts';

const FILE = (name: string) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
const MAX_SECONDS = 120;

/** OTLP bodies as they came. */
export interface SpanCorpus {
	bodies: Uint8Array[];
	spans: number;
}

/**
 * Spans of the official SDK for Node in three services that ask one after the other, under wrk: five spans a trace,
 * exported as the SDK does it.
 */
export async function nodeSpans(wanted: number, count: (body: Uint8Array) => number): Promise<SpanCorpus> {
	const programs = new Programs();
	const bodies: Uint8Array[] = [];
	let spans = 0;
	const receiver = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk) => chunks.push(chunk));
		request.on('end', () => {
			const body = new Uint8Array(Buffer.concat(chunks));
			bodies.push(body);
			spans += count(body);
			response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
		});
	});
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
	const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
	try {
		let next = '-';
		for (const name of ['stock', 'orders', 'front']) {
			const port = await freePort();
			programs.start(process.execPath, [FILE('traced-shop.cjs'), String(port), next], {
				env: {
					...process.env,
					OTEL_SERVICE_NAME: name,
					OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
					OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
					OTEL_METRICS_EXPORTER: 'none',
					OTEL_LOGS_EXPORTER: 'none',
					OTEL_BSP_MAX_QUEUE_SIZE: '100000',
					OTEL_BSP_SCHEDULE_DELAY: '200',
				},
			});
			next = `http://127.0.0.1:${port}`;
			await answering(port);
		}
		const end = performance.now() + MAX_SECONDS * 1000;
		while (spans < wanted && performance.now() < end) {
			await programs.run('wrk', ['-t1', '-c10', '-d2s', '-s', FILE('varied-requests.lua'), next]);
			await sleep(300);
		}
		return { bodies, spans };
	} finally {
		await programs.stop();
		receiver.closeAllConnections();
		receiver.close();
	}
}
