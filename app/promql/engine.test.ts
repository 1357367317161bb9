import { describe, expect, it } from 'vitest';
import type { SeriesColumns } from '../telemetry/series.ts';
import { Engine, type EngineOptions, type QueryResult } from './engine.ts';
import { type MemorySeries, MemorySource } from './memory-source.ts';
import type { SeriesSource } from './source.ts';

const SECOND = 1000;

function series(labels: Record<string, string>, values: number[], step = 15 * SECOND): MemorySeries {
	return {
		labels,
		timestamps: Float64Array.from(values, (_, i) => i * step),
		values: Float64Array.from(values),
	};
}

function counters(n: number): MemorySource {
	const one = (i: number) => series({ __name__: 'x_total', i: String(i) }, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
	return new MemorySource(Array.from({ length: n }, (_, i) => one(i)));
}

function columnsOf(result: QueryResult): SeriesColumns {
	if (result.type === 'vector' || result.type === 'matrix') return result.series;
	throw new Error(`a ${result.type}`);
}

async function instant(source: SeriesSource, query: string, time: number, options: EngineOptions = {}) {
	const { series: labels, values } = columnsOf(await new Engine(options).instant(source, query, time));
	return labels.map((l, i) => [l, values[i]]);
}

describe('windows', () => {
	const source = new MemorySource([series({ __name__: 'x' }, [1, 2, 3, 4, 5], 60 * SECOND)]);

	it('are open at the start, and closed in Prometheus 2', async () => {
		const query = 'count_over_time(x[2m])';
		expect(await instant(source, query, 240 * SECOND)).toEqual([[{}, 2]]);
		expect(await instant(source, query, 240 * SECOND, { leftOpen: false })).toEqual([[{}, 3]]);
	});

	it('of the lookback too', async () => {
		const time = (240 + 300) * SECOND;
		expect(await instant(source, 'x', time)).toEqual([]);
		expect(await instant(source, 'x', time, { leftOpen: false })).toEqual([[{ __name__: 'x' }, 5]]);
		expect(await instant(source, 'x', time, { lookback: 301 * SECOND })).toHaveLength(1);
	});
});

describe('limits', () => {
	const times = { start: 0, end: 120 * SECOND, step: 15 * SECOND };

	it('bound samples and cells, series, and the size of a subquery before it is evaluated', async () => {
		const source = counters(100);
		const asked = (options: EngineOptions, query = 'sum(rate(x_total[1m]))') =>
			new Engine(options).range(source, query, times);
		await expect(asked({ maxSamples: 1000 })).rejects.toMatchObject({
			type: 'execution',
			message: expect.stringContaining('too many samples'),
		});
		await expect(asked({ maxSeries: 99 })).rejects.toMatchObject({
			message: expect.stringContaining('too many series'),
		});
		await expect(asked({}, 'max_over_time(vector(1)[100y:1ms])')).rejects.toMatchObject({
			type: 'execution',
		});
		expect(columnsOf(await asked({})).series).toEqual([{}]);
	});

	it('bound the time, by the clock that is given', async () => {
		let now = 0;
		const clock = { now: () => now, sleep: async () => {} };
		const slow: SeriesSource = {
			async select(matchers, start, end) {
				now += 10_000;
				return counters(1).select(matchers, start, end);
			},
		};
		const asked = (timeout: number) => new Engine({ clock, timeout }).range(slow, 'x_total', times);
		await expect(asked(9000)).rejects.toMatchObject({ type: 'timeout' });
		await expect(asked(11_000)).resolves.toMatchObject({ type: 'matrix' });
	});

	it('bound how many steps a range has', async () => {
		for (const query of ['x_total', '1', 'time()', 'vector(pi())']) {
			const asked = new Engine().range(counters(1), query, { start: 0, end: 1e15, step: 1 });
			await expect(asked, query).rejects.toMatchObject({ type: 'execution' });
		}
	});
});

it('lets others run, and gives up when nobody waits any more', async () => {
	const abort = new AbortController();
	let now = 0;
	const clock = {
		// Every look at the clock is late, so that every rest is taken.
		now: () => (now += 30),
		sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 0)),
	};
	const engine = new Engine({ clock, timeout: 1e12 });
	const asked = engine.range(
		counters(2000),
		'rate(x_total[1m])',
		{ start: 0, end: 60_000, step: 1000 },
		abort.signal,
	);
	setTimeout(() => abort.abort(), 0);
	await expect(asked).rejects.toMatchObject({ type: 'canceled' });
});

it('reads equal selectors once, and only what a query can need', async () => {
	const reads: [number, number][] = [];
	const source: SeriesSource = {
		select(matchers, start, end) {
			reads.push([start, end]);
			return counters(1).select(matchers, start, end);
		},
	};
	const times = { start: 600_000, end: 900_000, step: 60_000 };
	await new Engine().range(source, 'x_total / x_total + rate(x_total[10m] offset 1m)', times);
	expect(reads).toEqual([
		[300_001, 900_000],
		[-59_999, 840_000],
	]);
});

it('says what is wrong with a query, and where', async () => {
	const engine = new Engine();
	const asked = (query: string) => async () => engine.instant(counters(1), query, 0);
	await expect(asked('sum(x')).rejects.toMatchObject({
		name: 'ParseError',
		message: '1:6: parse error: unclosed left parenthesis',
	});
	await expect(asked('a +\n  rate(b)')).rejects.toMatchObject({ line: 2, column: 8 });
	await expect(asked('mad_over_time(x[5m])')).rejects.toMatchObject({ name: 'ParseError' });
	await expect(async () =>
		engine.range(counters(1), 'x_total[5m]', { start: 0, end: 1, step: 1 }),
	).rejects.toMatchObject({ type: 'bad_data' });
});

it('takes any name for a label', async () => {
	const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
	for (const name of names) {
		const source = new MemorySource([
			series({ __name__: 'x', [name]: 'v' }, [1]),
			series({ __name__: 'x' }, [2]),
		]);
		const labels = { [name]: 'v' };
		expect(await instant(source, `sum by (${name}) (x)`, 0)).toEqual([
			[labels, 1],
			[{}, 2],
		]);
		expect(await instant(source, `x{${name}="v"} + 1`, 0)).toEqual([[labels, 2]]);
		expect(await instant(source, `x{${name}=""}`, 0)).toEqual([[{ __name__: 'x' }, 2]]);
		expect(await instant(source, `label_replace(vector(1), "${name}", "v", "", "")`, 0)).toEqual([
			[labels, 1],
		]);
	}
});

it('answers with scalars and strings as such', async () => {
	const engine = new Engine();
	expect(await engine.instant(counters(1), '1 + 2', 0)).toMatchObject({ type: 'scalar', value: 3 });
	expect(await engine.instant(counters(1), '"a"', 0)).toMatchObject({ type: 'string', value: 'a' });
	const range = await engine.range(counters(1), '7', { start: 0, end: 20, step: 10 });
	expect([...columnsOf(range).values]).toEqual([7, 7, 7]);
});
