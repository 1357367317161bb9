import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Span, Trace } from '../../web/src/api/trace-types.ts';
import { Product, root } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// Three services with the official SDK, which know nothing of Codexray but endpoint and key, under the agent: spans of the
// SDK and of the kernel meet in one trace.

describe.each(['node', 'deno'])('server on %s', (runtime) => {
	const product = new Product();
	const children: ChildProcess[] = [];

	/** Starts a service of the shop; resolves with its address. */
	async function startService(name: string, next: string): Promise<string> {
		const child = spawn(process.execPath, [join(root, 'test/programs/traced-service.cjs'), next], {
			stdio: ['ignore', 'pipe', 'inherit'],
			env: {
				...process.env,
				OTEL_SERVICE_NAME: name,
				OTEL_EXPORTER_OTLP_ENDPOINT: product.run().url,
				OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
				OTEL_EXPORTER_OTLP_HEADERS: `X-API-Key=${product.key}`,
				OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
				OTEL_METRICS_EXPORTER: 'none',
				OTEL_LOGS_EXPORTER: 'otlp',
				OTEL_BSP_SCHEDULE_DELAY: '200',
				OTEL_BLRP_SCHEDULE_DELAY: '200',
			},
		});
		children.push(child);
		const line = await new Promise<string>((resolve, reject) => {
			createInterface({ input: child.stdout! }).once('line', resolve);
			child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
		});
		return `http://127.0.0.1:${line}`;
	}

	beforeAll(async () => {
		await product.start(['--runtime', runtime]);
	});
	afterAll(async () => {
		for (const child of children) child.kill('SIGKILL');
		await product.remove();
	});

	test('one trace holds the spans of SDKs and of the kernel, each under its caller', async () => {
		const stock = await startService('stock', '-');
		const front = await startService('front', stock);
		expect((await fetch(`${front}/orders/17`)).status).toBe(200);

		const range = `from=${Date.now() - 60_000}&to=${Date.now() + 60_000}`;
		const traceId = await until(
			async () => {
				const found = await product.api<{ traces: { traceId: string }[] }>(
					`/api/traces?${range}&service=front`,
				);
				return found.traces[0]?.traceId;
			},
			() => 'the trace of the SDK does not come',
		);
		/** SDK: server and client at the front, server at the stock; kernel: client at the front, server at the stock. */
		const isKernels = (span: Span) => span.scope.name === 'codexray-node-agent';
		const endOf = (span: Span) => span.start + Number(span.durationNs) / 1e6;
		let spans: Span[] = [];
		await until(
			async () => {
				spans = (await product.api<Trace>(`/api/traces/${traceId}`)).spans;
				return spans.filter(isKernels).length >= 2 && spans.length >= 5 ? true : undefined;
			},
			() => `the trace has ${JSON.stringify(spans.map(({ service, kind, name }) => [service, kind, name]))}`,
		);
		expect(spans).toHaveLength(5);
		const asking = spans.find(
			(span) => span.service === 'front' && span.kind === 'client' && !isKernels(span),
		)!;
		const ours = spans.filter(isKernels);
		expect(ours.map(({ kind }) => kind).sort()).toEqual(['client', 'server']);
		for (const span of ours) {
			expect(span.parentSpanId).toBe(asking.spanId);
			expect(span.attributes['http.response.status_code']).toBe('200');
			expect(span.resource['container.id']).toMatch(/^\/host\//);
			// The kernel's clock and the program's agree: it was asked and answered while the program waited for it.
			expect(span.start).toBeGreaterThan(asking.start - 500);
			expect(endOf(span)).toBeLessThan(endOf(asking) + 500);
		}
		const client = ours.find(({ kind }) => kind === 'client')!;
		expect(client.attributes['http.url']).toBe(`${stock}/orders/17`);
	});

	test('log records of the SDK are found by their text, with the trace they belong to', async () => {
		const found = await until(
			async () => {
				const range = `from=${Date.now() - 60_000}&to=${Date.now() + 60_000}`;
				const { logs } = await product.api<{ logs: { service: string; traceId: string; body: string }[] }>(
					`/api/logs?${range}&text=${encodeURIComponent('asked for /orders/17')}`,
				);
				return logs.length >= 2 ? logs : undefined;
			},
			() => 'the log records do not come',
		);
		expect(found.map(({ service }) => service).sort()).toEqual(['front', 'stock']);
		expect(new Set(found.map(({ traceId }) => traceId)).size).toBe(1);
		expect(found[0]!.traceId).toMatch(/^[0-9a-f]{32}$/);
	});
});
