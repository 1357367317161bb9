import { describe, expect, it } from 'vitest';
import type { SeriesColumns } from '../telemetry/series.ts';
import { Engine, type EngineOptions, type QueryResult } from './engine.ts';
import { columnsOfHistograms } from './histograms/columns.ts';
import { EMPTY_SIDE, type Histogram, NO_BOUNDS, RESET_HINTS } from './histograms/histogram.ts';
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

it('tells the source what a selector stands in', async () => {
	const hinted = async (query: string) => {
		const funcs: (string | undefined)[] = [];
		const source: SeriesSource = {
			select(matchers, start, end, { func }) {
				funcs.push(func);
				return counters(1).select(matchers, start, end);
			},
		};
		await new Engine().instant(source, query, 0);
		return funcs;
	};
	expect(await hinted('x_total')).toEqual([undefined]);
	expect(await hinted('sum(rate(x_total[5m]))')).toEqual(['rate']);
	expect(await hinted('sum by (i) (-(x_total))')).toEqual(['sum']);
	expect(await hinted('max_over_time((x_total)[5m:1m])')).toEqual(['max_over_time']);
	// An operator hides what is around it.
	expect(await hinted('sum(x_total + 1)')).toEqual([undefined]);
	// What is read once for two uses is read for neither.
	expect(await hinted('sum(x_total) / count(x_total)')).toEqual([undefined]);
	expect(await hinted('sum(x_total) / sum(x_total)')).toEqual(['sum']);
});

describe('native histograms', () => {
	const one = (count: number): Histogram => ({
		hint: RESET_HINTS.unknown,
		schema: 0,
		zeroThreshold: 0,
		zeroCount: 0,
		count,
		sum: 2 * count,
		positive: { indexes: Int32Array.of(1), counts: Float64Array.of(count) },
		negative: EMPTY_SIDE,
		bounds: NO_BOUNDS,
	});
	const times = Float64Array.from({ length: 10 }, (_, i) => 1 + i * 60 * SECOND);
	const columns = columnsOfHistograms(
		Uint32Array.of(10),
		times,
		Array.from(times, (_, i) => one(i)),
	);
	const source = new MemorySource([
		{ ...series({ __name__: 'h', i: '1' }, []), histograms: columns },
		series({ __name__: 'h', i: '0' }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 60 * SECOND),
	]);
	const end = 540 * SECOND + 1;

	const counts = ({ series: labels, histograms }: SeriesColumns) =>
		labels.map((_, row) => [
			...histograms!.counts.subarray(row === 0 ? 0 : histograms!.ends[row - 1]!, histograms!.ends[row]),
		]);

	it('come back in columns beside floats, of all kinds of queries', async () => {
		const engine = new Engine();
		const instantly = columnsOf(await engine.instant(source, 'h', end));
		expect(instantly.series).toHaveLength(2);
		expect([...instantly.values]).toEqual([10]);
		expect(counts(instantly)).toEqual([[9], []]);
		const range = columnsOf(await engine.range(source, 'h * 2', { start: 1, end, step: 120 * SECOND }));
		expect(range.series).toEqual([{ i: '0' }, { i: '1' }]);
		expect(counts(range)).toEqual([[], [0, 4, 8, 12, 16]]);
		expect([...range.histograms!.ends]).toEqual([0, 5]);
		for (const query of ['h[3m]', '(h)[3m:1m]']) {
			const matrix = columnsOf(await engine.instant(source, query, end));
			expect(
				matrix.series.map((l) => l.i),
				query,
			).toEqual(['0', '1']);
			expect(counts(matrix)[1]!.at(-1), query).toBeGreaterThan(7);
		}
	});

	it('end at a stale marker', async () => {
		const sums = columns.sums.slice();
		sums.set(new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer), 9);
		const stale = new MemorySource([{ ...series({ __name__: 'h' }, []), histograms: { ...columns, sums } }]);
		expect(columnsOf(await new Engine().instant(stale, 'h', end)).series).toEqual([]);
		expect(columnsOf(await new Engine().instant(stale, 'h', end - 2)).series).toHaveLength(1);
		expect(await instant(stale, 'count_over_time(h[5m])', end)).toEqual([[{}, 4]]);
	});

	it('count their buckets against the limit of samples', async () => {
		const asked = (maxSamples: number, query: string) =>
			new Engine({ maxSamples }).range(source, query, { start: 1, end, step: SECOND });
		await expect(asked(3000, 'h')).rejects.toMatchObject({
			message: expect.stringContaining('too many samples'),
		});
		await expect(asked(3000, 'rate(h[2m])')).rejects.toMatchObject({ type: 'execution' });
		await expect(asked(20_000, 'rate(h[2m])')).resolves.toMatchObject({ type: 'matrix' });
	});
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
