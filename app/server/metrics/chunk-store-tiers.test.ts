import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyHistogram } from '../../../core-as/testing/histograms.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import { Engine } from '../../promql/engine.ts';
import { encodeMetricBlock } from '../ingest/metric-block.ts';
import { metricBlockOf, type TestBlockSeries } from '../testing/metric-block-of.ts';
import { codec, HOUR, NOW, StoreBench } from '../testing/store-bench.ts';
import { chooseTier, type ReadHints } from './tier-choice.ts';

const DAY = 24 * HOUR;
const MINUTE = 60_000;
/** The days before today begin here. */
const START = (Math.floor(NOW / DAY) - 5) * DAY;

/** Sends, and waits until the head has it. */
async function send(bench: StoreBench, ...series: TestBlockSeries[]): Promise<void> {
	const before = bench.store.revision;
	await bench.spool.append({
		kind: RECORD_KIND.metrics,
		batchId: crypto.getRandomValues(new Uint8Array(16)),
		payload: encodeMetricBlock(metricBlockOf(series), codec),
	});
	await expect.poll(() => bench.store.revision, { interval: 1 }).toBeGreaterThan(before);
}

const named = (name: string, samples: [number, number][]): TestBlockSeries => ({
	labels: { __name__: name },
	samples,
});

async function settle(bench: StoreBench): Promise<void> {
	await bench.store.flush();
	bench.now += 2 * HOUR;
	while (await bench.store.maintain());
}

async function read(bench: StoreBench, hints?: ReadHints, from = 0, to = NOW * 2) {
	const columns = await bench.store.select([], from, to, hints);
	return Object.fromEntries(
		columns.series.map((labels, i) => {
			const first = i === 0 ? 0 : columns.ends[i - 1]!;
			const times = [...columns.timestamps.subarray(first, columns.ends[i])];
			return [labels.__name__!, times.map((time, k): [number, number] => [time, columns.values[first + k]!])];
		}),
	);
}

/** What a tier keeps, from the samples: the plain way. */
function bucketsOf(
	samples: [number, number][],
	resolution: number,
	of: (values: number[]) => number,
): [number, number][] {
	const buckets = new Map<number, number[]>();
	for (const [time, value] of samples) {
		const start = time - (time % resolution);
		buckets.set(start, [...(buckets.get(start) ?? []), value]);
	}
	return [...buckets].map(([start, values]) => [start + resolution - 1, of(values)]);
}

const OVER: Record<string, (values: number[]) => number> = {
	max_over_time: (values) => Math.max(...values),
	min_over_time: (values) => Math.min(...values),
	sum_over_time: (values) => values.reduce((a, b) => a + b, 0),
	last_over_time: (values) => values.at(-1)!,
};

const overTime = (func: string, range: number): ReadHints => ({ func, range, step: range });

