import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MetricServer } from '../databases/metric-sources.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// The server keeps its metrics in ClickHouse, whose parts are damaged on disk while it is stopped. It starts, says which hours are gone,
// and has them again as soon as it may copy them from the Prometheus that it copied them from.

const STEP = 15_000;
const END = Math.floor(Date.now() / STEP) * STEP - 60_000;
const SAMPLES = 240;
const SERIES = 20;

let prometheus: MetricServer;
let dataDir: string;
let server: SignalServer | undefined;

beforeAll(async () => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-damaged-'));
	prometheus = await MetricServer.start('prometheus');
	await prometheus.push(
		writeRequest(
			Array.from({ length: SERIES }, (_, i) => ({
				labels: { __name__: `damaged_${i}_total` },
				samples: Array.from({ length: SAMPLES }, (_, s) => ({
					value: i * 1_000 + s,
					timestamp: END - (SAMPLES - 1 - s) * STEP,
				})),
			})),
		),
	);
});
afterAll(async () => {
	await server?.stop();
	await prometheus?.remove();
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
	server = await SignalServer.start(dataDir, 'node', {
		CODEXRAY_METRICS_STORE: 'clickhouse',
		CODEXRAY_FLUSH_INTERVAL: '500ms',
		// No more past than is needed.
		CODEXRAY_METRICS_RETENTION: '3h',
		...env,
	});
}

const copying = () => ({
	CODEXRAY_PROMETHEUS_URL: prometheus.url,
	CODEXRAY_PROMETHEUS_REFRESH_INTERVAL: '1s',
});

/** Samples by metric, of those that are answered. */
async function answered(): Promise<number[]> {
	type Answer = { data: { result: { values: [number, string][] }[] } };
	const query = encodeURIComponent(`{__name__=~"damaged_.*"}[${SAMPLES * STEP}ms]`);
	const { data } = await server!.get<Answer>(`/api/v1/query?query=${query}&time=${END / 1000}`);
	return data.result.map(({ values }) => values.length);
}

async function lostMetrics(): Promise<{ from: number; to: number; place: string }[]> {
	return (await server!.get<{ lostMetrics: [] }>('/api/status')).lostMetrics;
}

const ALL = new Array<number>(SERIES).fill(SAMPLES);

const haveAll = () =>
	until(
		async () => {
			return `${await answered()}` === `${ALL}` ? true : undefined;
		},
		() => 'not all samples are there',
		120_000,
	);

/** Cuts the checksums of all chunks of open days: only their parts are named by a day since the epoch. */
function damageOpenDays(): number {
	let damaged = 0;
	const data = join(dataDir, 'clickhouse', 'store');
	for (const path of readdirSync(data, { recursive: true, encoding: 'utf8' }))
		if (/\/\d{5}_\d+_\d+_\d+\/checksums\.txt$/.test(path)) {
			truncateSync(join(data, path), 10);
			damaged++;
		}
	return damaged;
}

test('damaged parts are said to be lost, and filled again from the source', async () => {
	await start(copying());
	await haveAll();
	await server!.stop();
	expect(damageOpenDays()).toBeGreaterThan(0);

	for (let starts = 0; starts < 2; starts++) {
		await start();
		expect(await answered()).toEqual([]);
		const lost = await lostMetrics();
		expect(lost.map(({ place }) => place).every((place) => place.startsWith('open/'))).toBe(true);
		expect(Math.min(...lost.map(({ from }) => from))).toBeLessThanOrEqual(END - SAMPLES * STEP);
		expect(Math.max(...lost.map(({ to }) => to))).toBeGreaterThanOrEqual(END);
		await server!.stop();
	}

	await start(copying());
	await haveAll();
	await server!.stop();
	await start();
	expect(await answered()).toEqual(ALL);
});
