import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesLabels } from '../../promql/regex/label-matcher.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import { cardinalityOf, churnOf } from './cardinality.ts';
import { SeriesIndex } from './series-index.ts';
import { SeriesTimes } from './series-times.ts';
import { seriesBlock } from './testing/series-block.ts';

const HOUR = 3_600_000;

function indexOf(series: readonly Record<string, string>[], maxSeries = 1000): SeriesIndex {
	const index = new SeriesIndex({ maxSeries, lastSid: 0, rows: [] });
	add(
		index,
		series.map((labels) => ({ labels, times: [1000] })),
	);
	return index;
}

function add(index: SeriesIndex, series: { labels: Record<string, string>; times: number[] }[]): number[] {
	const block = seriesBlock(series);
	const sids: number[] = [];
	for (let i = 0, label = 0, byte = 0; i < series.length; i++) {
		let end = byte;
		for (let l = 2 * label; l < 2 * block.labelEnds[i]!; l++) end += block.labelLengths[l]!;
		sids.push(index.resolve(block, i, label, byte, end));
		label = block.labelEnds[i]!;
		byte = end;
	}
	return sids;
}

const found = (index: SeriesIndex, ...matchers: Matcher[]) =>
	[...index.select(matchers)].map((sid) => ({ ...index.labels(sid) }));