describe('tiers of the chunk store', () => {
	it.each([
		[{ step: 0, range: 0 }, null],
		[{ step: 24 * MINUTE, range: 0 }, null],
		[
			{ step: 25 * MINUTE, range: 0 },
			{ tier: 0, column: 'lasts' },
		],
		[
			{ step: DAY, range: 0, func: 'sum' },
			{ tier: 0, column: 'lasts' },
		],
		[{ step: DAY, range: 0, lookback: MINUTE }, null],
		[
			{ step: DAY, range: 0, lookback: HOUR },
			{ tier: 1, column: 'lasts' },
		],
		[{ step: DAY, range: 0, func: 'timestamp' }, null],
		[{ step: DAY, range: DAY, func: 'rate' }, null],
		[{ step: DAY, range: DAY, func: 'increase' }, null],
		[{ step: DAY, range: DAY, func: 'avg_over_time' }, null],
		[{ step: DAY, range: DAY, func: 'count_over_time' }, null],
		[{ step: DAY, range: DAY, func: 'toString' }, null],
		[{ step: DAY, range: DAY }, null],
		[
			{ step: HOUR, range: 10 * HOUR, func: 'max_over_time' },
			{ tier: 1, column: 'maxima' },
		],
		[
			{ step: 0, range: 10 * HOUR, func: 'min_over_time' },
			{ tier: 1, column: 'minima' },
		],
		[
			{ step: 59 * MINUTE, range: 10 * HOUR, func: 'max_over_time' },
			{ tier: 0, column: 'maxima' },
		],
		[
			{ step: 5 * MINUTE, range: 50 * MINUTE, func: 'sum_over_time' },
			{ tier: 0, column: 'sums' },
		],
		[{ step: 5 * MINUTE, range: 49 * MINUTE, func: 'sum_over_time' }, null],
		[{ step: 4 * MINUTE, range: 50 * MINUTE, func: 'sum_over_time' }, null],
	] as const)('%j is answered from %j', (hints, choice) => {
		expect(chooseTier(hints)).toEqual(choice);
	});

	it('hold what the samples come to, whatever their order, with repeats, late rows and restarts', async () => {
		const batch = fc.record({
			series: fc.integer({ min: 0, max: 3 }),
			from: fc.integer({ min: 0, max: (4 * DAY) / 1000 }),
			every: fc.integer({ min: 1, max: 900 }),
			count: fc.integer({ min: 1, max: 400 }),
			after: fc.constantFrom('nothing', 'flush', 'settle', 'crash'),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 8 }), async (batches) => {
				const b = await new StoreBench().start({ retentionMs: null });
				const held = new Map<string, Map<number, number>>();
				let value = 0;
				for (const { series, from, every, count, after } of batches) {
					const samples = Array.from({ length: count }, (_, i): [number, number] => [
						START + (from + i * every) * 1000,
						++value % 97,
					]);
					await send(b, named(`s${series}`, samples));
					const all = held.get(`s${series}`) ?? new Map<number, number>();
					held.set(`s${series}`, all);
					for (const [time, v] of samples) all.set(time, v);
					if (after === 'flush') await b.store.flush();
					if (after === 'settle') await settle(b);
					if (after === 'crash') {
						b.files.cutPower(0.5);
						await b.start({ retentionMs: null });
					}
				}
				await b.start({ retentionMs: null });
				await settle(b);
				expect(await b.table.openDays(Math.floor(NOW / DAY))).toEqual([]);
				const today = Math.floor(b.now / DAY) * DAY;
				const samples = [...held].map(([name, all]) => [name, [...all].sort((x, y) => x[0] - y[0])] as const);
				expect(await read(b)).toEqual(Object.fromEntries(samples));
				for (const [func, of] of Object.entries(OVER)) {
					for (const resolution of [5 * MINUTE, HOUR]) {
						const expected = samples.map(([name, list]) => {
							const old = list.filter(([time]) => time < today);
							const rest = list.filter(([time]) => time >= today);
							return [name, [...bucketsOf(old, resolution, of), ...rest]];
						});
						const got = await read(b, { ...overTime(func, 10 * resolution), step: resolution });
						expect(got, `${func} ${resolution}`).toEqual(Object.fromEntries(expected));
					}
				}
			}),
			{ numRuns: 25 },
		);
	}, 60_000);

	it('answer for a part of a day, and join days that are closed with those that are not', async () => {
		const b = await new StoreBench().start();
		const samples = Array.from({ length: 40 }, (_, i): [number, number] => [NOW - (39 - i) * HOUR - 7, i]);
		await send(b, named('a', samples));
		await settle(b);
		const today = Math.floor(NOW / DAY) * DAY;
		const [from, to] = [samples[3]![0] - 7, samples[38]![0]];
		const inside = samples.slice(3, 39);
		const expected = [
			...bucketsOf(
				inside.filter(([time]) => time < today),
				HOUR,
				(values) => values[0]!,
			),
			...inside.filter(([time]) => time >= today),
		];
		expect((await read(b, overTime('max_over_time', DAY), from, to)).a).toEqual(expected);
	});

	it('are not asked for a day of which the head has something', async () => {
		const b = await new StoreBench().start();
		await send(
			b,
			named('a', [
				[START, 1],
				[START + 1000, 2],
			]),
			named('b', [[START, 5]]),
		);
		await settle(b);
		const hints = overTime('sum_over_time', DAY);
		expect(await read(b, hints)).toEqual({ a: [[START + HOUR - 1, 3]], b: [[START + HOUR - 1, 5]] });
		// In the place of a sample that is in the sum already.
		await send(b, named('a', [[START, 7]]));
		const late = {
			a: [
				[START, 7],
				[START + 1000, 2],
			],
			b: [[START, 5]],
		};
		await expect.poll(() => read(b, hints)).toEqual(late);
		await b.store.flush();
		expect(await read(b, hints)).toEqual(late);
		await settle(b);
		expect(await read(b, hints)).toEqual({ a: [[START + HOUR - 1, 9]], b: [[START + HOUR - 1, 5]] });
	});

	it('leave series with native histograms to their chunks', async () => {
		const b = await new StoreBench().start();
		await send(
			b,
			{
				...named('h', [
					[START, 1],
					[START + 1000, 2],
				]),
				histograms: [emptyHistogram(START + 5000)],
			},
			named('f', [[START, 3]]),
		);
		await settle(b);
		// As tables may, it gives the rows of all series.
		const all = b.table.read.bind(b.table);
		b.table.read = (_sids, from, to) => all(null, from, to);
		const columns = await b.store.select([], 0, NOW, overTime('max_over_time', DAY));
		expect(columns.histograms!.timestamps).toEqual(Float64Array.of(START + 5000));
		expect(await read(b, overTime('max_over_time', DAY))).toEqual({
			h: [
				[START, 1],
				[START + 1000, 2],
			],
			f: [[START + HOUR - 1, 3]],
		});
	});

	it('keep NaN apart from staleness, and no bucket where a series had ended', async () => {
		const b = await new StoreBench().start();
		const block = metricBlockOf([
			named('a', [
				[START, 1],
				[START + 1000, 0],
				[START + HOUR, 0],
				[START + 2 * HOUR, 0],
			]),
		]);
		new BigUint64Array(block.values.buffer)[1] = 0x7ff0000000000002n;
		new BigUint64Array(block.values.buffer)[2] = 0x7ff0000000000002n;
		block.values[3] = Number.NaN;
		await b.spool.append({
			kind: RECORD_KIND.metrics,
			batchId: new Uint8Array(16),
			payload: encodeMetricBlock(block, codec),
		});
		await expect.poll(() => b.store.stats().received).toBe(4);
		await settle(b);
		expect((await read(b, overTime('min_over_time', DAY))).a).toEqual([
			[START + HOUR - 1, 1],
			[START + 3 * HOUR - 1, Number.NaN],
		]);
	});
});

