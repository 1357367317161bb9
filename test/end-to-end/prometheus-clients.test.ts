import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUILD_TIMEOUT_MS, SERVER_BUILDS } from '../databases/go-servers.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';
import { prometheusDriver, promtool } from '../programs/prometheus-clients.ts';

// The same samples in our server and in Debian's Prometheus 2.42: the same questions must have the same answers, whoever asks them.
// No sample lies on the edge of a window, because 2.42 takes both edges of a window and 3 only the later one.

const STEP = 15_000;
const END = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
const START = END - 30 * 60_000;
const OFF_EDGE = 3_137;

const SERIES = Array.from({ length: 24 }, (_, i) => {
	const counter = i % 2 === 0;
	return {
		labels: {
			__name__: counter ? 'shop_requests_total' : 'shop_queue_length',
			instance: `10.0.0.${i % 4}:80`,
			job: ['front', 'back', 'a "quoted" one'][i % 3]!,
			...(i % 5 === 0 ? { zone: 'ä' } : {}),
			n: `${i}`,
		},
		samples: Array.from({ length: 30 * 4 }, (_, k) => ({
			timestamp: START + OFF_EDGE + k * STEP,
			value: counter ? (k % 50) * (i + 1) * 7 : Math.sin(k + i) * 10,
		})),
	};
});

let dataDir: string;
let ours: SignalServer;
let readKey: string;
let theirs: MetricServer;

beforeAll(async () => {
	dataDir = mkdtempSync(join(tmpdir(), 'codexray-clients-'));
	[ours, theirs] = await Promise.all([
		SignalServer.start(dataDir, 'node', { CODEXRAY_NO_ENGINE: '1', CODEXRAY_MAX_SERIES: '1000' }),
		// The current one where it can be had.
		MetricServer.start('prometheus', [], SERVER_BUILDS.at(-1), () => 'global: { scrape_interval: 15s }\n'),
	]);
	readKey = readFileSync(join(dataDir, 'read.key'), 'utf8').trim();
	const body = writeRequest(SERIES);
	const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
	for (const url of [ours.url, theirs.url]) {
		const answer = await fetch(`${url}/api/v1/write`, {
			method: 'POST',
			body,
			headers: { ...headers, 'x-api-key': ours.key, 'x-prometheus-remote-write-version': '0.1.0' },
		});
		expect(answer.status, await answer.text()).toBe(204);
	}
	await until(
		async () => {
			const { data } = await ask(ours.url, 'GET', 'series', { 'match[]': '{n!=""}' });
			return (data as unknown[]).length === SERIES.length || undefined;
		},
		() => 'not all series came',
	);
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
	await ours?.stop();
	await theirs?.remove();
	if (dataDir) rmSync(dataDir, { recursive: true, force: true });
});

/** By names and values of labels. */
function byText(a: object, b: object): number {
	const text = (labels: object) => JSON.stringify(Object.entries(labels).sort());
	return text(a) < text(b) ? -1 : 1;
}

interface Answer {
	code: number;
	status: string;
	data?: unknown;
	errorType?: string;
	error?: string;
}

async function ask(
	url: string,
	method: 'GET' | 'POST',
	path: string,
	parameters: Record<string, string> | URLSearchParams,
): Promise<Answer> {
	const form = new URLSearchParams(parameters);
	const auth = { authorization: `Bearer ${readKey}` };
	const answer =
		method === 'GET'
			? await fetch(`${url}/api/v1/${path}?${form}`, { headers: auth })
			: await fetch(`${url}/api/v1/${path}`, { method, body: form, headers: auth });
	return { code: answer.status, ...((await answer.json()) as Omit<Answer, 'code'>) };
}

/** Both answers to one question, with series in one order: that of an instant query's is nobody's. */
async function both(
	method: 'GET' | 'POST',
	path: string,
	parameters: Record<string, string> | URLSearchParams,
) {
	const [own, other] = await Promise.all([
		ask(ours.url, method, path, parameters),
		ask(theirs.url, method, path, parameters),
	]);
	return [sorted(own), sorted(other)] as const;
}

