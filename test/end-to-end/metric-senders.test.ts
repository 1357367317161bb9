import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUILD_TIMEOUT_MS, SERVER_BUILDS } from '../databases/go-servers.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { root, seriesOf } from '../product/product.ts';
import { SignalServer } from '../product/signal-server.ts';
import { labelsOf, spooledBlocks } from '../product/spooled-blocks.ts';
import { storedSamples } from '../product/stored-samples.ts';
import { until } from '../product/waiting.ts';
import { hasGo, pythonWithSdk, telemetrygen } from '../senders/senders.ts';

// Programs of others send metrics, with no more than endpoint and key.

const run = promisify(execFile);
const ROUNDS = 12;
const full = process.env.CODEXRAY_TEST_FULL !== undefined;

describe.each(['node', 'deno'] as const)('server on %s', (runtime) => {
	let dataDir: string;
	let server: SignalServer;
	beforeEach(async () => {
		dataDir = mkdtempSync(join(tmpdir(), 'codexray-metrics-'));
		server = await SignalServer.start(dataDir, runtime);
	});
	afterEach(async () => {
		await server.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});

	/** Values of one series in time order, as the store has them after the server stopped. */
	async function stored(metric: string, labels: Record<string, string> = {}): Promise<number[]> {
		const found = (await storedSamples(dataDir, metric)).filter((series) =>
			Object.entries(labels).every(([name, value]) => series.labels[name] === value),
		);
		expect(
			found.map((series) => series.labels),
			metric,
		).toHaveLength(1);
		return found[0]!.samples.map(([, value]) => value);
	}

	test.each([
		['http/protobuf', 'cumulative', 'gzip'],
		['http/protobuf', 'delta', 'none'],
		['http/json', 'delta', 'gzip'],
	])('the official SDK for Node: %s, %s, compression %s', async (protocol, temporality, compression) => {
		const env = {
			...process.env,
			OTEL_SERVICE_NAME: 'shop',
			OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
			OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
			OTEL_EXPORTER_OTLP_HEADERS: `X-API-Key=${server.key}`,
			OTEL_EXPORTER_OTLP_COMPRESSION: compression,
			OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
		};
		const program = join(root, 'test/programs/metered-service.cjs');
		const counted = JSON.parse((await run(process.execPath, [program, `${ROUNDS}`], { env })).stdout);
		// The same once more with other histograms: another program, as a restart is.
		const exponential = { ...env, OTEL_SERVICE_NAME: 'exponential' };
		await run(process.execPath, [program, `${ROUNDS}`, 'exponential'], { env: exponential });
		// Killed, so that the spool still has all of it.
		process.kill(server.pid, 'SIGKILL');
		await server.ended;
		const sums: { count: number; sum: number; time: number }[] = [];
		const families = new Map<string, { type: string; help: string }>();
		for (const block of await spooledBlocks(dataDir)) {
			for (const { family, type, help } of block.metadata ?? []) families.set(family, { type, help });
			const { histograms } = block;
			for (let i = 0; histograms && i < histograms.ends.length; i++) {
				for (let h = i === 0 ? 0 : histograms.ends[i - 1]!; h < histograms.ends[i]!; h++) {
					expect(labelsOf(block, i)).toEqual({ __name__: 'shop_order_duration_seconds', job: 'exponential' });
					const { counts, timestamps } = histograms;
					sums.push({ count: counts[h]!, sum: histograms.sums[h]!, time: timestamps[h]! });
				}
			}
		}
		expect(sums.at(-1)).toMatchObject({ count: counted.took, sum: counted.seconds });
		expect(
			sums.every(
				({ count, time }, i) => i === 0 || (count >= sums[i - 1]!.count && time > sums[i - 1]!.time),
			),
		).toBe(true);
		expect(families.get('shop_orders_total')).toEqual({ type: 'counter', help: 'Orders that were paid' });
		expect(families.get('shop_order_duration_seconds')).toMatchObject({ type: 'histogram' });

		server = await SignalServer.start(dataDir, runtime);
		await server.stop();
		const shop = { job: 'shop' };
		const orders = await stored('shop_orders_total', { ...shop, region: 'eu' });
		expect(orders.at(-1)).toBe(counted.orders);
		expect(orders.every((value, i) => i === 0 || value >= orders[i - 1]!)).toBe(true);
		// Sums of deltas begin with 0.
		if (temporality === 'delta') expect(orders[0]).toBe(0);
		expect((await stored('shop_carts', shop)).at(-1)).toBe(counted.carts);
		expect((await stored('shop_order_duration_seconds_count', shop)).at(-1)).toBe(counted.took);
		expect((await stored('shop_order_duration_seconds_sum', shop)).at(-1)).toBe(counted.seconds);
		expect((await stored('shop_order_duration_seconds_bucket', { ...shop, le: '+Inf' })).at(-1)).toBe(
			counted.took,
		);
		expect((await stored('shop_stock', { ...shop, item: 'tea' })).at(-1)).toBe(42);
		expect((await stored('target_info', { ...shop, team: 'checkout' })).at(-1)).toBe(1);
	});

	/** Histograms of one series that the killed server has in its spool: the last one. */
	async function lastHistogram(metric: string): Promise<{ count: number; sum: number } | undefined> {
		return [...histogramsOf(await spooledBlocks(dataDir), { __name__: metric }).values()].at(-1);
	}

	// They are downloaded and built, which takes minutes the first time.
	describe.runIf(full)('in the full run', () => {
		test.each(['cumulative', 'delta'])('the official SDK for Python, %s', async (temporality) => {
			const program = join(root, 'test/programs/otel-meter.py');
			const env = {
				...process.env,
				OTEL_SERVICE_NAME: 'python',
				OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
				OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${server.key}`,
				OTEL_EXPORTER_OTLP_COMPRESSION: 'deflate',
				OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
				OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
			};
			const counted = JSON.parse((await run(pythonWithSdk(), [program, `${ROUNDS}`], { env })).stdout);
			process.kill(server.pid, 'SIGKILL');
			await server.ended;
			const { took: count, milliseconds: sum } = counted;
			expect(await lastHistogram('python_took_milliseconds')).toEqual({ count, sum });
			server = await SignalServer.start(dataDir, runtime);
			await server.stop();
			expect((await stored('python_orders_total', { job: 'python' })).at(-1)).toBe(counted.orders);
		});

		const generate = (type: string, temporality: string) => {
			const words = ['--otlp-http', '--otlp-insecure', '--otlp-endpoint', new URL(server.url).host];
			const key = ['--otlp-header', `X-API-Key="${server.key}"`];
			const kind = ['--metric-type', type, '--aggregation-temporality', temporality];
			return run(telemetrygen(), ['metrics', ...words, ...key, ...kind, '--metrics', '20', '--rate', '50']);
		};

		test.runIf(hasGo).each(['Gauge', 'Sum', 'Histogram', 'ExponentialHistogram'])(
			'telemetrygen, %s: all is taken',
			async (type) => {
				await generate(type, 'cumulative');
				const { received, dropped } = await ingestCounts();
				expect(received).toBeGreaterThanOrEqual(20);
				expect(dropped).toEqual({});
			},
		);

		// Each of its deltas begins a second before it ends, however many it sends in that second.
		test.runIf(hasGo).each(['Sum', 'ExponentialHistogram'])(
			'telemetrygen, %s of deltas: it is told that they overlap',
			async (type) => {
				await expect(generate(type, 'delta')).rejects.toThrow(
					/OTLP partial success: .*a delta that overlaps/,
				);
				const { dropped } = await ingestCounts();
				expect(dropped['a delta that overlaps the one before it']).toBeGreaterThan(0);
			},
		);
	});

	/** What the server says of its ingestion. */
	async function ingestCounts(): Promise<{ received: number; dropped: Record<string, number> }> {
		const text = await (await server.fetch('/metrics')).text();
		const dropped: Record<string, number> = {};
		for (const { labels, value } of seriesOf(text, 'codexray_server_dropped_total')) {
			if (labels.stage === 'ingest') dropped[labels.reason!] = value;
		}
		const received = /^codexray_server_received_total\{stage="ingest"\} (\d+)/m.exec(text)?.[1];
		return { received: Number(received), dropped };
	}

	/** Remote write 1.0 by Debian's Prometheus, 2.0 with native histograms by the current one. */
	test.each(SERVER_BUILDS)(
		'Prometheus (%s) by remote write: what it holds, we hold',
		async (build) => {
			const isCurrent = build === 'current';
			const prometheus = await MetricServer.start(
				'prometheus',
				// Without it the current one sends no metadata with remote write 2.0.
				isCurrent ? ['--enable-feature=metadata-wal-records'] : [],
				build,
				(address) => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: itself
    static_configs: [{ targets: ['${address}'] }]
    ${isCurrent ? 'scrape_native_histograms: true' : ''}
remote_write:
  - url: ${server.url}/api/v1/write
    authorization: { credentials: ${server.key} }
    queue_config: { batch_send_deadline: 100ms }
    ${isCurrent ? 'protobuf_message: io.prometheus.write.v2.Request' : 'metadata_config: { send_interval: 1s }'}
    ${isCurrent ? 'send_native_histograms: true' : ''}
`,
			);
			const metric = 'prometheus_tsdb_head_samples_appended_total';
			const requests = 'prometheus_http_request_duration_seconds';
			let held: [number, string][] = [];
			let heldHistograms: [number, { count: string; sum: string }][] = [];
			try {
				const ask = async <T>(query: string) =>
					(await prometheus.get<{ result: T[] }>(`/api/v1/query?query=${encodeURIComponent(query)}`))
						.result[0];
				const now = async (gauge: string) =>
					Number(
						(await ask<{ value: [number, string] }>(`prometheus_remote_storage_${gauge}`))?.value[1] ?? 0,
					);
				await until(
					async () => {
						held = (await ask<{ values: [number, string][] }>(`${metric}{type=~"float|"}[1h]`))?.values ?? [];
						if (isCurrent) {
							const query = `${requests}{handler="/api/v1/query"}[1h]`;
							heldHistograms = (await ask<{ histograms: typeof heldHistograms }>(query))?.histograms ?? [];
						}
						const enough = isCurrent ? heldHistograms.length >= 3 : (await now('metadata_total')) > 0;
						return held.length >= 5 && enough ? true : undefined;
					},
					() => `Prometheus scraped only ${held.length} times, histograms ${heldHistograms.length} times`,
				);
				// When it ends it sends what it has read out of its log, which may be all but the last scrape.
				const last = Math.max(held.at(-1)![0], heldHistograms.at(-1)?.[0] ?? 0);
				await until(
					async () => ((await now('queue_highest_sent_timestamp_seconds')) > last ? true : undefined),
					() => `Prometheus sent nothing that is newer than ${last}`,
				);
			} finally {
				await prometheus.stop();
				await prometheus.remove();
			}
			process.kill(server.pid, 'SIGKILL');
			await server.ended;
			const blocks = await spooledBlocks(dataDir);
			const described = blocks
				.flatMap((block) => block.metadata ?? [])
				.filter(({ family }) => family === metric);
			expect(described).toEqual([
				{ family: metric, type: 'counter', help: 'Total number of appended samples.', unit: '' },
			]);
			const histograms = histogramsOf(blocks, { __name__: requests, handler: '/api/v1/query' });
			for (const [seconds, { count, sum }] of heldHistograms)
				expect(histograms.get(Math.round(seconds * 1000))).toEqual({
					count: Number(count),
					sum: Number(sum),
				});
			server = await SignalServer.start(dataDir, runtime);
			await server.stop();
			const stored = await storedSamples(dataDir, metric);
			const series = stored.find(({ labels }) => (labels.type ?? 'float') === 'float');
			const ours = new Map(series!.samples);
			for (const [seconds, value] of held) expect(ours.get(Math.round(seconds * 1000))).toBe(Number(value));
			const all = await storedSamples(dataDir, 'up');
			// The server has one of its own.
			expect(all.map(({ labels }) => labels.job)).toContain('itself');
		},
		BUILD_TIMEOUT_MS,
	);
});

/** Count and sum of the native histograms of the series with these labels among others, by time. */
function histogramsOf(
	blocks: Awaited<ReturnType<typeof spooledBlocks>>,
	wanted: Record<string, string>,
): Map<number, { count: number; sum: number }> {
	const found = new Map<number, { count: number; sum: number }>();
	for (const block of blocks) {
		const { histograms } = block;
		for (let i = 0; histograms && i < histograms.ends.length; i++) {
			const first = i === 0 ? 0 : histograms.ends[i - 1]!;
			if (first === histograms.ends[i]) continue;
			const labels = labelsOf(block, i);
			if (!Object.entries(wanted).every(([name, value]) => labels[name] === value)) continue;
			for (let h = first; h < histograms.ends[i]!; h++)
				found.set(histograms.timestamps[h]!, { count: histograms.counts[h]!, sum: histograms.sums[h]! });
		}
	}
	return found;
}
