import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MetricServer } from '../databases/metric-sources.ts';
import { CopyingServer, labelKey, type RawSamples, rawSamples } from '../product/copying-server.ts';
import { FalseClock } from '../product/false-clock.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// The wall clock of the server jumps by an hour and by two, ahead and back, again and again, while it copies a real Prometheus.

const STEP = 15_000;
const START = Date.now();
const END = Math.floor(START / STEP) * STEP - 2 * STEP;
const PAST = 960;
const BEGIN = END - (PAST - 1) * STEP;
const NAMES = 150;
const ROUNDS = process.env.CODEXRAY_TEST_FULL ? 6 : 2;
/** What a sample may be ahead of the source's clock. */
const AHEAD = 20_000;

let prometheus: MetricServer;
let clock: FalseClock;
let server: CopyingServer;
/** What the source holds. */
const made: RawSamples = {};

beforeAll(async () => {
	clock = await FalseClock.create();
	prometheus = await MetricServer.start('prometheus');
	for (let i = 0; i < NAMES; i += 10)
		await push(
			Array.from({ length: 10 }, (_, n) => ({
				name: `jumped_${i + n}`,
				samples: Array.from({ length: PAST }, (_, s): [number, number] => [
					BEGIN + s * STEP,
					(i + n) * 1_000 + s,
				]),
			})),
		);
}, 120_000);
afterAll(async () => {
	await server?.remove();
	await prometheus?.remove();
	clock?.remove();
});

async function push(series: { name: string; samples: [number, number][] }[]): Promise<void> {
	await prometheus.push(
		writeRequest(
			series.map(({ name, samples }) => ({
				labels: { __name__: name },
				samples: samples.map(([timestamp, value]) => ({ timestamp, value })),
			})),
		),
	);
	for (const { name, samples } of series) {
		const key = labelKey({ __name__: name });
		made[key] ??= [];
		made[key].push(...samples.map(([time, value]): [number, string] => [time, `${value}`]));
	}
}

/** Samples every half second until it is over: of a writer with a right clock, and of one whose clock is ahead. */
async function writeOn(over: AbortSignal): Promise<void> {
	for (let n = 0; !over.aborted; n++) {
		const now = Date.now();
		await push([
			{ name: 'jumped_live', samples: [[now, n]] },
			{ name: 'jumped_ahead', samples: [[now + AHEAD, n]] },
		]);
		await sleep(500);
	}
}

/** Waits until a sample that came after a time is here, whatever the clock of the server shows. */
async function fresh(since: number): Promise<void> {
	await until(
		async () => {
			const found = await rawSamples(server.ask, 'jumped_live', since, Date.now());
			return Object.values(found).some((values) => values.length > 0) || undefined;
		},
		() => 'nothing new is copied',
		60_000,
	);
	await server.until(({ lagMs }) => lagMs !== null && lagMs < 60_000);
}

test('each sample is copied once, the lag is true again, and nothing has ended', async () => {
	server = new CopyingServer(['--prometheus-url', prometheus.url], { env: clock.env });
	await server.start();
	let ended: string | null = null;
	void server.ended.then((how) => {
		ended = how;
	});
	const over = new AbortController();
	const writing = writeOn(over.signal);
	const shown: number[] = [];
	try {
		for (let round = 0; round < ROUNDS; round++)
			for (const offset of [3_600, -3_600, 0, 7_200, -7_200, 0]) {
				clock.jump(offset);
				await sleep(500 + Math.random() * 1_500);
				await fresh(Date.now());
				const date = (await server.fetch('/api/status')).headers.get('date');
				if (date) shown.push(Math.round((Date.parse(date) - Date.now()) / 3_600_000));
			}
	} finally {
		over.abort();
		await writing;
	}
	expect(new Set(shown)).toEqual(new Set([1, -1, 2, -2, 0]));
	// The last of those ahead is in the past now.
	await sleep(AHEAD + 1_000);
	const stopped = Date.now();
	await server.whole();
	await server.until(({ lagMs }) => (lagMs ?? 1e9) < Date.now() - stopped);
	const selector = '{__name__=~"jumped_.*"}';
	const answered = await rawSamples(prometheus.ask, selector, BEGIN, stopped);
	expect(answered).toEqual(made);
	const copied = await until(
		async () => {
			const found = await rawSamples(server.ask, selector, BEGIN, stopped);
			return differences(made, found).length === 0 ? found : undefined;
		},
		() => 'not all is copied',
		30_000,
	).catch(() => rawSamples(server.ask, selector, BEGIN, stopped));
	expect(differences(made, copied)).toEqual([]);
	expect(copied).toEqual(made);
	expect(ended).toBeNull();
	const gauge = /^codexray_server_source_lag_seconds (\S+)$/m.exec(
		await (await server.fetch('/metrics')).text(),
	);
	expect(Number(gauge![1])).toBeLessThan(60);
	expect(server.log()).not.toMatch(/"level":"fatal"|BUG/);
}, 600_000);

/** At most a few samples that one has and the other has not. */
function differences(want: RawSamples, found: RawSamples): string[] {
	const out: string[] = [];
	for (const [key, values] of Object.entries(want)) {
		const times = new Set((found[key] ?? []).map(([time]) => time));
		const missing = values.filter(([time]) => !times.has(time));
		if (missing.length > 0)
			out.push(
				`${key}: ${missing.length} missing, the first ${(missing[0]![0] - START) / 1000} s after the start`,
			);
	}
	return out.slice(0, 20);
}