function sorted(answer: Answer): Answer {
	const { result } = (answer.data ?? {}) as { result?: unknown[] };
	if (Array.isArray(result) && typeof result[0] === 'object') {
		result.sort((a, b) =>
			JSON.stringify((a as { metric: object }).metric) < JSON.stringify((b as { metric: object }).metric)
				? -1
				: 1,
		);
	}
	return answer;
}

/** Sums may differ in the last digits: 2.42 adds without compensation. */
function near(own: unknown, other: unknown, where: string): void {
	if (
		typeof own === 'string' &&
		typeof other === 'string' &&
		own !== other &&
		own !== '' &&
		Number.isFinite(Number(own))
	) {
		expect(Math.abs(Number(own) - Number(other)), where).toBeLessThanOrEqual(1e-9 * Math.abs(Number(other)));
	} else if (Array.isArray(own) && Array.isArray(other)) {
		expect(own.length, where).toBe(other.length);
		for (const [i, item] of own.entries()) near(item, other[i], where);
	} else if (own !== null && typeof own === 'object' && other !== null && typeof other === 'object') {
		expect(Object.keys(own).sort(), where).toEqual(Object.keys(other).sort());
		for (const [key, item] of Object.entries(own)) near(item, (other as Record<string, unknown>)[key], where);
	} else expect(own, where).toEqual(other);
}

const seconds = (ms: number) => `${ms / 1000}`;
const EXPRESSIONS = [
	...[
		'shop_queue_length',
		'shop_requests_total{job="front"}',
		'shop_queue_length{zone=""}',
		'{job=~"front|back",n!~"1.*"}',
	],
	...[
		'sum by (job) (rate(shop_requests_total[5m]))',
		'topk(3, shop_queue_length)',
		'increase(shop_requests_total[2m])',
	],
	...[
		'max_over_time(shop_queue_length[3m])',
		'quantile(0.9, shop_queue_length)',
		'absent(nothing{a="b"})',
		'1 + 2',
		'-shop_queue_length',
	],
	...[
		'shop_queue_length / on(n) group_left shop_queue_length',
		'count by (zone) ({__name__=~"shop_.+"})',
		'time() - 1',
		'vector(NaN) or vector(Inf)',
	],
	...[
		'avg_over_time(sum(shop_queue_length)[270s:1m])',
		'shop_requests_total offset 5m',
		'label_replace(shop_queue_length, "x", "$1", "n", "(.).*")',
	],
];

describe('beside a Prometheus with the same samples', () => {
	test.each(EXPRESSIONS)('%s', async (query) => {
		for (const method of ['GET', 'POST'] as const) {
			const [own, other] = await both(method, 'query', { query, time: seconds(END - 120_000) });
			expect(own.code, JSON.stringify(own)).toBe(200);
			near(own, other, query);
		}
		const range = { query, start: seconds(END - 20 * 60_000), end: seconds(END - 60_000), step: '60' };
		const [own, other] = await both('POST', 'query_range', range);
		expect(own.code, JSON.stringify(own)).toBe(200);
		near(own, other, query);
	});

	test('a range vector, series, labels and values', async () => {
		const range = await both('GET', 'query', { query: 'shop_queue_length[2m]', time: seconds(END - 60_000) });
		near(range[0], range[1], 'range vector');
		expect((range[0].data as { result: [] }).result).toHaveLength(12);
		const times = { start: seconds(START), end: seconds(END) };
		for (const [path, more] of [
			[
				'series',
				[
					['match[]', 'shop_queue_length{zone!=""}'],
					['match[]', '{n="2"}'],
				],
			],
			['labels', []],
			['labels', [['match[]', '{zone!=""}']]],
			['label/job/values', []],
			[
				'label/n/values',
				[
					['match[]', '{job=~"fr.*"}'],
					['match[]', 'shop_queue_length{job="back"}'],
				],
			],
			['label/__name__/values', []],
			['label/none/values', []],
			['series', [['match[]', 'none']]],
		] as [string, [string, string][]][]) {
			const [own, other] = await both('GET', path, new URLSearchParams([...Object.entries(times), ...more]));
			expect(own, `${path} ${more}`).toEqual(other);
		}
	});

	test.each([
		['query', { query: 'up{' }],
		['query', { query: 'sum(' }],
		['query', { query: 'up', time: 'yesterday' }],
		['query', { query: 'up', timeout: 'x' }],
		['query', { query: 'shop_queue_length + on(job) shop_queue_length' }],
		['query_range', { query: 'up', start: '10', end: '1', step: '1' }],
		['query_range', { query: 'up', start: '1', end: '10', step: '-1' }],
		['query_range', { query: 'up', start: '1', end: '20000', step: '1' }],
		['query_range', { query: 'up[5m]', start: '1', end: '2', step: '1' }],
		['series', {}],
		['series', { 'match[]': 'up{' }],
		['series', { 'match[]': '{a=""}' }],
		['labels', { 'match[]': 'sum(up)' }],
	] as [string, Record<string, string>][])('errors of %s %j', async (path, parameters) => {
		const [own, other] = await both('POST', path, { time: seconds(END), ...parameters });
		expect([own.code, own.status, own.errorType]).toEqual([other.code, other.status, other.errorType]);
		expect(own.code).toBeGreaterThanOrEqual(400);
		// What is behind the place of an error, whether the parameter is named, and how it begins, is the version's.
		const place = ({ error = '' }: Answer) =>
			error
				.replace(/^invalid parameter "[^"]+": /, '')
				.split('parse error')[0]!
				.slice(0, 40)
				.toLowerCase();
		expect(place(own)).toBe(place(other));
	});
});

