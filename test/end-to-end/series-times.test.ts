import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// A server that was started again knows from when to when its stored series have samples.

const HOUR = 3_600_000;
const METRIC = 'times_test_total';

let dataDir: string;
let server: SignalServer | undefined;

beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-times-'));
});
afterEach(async () => {
	await server?.stop();
	server = undefined;
	rmSync(dataDir, { recursive: true, force: true });
});

async function start(store: string): Promise<SignalServer> {
	server = await SignalServer.start(dataDir, 'node', { CODEXRAY_METRICS_STORE: store });
	return server;
}

async function write(samples: Record<string, number[]>): Promise<void> {
	const series = Object.entries(samples).map(([name, times]) => ({
		labels: { __name__: METRIC, [name]: 'there', who: name },
		samples: times.map((timestamp) => ({ value: 1, timestamp })),
	}));
	const response = await server!.post('/api/v1/write', 'application/x-protobuf', writeRequest(series), {
		'Content-Encoding': 'snappy',
		'X-Prometheus-Remote-Write-Version': '0.1.0',
	});
	expect(response.status).toBe(204);
}

/** What has samples in a span, ms: the values of the label `who`, three times asked. */
async function found(from: number, to: number): Promise<string[]> {
	const span = `start=${from / 1000}&end=${to / 1000}&match[]=${METRIC}`;
	const ask = async <T>(path: string) => (await server!.get<{ data: T }>(`/api/v1/${path}?${span}`)).data;
	const series = (await ask<{ who: string }[]>('series')).map(({ who }) => who).sort();
	const values = await ask<string[]>('label/who/values');
	const names = (await ask<string[]>('labels')).filter((name) => name !== '__name__' && name !== 'who');
	if (`${values}` !== `${series}` || `${names}` !== `${series}`)
		return ['series', ...series, 'values', ...values, 'names', ...names];
	return series;
}

test.each(['duckdb', 'clickhouse'])(
	'series in %s are found in the hours of their samples, and in no other',
	async (store) => {
		const now = Date.now();
		const days = (n: number) => now - n * 24 * HOUR;
		await start(store);
		await write({ old: [days(9), days(8)], recent: [now - 3 * HOUR], always: [days(9), now - HOUR] });
		for (let round = 0; round < 2; round++) {
			await server!.stop();
			await start(store);
			let last: string[] = [];
			await until(
				async () => {
					last = await found(days(7), days(6));
					return `${last}` === 'always' ? true : undefined;
				},
				() => `found are ${last}`,
			);
			expect(await found(days(20), days(10))).toEqual([]);
			expect(await found(days(9) - HOUR, days(8) + HOUR)).toEqual(['always', 'old']);
			expect(await found(now - 4 * HOUR, now)).toEqual(['always', 'recent']);
			expect(await found(now + HOUR, now + 2 * HOUR)).toEqual([]);
		}
		await write({ old: [now] });
		// What is taken is durable at once, and found a moment later.
		await until(
			async () => ((await found(now - 1, now + 1)).includes('old') ? true : undefined),
			() => 'what was written is not found',
		);
		expect(await found(days(7), days(6))).toEqual(['always', 'old']);
	},
	240_000,
);
