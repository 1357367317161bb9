import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChildProgram } from '../../hosts/node/commands/child-program.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { KILL_ROUNDS, startServer } from '../product/killed-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// The server copies a real Prometheus and dies as by kill -9 meanwhile; in the end it holds each sample once.

const STEP = 15_000;
const END = Math.floor(Date.now() / STEP) * STEP - 60_000;
const SAMPLES = 480;
const SERIES = 200;

let prometheus: MetricServer;
let dataDir: string;
let server: ChildProgram | undefined;

beforeAll(async () => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-copying-'));
	prometheus = await MetricServer.start('prometheus');
	for (let i = 0; i < SERIES; i += 20)
		await prometheus.push(
			writeRequest(
				Array.from({ length: 20 }, (_, n) => ({
					labels: { __name__: `kept_${i + n}_total` },
					samples: Array.from({ length: SAMPLES }, (_, s) => ({
						value: (i + n) * 1_000 + s,
						timestamp: END - (SAMPLES - 1 - s) * STEP,
					})),
				})),
			),
		);
});
afterAll(async () => {
	await server?.stop();
	await prometheus.remove();
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
	server = await startServer(dataDir, undefined, '--prometheus-url', prometheus.url);
}

async function get<T>(path: string): Promise<T> {
	const key = readFileSync(join(dataDir, 'agent.key'), 'utf8').trim();
	const response = await fetch(`${server!.ready.url}${path}`, { headers: { 'X-API-Key': key } });
	if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
	return (await response.json()) as T;
}

interface Vectors {
	data: { result: { metric: { __name__: string }; values: [number, string][] }[] };
}

test('killed at any moment, it goes on and holds each sample of the source once', async () => {
	for (let round = 0; round < KILL_ROUNDS; round++) {
		await start();
		await new Promise((resolve) => setTimeout(resolve, 150 * (round % 5)));
		process.kill(server!.pid, 'SIGKILL');
		await server!.ended;
	}
	await start();
	type Status = { metricSource: { backFill: number; lagMs: number | null; kind: string; failing: number } };
	let last: Status['metricSource'] | undefined;
	const status = await until(
		async () => {
			const { metricSource } = await get<Status>('/api/status');
			last = metricSource;
			// A question may fail for once, and be asked again.
			return last.backFill > 0.999 && last.failing === 0 ? last : undefined;
		},
		() => `not all is copied: ${JSON.stringify(last)}`,
		120_000,
	);
	expect(status.kind).toBe('remote-read');
	const query = encodeURIComponent(`{__name__=~"kept_.*"}[${SAMPLES * STEP}ms]`);
	const { data } = await get<Vectors>(`/api/v1/query?query=${query}&time=${END / 1000}`);
	expect(data.result.length).toBe(SERIES);
	for (const { metric, values } of data.result) {
		const n = Number(/\d+/.exec(metric.__name__)![0]);
		const want = Array.from({ length: SAMPLES }, (_, s) => [
			(END - (SAMPLES - 1 - s) * STEP) / 1000,
			`${n * 1_000 + s}`,
		]);
		expect(values).toEqual(want);
	}
	// What the source has lost is still answered.
	await prometheus.stop('SIGKILL');
	const again = await get<Vectors>(`/api/v1/query?query=${query}&time=${END / 1000}`);
	expect(again.data.result.length).toBe(SERIES);
}, 900_000);