describe('series index', () => {
	const names = ['__name__', 'a', 'b', 'constructor', '__proto__'];
	const values = ['x', 'y', 'x|y', 'x.y', 'xy', '\ufeffx', 'é'];
	const labelSet = fc
		.dictionary(fc.constantFrom(...names), fc.constantFrom(...values), { noNullPrototype: false })
		.map((labels) => Object.fromEntries(Object.entries(labels)));
	const matcher = fc.record({
		name: fc.constantFrom(...names, 'none'),
		op: fc.constantFrom<Matcher['op']>('=', '!=', '=~', '!~'),
		value: fc.constantFrom(
			...[
				'',
				'x',
				'y',
				'x.y',
				'x\\.y',
				'x|y',
				'(x|y)',
				'x|',
				'.*',
				'.+',
				'x.*',
				'[xy]',
				'()',
				'(?i)X',
				'x|(y)',
			],
		),
	});

	test('selects what the matchers say, whatever they are made of', () => {
		fc.assert(
			fc.property(
				fc.uniqueArray(labelSet, {
					maxLength: 20,
					selector: (l) => JSON.stringify(Object.entries(l).sort()),
				}),
				fc.array(matcher, { maxLength: 4 }),
				(series, matchers) => {
					const index = indexOf(series);
					const wanted = series.filter((labels) => matchesLabels(matchers, labels));
					expect(found(index, ...matchers)).toEqual(wanted);
				},
			),
			{ numRuns: 2000 },
		);
	});

	test('the same labels are the same series, whatever their hash', () => {
		const index = indexOf([]);
		const two = [
			{ labels: { a: '1' }, times: [1] },
			{ labels: { a: '2' }, times: [1] },
		];
		const block = seriesBlock(two);
		block.hashes.fill(7);
		const resolve = (i: number) => index.resolve(block, i, i, 2 * i, 2 * i + 2);
		expect([resolve(0), resolve(1), resolve(0), resolve(1)]).toEqual([1, 2, 1, 2]);
		index.remove([1]);
		expect([resolve(1), resolve(0)]).toEqual([2, 3]);
	});

	test('labels that only look alike are two series', () => {
		const index = indexOf([{ ab: 'c' }, { a: 'bc' }, { a: 'b', c: 'd' }, { a: '\ufeffb' }, { a: 'b' }]);
		expect(index.size).toBe(5);
		expect(found(index, { name: 'a', op: '=', value: '\ufeffb' })).toEqual([{ a: '\ufeffb' }]);
	});

	test('the bound refuses new series and takes the old ones', () => {
		const index = indexOf([{ a: '1' }], 2);
		expect(
			add(
				index,
				['2', '3', '1'].map((a) => ({ labels: { a }, times: [1] })),
			),
		).toEqual([2, -1, 1]);
		expect(index.fill).toBe(1);
	});

	test('what is removed is gone from everything, and its numbers are used again', () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { maxLength: 120 }),
				(steps) => {
					const index = indexOf([]);
					const held = new Map<number, Record<string, string>>();
					for (const [n, adds] of steps) {
						const labels = { name: `n${n % 7}`, value: `v${n}`, [`only${n % 3}`]: 'x'.repeat(n) || 'y' };
						if (adds) held.set(add(index, [{ labels, times: [1] }])[0]!, labels);
						else {
							const gone = [...held.keys()].filter((sid) => sid % 5 === n % 5);
							for (const sid of gone) held.delete(sid);
							index.remove(gone);
						}
					}
					expect([...index.sids()]).toEqual([...held.keys()].sort((a, b) => a - b));
					for (const [sid, labels] of held) {
						expect({ ...index.labels(sid) }).toEqual(labels);
						const matchers = Object.entries(labels).map(
							([name, value]) => ({ name, op: '=', value }) as const,
						);
						expect([...index.select(matchers)]).toEqual([sid]);
					}
					const values = [...held.values()].map((labels) => labels.value);
					expect(index.values('value')).toEqual([...new Set(values)].sort());
					expect(index.names().includes('name')).toBe(held.size > 0);
				},
			),
		);
	});

	test('names and values of series that have samples in a span', () => {
		const index = indexOf([]);
		const sids = add(index, [
			{ labels: { a: '1', old: 'x' }, times: [HOUR, 2 * HOUR] },
			{ labels: { a: '2', fresh: 'y' }, times: [5 * HOUR] },
		]);
		const all = Uint32Array.from(sids);
		expect(index.values('a', all, { from: 3 * HOUR, to: 9 * HOUR })).toEqual(['2']);
		expect(index.values('a', undefined, { from: 0, to: HOUR })).toEqual(['1']);
		expect(index.names(all, { from: 2 * HOUR, to: 3 * HOUR })).toEqual(['a', 'old']);
		expect(index.values('a', all, { from: 3 * HOUR, to: 4 * HOUR })).toEqual([]);
		add(index, [{ labels: { a: '1', old: 'x' }, times: [8 * HOUR] }]);
		expect(index.values('a', all, { from: 8 * HOUR, to: 9 * HOUR })).toEqual(['1']);
	});

	test('stored series count up to when they were loaded, and as soon as they send again', () => {
		const row = (sid: number, n: string) => ({ sid, hashLo: sid, hashHi: 1, labels: { a: n } });
		const index = new SeriesIndex({
			maxSeries: 9,
			lastSid: 12,
			rows: [row(9, '2'), row(3, '1')],
			loadedAt: HOUR,
		});
		expect(index.values('a', undefined, { from: 0, to: 1 })).toEqual(['1', '2']);
		expect(index.values('a', undefined, { from: HOUR + 1, to: 2 * HOUR })).toEqual([]);
		const block = seriesBlock([{ labels: { a: '2' }, times: [2 * HOUR] }]);
		block.hashes.set([9, 1]);
		expect(index.resolve(block, 0, 0, 0, 2)).toBe(9);
		expect(index.values('a', undefined, { from: HOUR + 1, to: 2 * HOUR })).toEqual(['2']);
		expect(add(index, [{ labels: { a: '3' }, times: [1] }])).toEqual([13]);
		expect(cardinalityOf(index, 1)).toMatchObject({ firstSampleAt: 1, lastSampleAt: 2 * HOUR });
		expect(churnOf(index, 4 * HOUR, 4, 1).hours.map(({ made, gone }) => [made, gone])).toEqual([
			[0, 0],
			[0, 1],
			[0, null],
			[0, null],
		]);
	});

	test('of stored series the times are known as soon as the table told its hours', () => {
		const row = (sid: number, n: string) => ({ sid, hashLo: sid, hashHi: 1, labels: { a: n } });
		const index = new SeriesIndex({
			maxSeries: 9,
			lastSid: 12,
			rows: [row(3, '1'), row(9, '2'), row(10, '3')],
			loadedAt: 9.5 * HOUR,
		});
		const times = new SeriesTimes(index.unknown());
		times.add({ sids: Uint32Array.of(9, 77), first: Uint32Array.of(8, 1), last: Uint32Array.of(9, 2) });
		times.add({ sids: Uint32Array.of(9, 3), first: Uint32Array.of(6, 2), last: Uint32Array.of(7, 3) });
		const block = seriesBlock([{ labels: { a: '1' }, times: [5 * HOUR] }]);
		block.hashes.set([3, 1]);
		expect(index.resolve(block, 0, 0, 0, 2)).toBe(3);
		expect(index.values('a', undefined, { from: 0, to: 1 })).toEqual(['1', '2', '3']);
		index.known(times);
		const within = (from: number, to = from) =>
			index.values('a', undefined, { from: from * HOUR, to: to * HOUR });
		expect(within(0, 1.9)).toEqual([]);
		expect(within(2)).toEqual(['1']);
		expect(within(5, 6)).toEqual(['1', '2']);
		expect(within(5.1, 5.9)).toEqual([]);
		expect(within(9.4)).toEqual(['2']);
		expect(within(9.6)).toEqual([]);
		expect(index.values('a')).toEqual(['1', '2', '3']);
		expect(index.unknown()).toHaveLength(0);
		expect(cardinalityOf(index, 1)).toMatchObject({ firstSampleAt: 2 * HOUR, lastSampleAt: 9.5 * HOUR });
	});

	test('new series come once into the next write', () => {
		const index = indexOf([{ a: '1' }, Object.fromEntries([['constructor', 'c']])]);
		expect([...index.takeUnsaved()].map(({ sid, labels }) => [sid, { ...labels }])).toEqual([
			[1, { a: '1' }],
			[2, { constructor: 'c' }],
		]);
		expect([...index.takeUnsaved()]).toEqual([]);
	});
});
