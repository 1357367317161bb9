import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlainHistogram } from '../../../core-as/testing/histogram-chunk-reader.ts';
import { plainHistograms } from '../../../core-as/testing/histograms.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import { encodeMetricBlock } from '../ingest/metric-block.ts';
import { metricBlockOf, type TestBlockSeries } from '../testing/metric-block-of.ts';
import { codec, HOUR, NOW, StoreBench } from '../testing/store-bench.ts';

/** Bits of a number. */
const bits = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0]!;
const STALE_NAN = 0x7ff0000000000002n;

/** A histogram that differs by `seed`, in its layout too. */
function histogram(time: number, seed: number): PlainHistogram {
	const count = 1 + (seed % 5);
	return {
		time,
		start: seed % 3 === 0 ? 0n : bits(time - 1000),
		kind: seed % 2,
		schema: (seed % 4) - 1,
		zeroThreshold: bits(0.001),
		zeroCount: bits(seed % 7),
		count: bits(seed % 11 === 0 ? 0 : count + (seed % 7)),
		sum: seed % 11 === 0 ? STALE_NAN : bits(seed * 1.25),
		positive: 1,
		spans: seed % 11 === 0 ? [{ offset: 0, length: 0 }] : [{ offset: (seed % 9) - 4, length: count }],
		buckets: seed % 11 === 0 ? [] : Array.from({ length: count }, () => bits(1)),
		customs: [],
	};
}

async function send(bench: StoreBench, ...series: TestBlockSeries[]): Promise<void> {
	await bench.spool.append({
		kind: RECORD_KIND.metrics,
		batchId: crypto.getRandomValues(new Uint8Array(16)),
		payload: encodeMetricBlock(metricBlockOf(series), codec),
	});
}

interface Held {
	samples: [number, number][];
	histograms: PlainHistogram[];
}

async function read(bench: StoreBench, from = 0, to = NOW * 2): Promise<Record<string, Held>> {
	const columns = await bench.store.select([], from, to);
	const histograms = columns.histograms && plainHistograms(columns.histograms);
	return Object.fromEntries(
		columns.series.map((labels, i) => {
			const samples: [number, number][] = [];
			for (let s = i === 0 ? 0 : columns.ends[i - 1]!; s < columns.ends[i]!; s++) {
				samples.push([columns.timestamps[s]!, columns.values[s]!]);
			}
			return [labels.__name__!, { samples, histograms: histograms?.[i] ?? [] }];
		}),
	);
}

const named = (name: string, held: Partial<Held>): TestBlockSeries => ({
	labels: { __name__: name },
	samples: [],
	histograms: [],
	...held,
});

