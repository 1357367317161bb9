import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUILD_TIMEOUT_MS, SERVER_BUILDS } from '../databases/go-servers.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { CopyingServer, labelKey, type RawSamples, rawSamples } from '../product/copying-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// A Prometheus that answers few samples at a time, and a name with more series than one answer may have.

const STEP = 15_000;
const END = Math.floor(Date.now() / STEP) * STEP - 2 * STEP;
const SAMPLES = 40;
const BEGIN = END - (SAMPLES - 1) * STEP;
const PODS = 1_000;
/** A minute and what is read twice beside it are at least eight samples of each pod. */
const LIMIT = 3_000;
const WIDE = 'wide_total';

type Series = { labels: Record<string, string>; values: [number, string][] };

/** Series of pods with unlike names, of one without a pod, and of a name beside them. */
function estate(): Series[] {
	const pods = Array.from({ length: PODS }, (_, i) => ({
		__name__: WIDE,
		pod: `shop-${((i * 2_654_435_761) >>> 0).toString(16)}-${i}`,
		zone: `z${i % 3}`,
	}));
	const labels: Record<string, string>[] = [
		...pods,
		{ __name__: WIDE },
		{ __name__: 'narrow_total', job: 'a' },
	];
	return labels.map((each, n) => ({
		labels: each,
		values: Array.from({ length: SAMPLES }, (_, i) => [BEGIN + i * STEP, `${n * 1_000 + i}`]),
	}));
}

function samplesOf(series: Series[]): RawSamples {
	return Object.fromEntries(series.map(({ labels, values }) => [labelKey(labels), values]));
}

async function pushTo(prometheus: MetricServer, series: Series[]): Promise<void> {
	for (let i = 0; i < series.length; i += 200)
		await prometheus.push(
			writeRequest(
				series.slice(i, i + 200).map(({ labels, values }) => ({
					labels,
					samples: values.map(([timestamp, value]) => ({ timestamp, value: Number(value) })),
				})),
			),
		);
}

/** Waits until the server has just these samples of a selector: how much of all is copied does not say which. */
function copied(server: CopyingServer, selector: string, series: Series[], from: number, to: number) {
	return until(
		async () => {
			expect(await rawSamples(server.ask, selector, from, to)).toEqual(samplesOf(series));
			return true;
		},
		() => `${selector} is not copied`,
		120_000,
	);
}

const ALL = '{__name__=~"wide_total|narrow_total"}';
const made = estate();

describe.each(SERVER_BUILDS)('Prometheus with a limit of samples, build: %s', (build) => {
	let prometheus: MetricServer;
	beforeAll(async () => {
		const limits = [`--query.max-samples=${LIMIT}`, `--storage.remote.read-sample-limit=${LIMIT}`];
		prometheus = await MetricServer.start('prometheus', limits, build);
		await pushTo(prometheus, made);
	}, BUILD_TIMEOUT_MS);
	afterAll(() => prometheus?.remove());

	test.each(['remote-read', 'range-selector'] as const)(
		'by %s, a wide name comes in parts',
		async (kind) => {
			await expect(rawSamples(prometheus.ask, WIDE, BEGIN, END)).rejects.toThrow(/422.*too many samples/s);
			const server = new CopyingServer(['--prometheus-url', prometheus.url, '--prometheus-kind', kind]);
			await server.start();
			const { groups } = await server.whole();
			expect(groups).toBeGreaterThanOrEqual(4);
			expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(samplesOf(made));

			// Parts outlast a restart, and series that come later are in one of them.
			await server.stop();
			await server.start();
			const now = Date.now();
			const late: Series[] = ['another-pod', 'shop-zzz', ''].map((pod) => ({
				labels: { __name__: WIDE, zone: `late-${kind}`, ...(pod && { pod }) },
				values: [
					[now - 2_000, '1.5'],
					[now, '2.5'],
				],
			}));
			await pushTo(prometheus, late);
			await copied(server, `${WIDE}{zone="late-${kind}"}`, late, now - 60_000, now);
			expect((await server.whole()).groups).toBeGreaterThanOrEqual(groups);
			await server.remove();
		},
		300_000,
	);

	test('one series with too many samples is named, with what to do; the others are copied', async () => {
		const dense: Series = {
			labels: { __name__: 'dense_total' },
			values: Array.from({ length: LIMIT + 1 }, (_, i) => [END - 60_000 + i * 10, `${i}`]),
		};
		await pushTo(prometheus, [dense]);
		const server = new CopyingServer(['--prometheus-url', prometheus.url]);
		await server.start();
		const named = ({ slowest }: { slowest: { error: string | null }[] }) =>
			slowest.some(({ error }) => error?.includes('cannot be divided'));
		const { slowest, failing } = await server.until(named, 200_000);
		expect(failing).toBeGreaterThanOrEqual(1);
		expect(slowest.find(({ firstName }) => firstName === 'dense_total')!.error).toMatch(
			/"dense_total".*--storage\.remote\.read-sample-limit.*exceeded sample limit/,
		);
		const narrow = made.filter(({ labels }) => labels.__name__ === 'narrow_total');
		await copied(server, 'narrow_total', narrow, BEGIN, END);
		await server.remove();
	}, 420_000);
});

test.each(SERVER_BUILDS)(
	'VictoriaMetrics (%s) with a limit of series: a wide name comes in parts',
	async (build) => {
		const victoria = await MetricServer.start('victoria-metrics', ['-search.maxExportSeries=300'], build);
		await pushTo(victoria, made);
		const server = await new CopyingServer(['--prometheus-url', victoria.url]).start();
		const { kind, groups } = await server.whole();
		expect(kind).toBe('export');
		expect(groups).toBeGreaterThanOrEqual(4);
		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(samplesOf(made));
		await server.remove();
		await victoria.remove();
	},
	BUILD_TIMEOUT_MS,
);