describe('clients that others made', () => {
	test('promtool query instant, range, series, labels', async () => {
		const own = `http://promtool:${readKey}@${new URL(ours.url).host}`;
		const lines = (text: string) => text.trim().split('\n').sort();
		for (const words of [
			(url: string) => ['query', 'instant', url, 'shop_queue_length{job="front"} > 0 or vector(1)'],
			(url: string) => [
				...[
					'query',
					'range',
					`--start=${seconds(END - 600_000)}`,
					`--end=${seconds(END - 60_000)}`,
					'--step=60s',
				],
				...[url, 'sum by (job) (shop_requests_total)'],
			],
			(url: string) => ['query', 'series', `--start=${seconds(START)}`, '--match=shop_requests_total', url],
			// Each server has its own metrics too, with jobs of their own.
			(url: string) => ['query', 'labels', `--start=${seconds(START)}`, '--match={n!=""}', url, 'job'],
		]) {
			const [printed, wanted] = await Promise.all([promtool(words(own)), promtool(words(theirs.url))]);
			// An instant query of promtool is one of now: its time is not the same.
			const timeless = (text: string) =>
				lines(text.replaceAll(/ @\[[\d.]+\]$/gm, (at) => (words('').includes('instant') ? '' : at)));
			expect(timeless(printed)).toEqual(timeless(wanted));
			expect(printed.trim()).not.toBe('');
		}
		await expect(promtool(['query', 'instant', ours.url, 'up'])).rejects.toThrow(/401|client error/);
		await expect(promtool(['query', 'instant', own, 'up{'])).rejects.toThrow(/parse error/);
	});

	test('the npm driver prometheus-query', async () => {
		const driver = prometheusDriver({ endpoint: ours.url, auth: { username: 'x', password: readKey } });
		const [start, end] = [new Date(END - 600_000), new Date(END - 60_000)];
		const instant = await driver.instantQuery('sum(shop_requests_total{n="2"})', end);
		expect(instant.resultType).toBe('vector');
		expect(instant.result[0]!.value!.time).toEqual(end);
		const range = await driver.rangeQuery('shop_queue_length{n="1"}', start, end, 60);
		expect(range.result[0]!.values).toHaveLength(10);
		expect(range.result[0]!.metric.labels.n).toBe('1');
		expect(await driver.series('shop_requests_total', start, end)).toHaveLength(12);
		expect(await driver.labelNames()).toEqual(
			expect.arrayContaining(['__name__', 'instance', 'job', 'n', 'zone']),
		);
		expect(await driver.labelValues('zone')).toEqual(['ä']);
		expect(await driver.rules()).toEqual([]);
		expect(await driver.alerts()).toEqual([]);
		expect(await driver.metadata()).toBeTypeOf('object');
		await expect(driver.instantQuery('up{')).rejects.toMatchObject({
			prometheus: { errorType: 'bad_data', error: expect.stringContaining('parse error') },
		});
	});

	// What Grafana's data source sends: github.com/grafana/grafana, pkg/promlib (client/client.go, healthcheck.go, heuristics.go) and
	// packages/grafana-prometheus/src (resource_clients.ts, datasource.ts).
	test.each([
		['health', 'POST', 'query', { query: '1+1', time: '4' }],
		['what it talks to', 'GET', 'status/buildinfo', {}],
		[
			'a panel',
			'POST',
			'query_range',
			{
				query: 'sum by (job) (rate(shop_requests_total{job=~"(front|back)"}[1m0s]))',
				start: seconds(START),
				end: seconds(END),
				step: '15',
			},
		],
		[
			'a panel with a time limit',
			'POST',
			'query_range',
			{ query: 'shop_queue_length', start: seconds(START), end: seconds(END), step: '7.5', timeout: '60s' },
		],
		[
			'a table',
			'POST',
			'query',
			{ query: 'topk(5, shop_queue_length)', time: `${(END - 60_000) / 1000 + 0.123}` },
		],
		[
			'exemplars',
			'POST',
			'query_exemplars',
			{ query: 'shop_requests_total', start: seconds(START), end: seconds(END) },
		],
		[
			'names of labels',
			'POST',
			'labels',
			{
				start: seconds(START),
				end: seconds(END),
				'match[]': '{__name__="shop_queue_length"}',
				limit: '40000',
			},
		],
		['metrics', 'GET', 'label/__name__/values', { start: seconds(START), end: seconds(END), limit: '40000' }],
		[
			'values of a variable',
			'GET',
			'label/job/values',
			{
				start: seconds(START),
				end: seconds(END),
				'match[]': 'shop_queue_length{instance=~"10\\\\.0\\\\.0\\\\.1:80"}',
			},
		],
		[
			'series of a variable',
			'POST',
			'series',
			{ start: seconds(START), end: seconds(END), 'match[]': '{__name__=~".*shop.*"}', limit: '40000' },
		],
		['metadata', 'GET', 'metadata', { limit: '40000' }],
		['rules', 'GET', 'rules', {}],
		['alerts', 'GET', 'alerts', {}],
	] as [string, 'GET' | 'POST', string, Record<string, string>][])(
		'Grafana asks for %s: %s %s',
		async (_what, method, path, parameters) => {
			const [own, other] = await both(method, path, parameters);
			expect([own.code, own.status], JSON.stringify(own)).toEqual([200, 'success']);
			if (path === 'status/buildinfo')
				expect(own.data).toMatchObject({ version: expect.stringMatching(/^3\./) });
			else if (path === 'metadata') expect(own.data).toBeTypeOf('object');
			else if (path === 'query_exemplars') expect(own.data).toEqual([]);
			else {
				// Series have no order.
				if (path === 'series') for (const { data } of [own, other]) (data as object[]).sort(byText);
				near(own, other, path);
			}
		},
	);
});

// The last one: nothing new has room behind it. The server's own series have some of the places.
test('series beyond the limit are refused, and that can be seen', async () => {
	const timestamp = Date.now();
	const many = Array.from({ length: 1000 }, (_, i) => ({
		labels: { __name__: 'many', i: `${i}` },
		samples: [{ timestamp, value: 1 }],
	}));
	const answer = await fetch(`${ours.url}/api/v1/write`, {
		method: 'POST',
		body: writeRequest(many),
		headers: {
			'content-type': 'application/x-protobuf',
			'content-encoding': 'snappy',
			'x-api-key': ours.key,
		},
	});
	expect(answer.status).toBe(204);
	const limits = await until(
		async () => {
			const report = await fetch(`${ours.url}/api/cardinality`, { headers: { 'x-api-key': readKey } });
			const { limits: found } = (await report.json()) as {
				limits: { refusedSamples: Record<string, number> };
			};
			return (found.refusedSamples['series limit'] ?? 0) >= SERIES.length ? found : undefined;
		},
		() => 'the refused samples are not counted',
	);
	expect(limits).toMatchObject({ series: { limit: 1000, used: 1000, reached: true } });
});