describe('native histograms in the chunk store', () => {
	it('are read from the head, from partial and from merged chunks, beside samples', async () => {
		const b = await new StoreBench().start();
		const list = Array.from({ length: 600 }, (_, i) => histogram(NOW - 1_200_000 + i * 1000, i));
		const samples: [number, number][] = [
			[NOW - 2_000_000, 1],
			[NOW, 2],
		];
		await send(b, named('h', { histograms: list, samples }), named('f', { samples }));
		const all = { h: { samples, histograms: list }, f: { samples, histograms: [] } };
		await expect.poll(() => read(b)).toEqual(all);
		expect(b.store.stats()).toMatchObject({ received: 604, headSamples: 604, lastSampleAt: NOW });
		await b.store.flush();
		expect(b.store.stats()).toMatchObject({ sent: 604, headSamples: 0 });
		expect(b.table.partial.some((row) => row.kind === 1)).toBe(true);
		expect(await read(b)).toEqual(all);
		b.now += 2 * HOUR;
		await b.store.maintain();
		expect(b.table.partial).toEqual([]);
		expect(await read(b)).toEqual(all);
		const some = await read(b, list[10]!.time, list[20]!.time);
		expect(some.h!.histograms).toEqual(list.slice(10, 21));
	});

	it('at one time the histogram counts, not the sample', async () => {
		const b = await new StoreBench().start();
		const h = histogram(NOW, 1);
		await send(b, named('a', { histograms: [h] }));
		await send(
			b,
			named('a', {
				samples: [
					[NOW - 1, 5],
					[NOW, 6],
				],
			}),
		);
		const all = { a: { samples: [[NOW - 1, 5]], histograms: [h] } };
		await expect.poll(() => read(b)).toEqual(all);
		await b.store.flush();
		expect(await read(b)).toEqual(all);
	});

	it('in any order, with repeats, over days, restarts and merges: the last of a time counts', async () => {
		const batch = fc.record({
			do: fc.constant('send' as const),
			series: fc.integer({ min: 0, max: 3 }),
			hour: fc.integer({ min: 0, max: 60 }),
			times: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 40 }),
			floats: fc.boolean(),
		});
		const event = fc.oneof(
			{ weight: 6, arbitrary: batch },
			{ weight: 2, arbitrary: fc.constant({ do: 'flush' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'maintain' as const }) },
		);
		await fc.assert(
			fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
				const b = await new StoreBench().start();
				const samples = new Map<string, Map<number, number>>();
				const histograms = new Map<string, Map<number, PlainHistogram>>();
				let seed = 0;
				for (const e of events) {
					if (e.do === 'flush') await b.store.flush();
					else if (e.do === 'maintain') await b.store.maintain();
					else if (e.do === 'crash') {
						b.files.cutPower(0.5);
						await b.start();
					} else {
						const name = `s${e.series}`;
						const times = [...new Set(e.times)]
							.sort((x, y) => x - y)
							.map((t) => NOW - (60 - e.hour) * HOUR + t * 1000);
						const sent = named(
							name,
							e.floats
								? { samples: times.map((t) => [t, ++seed]) }
								: { histograms: times.map((t) => histogram(t, ++seed)) },
						);
						await send(b, sent);
						const floats = samples.get(name) ?? new Map();
						samples.set(name, floats);
						for (const [t, v] of sent.samples) floats.set(t, v);
						const held = histograms.get(name) ?? new Map();
						histograms.set(name, held);
						for (const h of sent.histograms!) held.set(h.time, h);
					}
				}
				const expected = Object.fromEntries(
					[...samples].map(([name, floats]) => {
						const held = [...histograms.get(name)!].sort((x, y) => x[0] - y[0]);
						return [
							name,
							{
								samples: [...floats]
									.filter(([t]) => !histograms.get(name)!.has(t))
									.sort((x, y) => x[0] - y[0]),
								histograms: held.map(([, h]) => h),
							},
						];
					}),
				);
				await b.start();
				expect(await read(b)).toEqual(expected);
				await b.store.flush();
				await b.store.maintain();
				expect(await read(b)).toEqual(expected);
			}),
			{ numRuns: 60 },
		);
	}, 60_000);

	it('a histogram that no chunk takes is counted, and holds up no other', async () => {
		const b = await new StoreBench().start();
		const large = {
			...histogram(NOW, 1),
			spans: [{ offset: 0, length: 70_000 }],
			buckets: Array.from({ length: 70_000 }, () => bits(1)),
		};
		await send(b, named('a', { histograms: [large] }), named('b', { histograms: [histogram(NOW, 2)] }));
		await expect.poll(async () => Object.keys(await read(b))).toEqual(['b']);
		await b.store.flush();
		expect(b.store.stats()).toMatchObject({ dropped: { 'histogram too large': 1 }, headSamples: 0 });
		expect(b.spool.head()).toEqual(b.spool.tail());
	});

	it('metadata is stored once, and the last that was said counts', async () => {
		const b = await new StoreBench().start();
		const told = async (help: string, ...families: string[]) => {
			const metadata = families.map((family) => ({ family, type: 'counter' as const, help, unit: '' }));
			const payload = encodeMetricBlock({ ...metricBlockOf([]), metadata }, codec);
			await b.spool.append({ kind: RECORD_KIND.metrics, batchId: new Uint8Array(16), payload });
		};
		await told('one', 'a', 'b');
		await expect.poll(() => b.store.metadata().length).toBe(2);
		await b.store.flush();
		await told('two', 'b');
		await expect.poll(() => b.store.metadata().map((it) => it.help)).toEqual(['one', 'two']);
		await b.start();
		expect(b.store.metadata().map((it) => it.help)).toEqual(['one', 'two']);
		await b.store.flush();
		expect([...b.table.metadata.values()].map((it) => it.help)).toEqual(['one', 'two']);
	});
});