describe('PromQL over tiers', () => {
	/** Five days of a gauge and of a counter that is reset, a sample each half minute but for a gap, at 7 s past. */
	async function gauges(): Promise<StoreBench> {
		const b = await new StoreBench().start();
		const list = (name: string, of: (i: number) => number) =>
			named(
				name,
				Array.from({ length: (5 * DAY) / 30_000 }, (_, i): [number, number] => [
					START + i * 30_000 + 7_000,
					of(i),
				]).filter((_, i) => i < 3000 || i > 3300),
			);
		await send(
			b,
			list('gauge', (i) => Math.round(1000 * Math.sin(i / 50) + ((i * 7919) % 113))),
		);
		await send(
			b,
			list('counter', (i) => (i * 3) % 1000),
		);
		await settle(b);
		return b;
	}
	let bench: Promise<StoreBench> | undefined;

	/** Answers with and without tiers, and how many samples the store gave. */
	async function both(query: string, start: number, end: number, step: number, lookback?: number) {
		bench ??= gauges();
		const { store } = await bench;
		const engine = new Engine(lookback === undefined ? {} : { lookback });
		const counts = [0, 0];
		const run = (tiers: boolean) =>
			engine.range(
				{
					async select(matchers, from, to, hints) {
						const columns = await store.select(matchers, from, to, tiers ? hints : undefined);
						counts[tiers ? 1 : 0]! += columns.timestamps.length;
						return columns;
					},
				},
				query,
				{ start, end, step },
			);
		const [raw, tiered] = [await run(false), await run(true)];
		if (raw.type !== 'matrix' || tiered.type !== 'matrix') throw new Error('no matrix');
		return { raw: raw.series, tiered: tiered.series, fewer: counts[1]! < counts[0]! / 2 };
	}
	const [from, to] = [START + DAY, START + 5 * DAY];

	it.each([
		'max_over_time(gauge[1h])',
		'min_over_time(gauge[1h])',
		'sum_over_time(gauge[1h])',
		'last_over_time(gauge[1h])',
		'sum(max_over_time(gauge[1d]))',
	])('%s is the same where ranges begin and end with buckets', async (query) => {
		const { raw, tiered, fewer } = await both(query, from, to, HOUR);
		expect(fewer).toBe(true);
		expect(tiered.values).toEqual(raw.values);
		expect(tiered.timestamps).toEqual(raw.timestamps);
	});

	it.each([
		'rate(counter[1h])',
		// One read for both, which is to serve both.
		'max_over_time(gauge[12h]) - min_over_time(gauge[12h])',
		'increase(counter[1d])',
		'avg_over_time(gauge[1h])',
		'count_over_time(gauge[1d])',
		'max_over_time(gauge[1h:1m])',
		'max_over_time(sum(gauge)[6h:1m])',
		'rate(counter[1h:2m])',
		'timestamp(gauge)',
	])('%s is read from the samples', async (query) => {
		const { raw, tiered } = await both(query, from + 12_345, to, HOUR + 1000);
		expect(tiered).toEqual(raw);
	});

	it('a gauge at one time is one of the 5 minutes before', async () => {
		const step = 30 * MINUTE + 13_000;
		const { raw, tiered, fewer } = await both('gauge', from, to, step);
		expect(fewer).toBe(true);
		const { timestamps, values } = await (await bench!).store.select(
			[{ name: '__name__', op: '=', value: 'gauge' }],
			0,
			NOW,
		);
		let checked = 0;
		for (const [i, time] of tiered.timestamps.entries()) {
			const first = timestamps.findIndex((it) => it > time - 10 * MINUTE);
			const near = [...values.subarray(first)].filter((_, k) => timestamps[first + k]! <= time);
			expect(near).toContain(tiered.values[i]);
			checked++;
		}
		// The gap is longer than the lookback: it is there in both, its ends within a bucket.
		expect(Math.abs(checked - raw.timestamps.length)).toBeLessThanOrEqual(1);
		expect(checked).toBeGreaterThan(150);
	});

	it('a lookback below a bucket is answered from the samples', async () => {
		const { raw, tiered, fewer } = await both('gauge', from, to, HOUR, MINUTE);
		expect(fewer).toBe(false);
		expect(tiered).toEqual(raw);
	});
});

describe('retention of the chunk store', () => {
	it('takes samples of any time since 1970 when it is off, a bounded number of days at a time', async () => {
		const b = await new StoreBench().start({ retentionMs: null });
		const samples = Array.from({ length: 400 }, (_, i): [number, number] => [i * 45 * DAY, i]).filter(
			([time]) => time < NOW,
		);
		const shuffled = [...samples].sort((x, y) => ((x[1] * 37) % 101) - ((y[1] * 37) % 101));
		for (const sample of shuffled) await send(b, named('a', [sample]));
		await b.store.flush();
		b.now += 2 * HOUR;
		let steps = 0;
		let closed = 0;
		for (let more = true; more; steps++) {
			more = await b.store.maintain();
			const days = b.store.stats().closedDays;
			expect(days - closed).toBeLessThanOrEqual(4);
			closed = days;
		}
		expect(steps).toBeGreaterThan(50);
		expect(closed).toBe(samples.length);
		expect((await read(b)).a).toEqual(samples);
		await b.start({ retentionMs: null });
		expect((await read(b)).a).toEqual(samples);
	}, 60_000);

	it('a day that is being written to is closed when that has ended', async () => {
		const b = await new StoreBench().start();
		await send(b, named('a', [[START, 1]]));
		await b.store.flush();
		await b.store.maintain();
		expect(b.store.stats().closedDays).toBe(0);
		b.now += HOUR;
		await b.store.maintain();
		expect(b.store.stats().closedDays).toBe(1);
	});

	it('drops the oldest days by size, never today', async () => {
		const b = await new StoreBench().start({ maxBytes: 1 });
		for (let day = 0; day <= 5; day++) await send(b, named(`d${day}`, [[START + day * DAY, day]]));
		await b.store.flush();
		const [oldest] = await b.table.usage();
		const total = (await b.table.usage()).reduce((sum, it) => sum + it.bytes, 0);
		await b.start({ maxBytes: total - oldest!.bytes });
		await b.store.maintain();
		expect(Object.keys(await read(b))).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
		expect(b.store.stats()).toMatchObject({
			...{ droppedDays: 1, series: 5, fill: 1 },
			bytes: total - oldest!.bytes,
		});
		await b.start({ maxBytes: 1 });
		await b.store.maintain();
		expect(Object.keys(await read(b))).toEqual(['d5']);
		expect(b.table.series.map((it) => it.labels.__name__)).toEqual(['d5']);
	});

	it('says what was lost until it is filled again', async () => {
		const b = new StoreBench();
		const lost = { fromHour: 24, toHour: 47, place: 'day 1', reason: 'damaged' };
		b.table.lost.push(lost);
		await b.start();
		expect(b.store.lost()).toEqual([lost]);
		const later = { fromHour: 48, toHour: 0xffffffff, place: 'day 2', reason: 'missing' };
		b.store.noteLost(later);
		b.store.noteLost({ ...later });
		expect(b.store.stats().lost).toBe(2);
		await b.store.refilled(lost);
		expect(b.store.lost()).toEqual([later]);
		expect(b.table.lost).toEqual([]);
	});
});
