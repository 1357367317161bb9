import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeltaStreams } from './delta-streams.ts';
import type { Histogram } from './histogram-columns.ts';

const histogram = (time: number, start: number, buckets: [number, number][]): Histogram => ({
	...{ timestamp: time, startTimestamp: start, kind: 6, schema: 2, zeroThreshold: 0, zeroCount: 0 },
	count: buckets.reduce((sum, [, n]) => sum + n, 0),
	sum: 1,
	positive: {
		indexes: Int32Array.from(buckets, ([index]) => index),
		counts: Float64Array.from(buckets, ([, n]) => n),
	},
	negative: { indexes: new Int32Array(0), counts: new Float64Array(0) },
	customValues: new Float64Array(0),
});

/** One number in a round of its own. */
function add(streams: DeltaStreams, hash: bigint, start: number, time: number, value: number) {
	const round = streams.begin();
	const outcome = round.addNumber(hash, start, time, value);
	round.commit();
	return outcome;
}

it('deltas become sums; a new stream opens with 0 just behind its start', () => {
	const streams = new DeltaStreams();
	expect(add(streams, 1n, 100, 200, 5)).toEqual({ refused: null, value: 5, opened: 101 });
	expect(add(streams, 1n, 200, 300, 7)).toEqual({ refused: null, value: 12, opened: 0 });
	// After a gap, as of a program that was restarted, counting goes on.
	expect(add(streams, 1n, 900, 1000, 1)).toEqual({ refused: null, value: 13, opened: 0 });
	expect(add(streams, 2n, 0, 200, 5)).toEqual({ refused: null, value: 5, opened: 0 });
	expect(add(streams, 3n, 200, 201, 5)).toEqual({ refused: null, value: 5, opened: 0 });
});

it.each<[what: string, start: number, time: number, value: number, reason: RegExp]>([
	['the same once more', 100, 200, 1, /not newer/],
	['an older one', 10, 100, 1, /not newer/],
	['one that begins within the last', 150, 300, 1, /overlaps/],
	['NaN', 200, 300, Number.NaN, /no finite/],
	['infinity', 200, 300, Number.POSITIVE_INFINITY, /no finite/],
	['a sum that is infinite', 200, 300, Number.MAX_VALUE, /no finite/],
])('%s is refused and changes nothing', (_what, start, time, value, reason) => {
	const streams = new DeltaStreams();
	add(streams, 1n, 100, 200, Number.MAX_VALUE);
	const { refused } = add(streams, 1n, start, time, value);
	expect(refused).toMatch(reason);
	expect(streams.get(1n)).toMatchObject({ time: 200, value: Number.MAX_VALUE });
});

it('a round that is given up leaves nothing', () => {
	const streams = new DeltaStreams();
	add(streams, 1n, 0, 100, 1);
	const round = streams.begin();
	expect(round.addNumber(1n, 100, 200, 4)).toMatchObject({ value: 5 });
	expect(round.addNumber(1n, 200, 300, 4)).toMatchObject({ value: 9 });
	expect(streams.get(1n)).toMatchObject({ time: 100, value: 1 });
	expect(add(streams, 1n, 100, 200, 4)).toMatchObject({ value: 5 });
});

it('a marker keeps the sum', () => {
	const streams = new DeltaStreams();
	add(streams, 1n, 0, 100, 7);
	const round = streams.begin();
	expect(round.mark(1n, 100).refused).toMatch(/not newer/);
	expect(round.mark(1n, 200).refused).toBeNull();
	expect(round.mark(2n, 200).refused).toBeNull();
	round.commit();
	expect(streams.size).toBe(1);
	expect(add(streams, 1n, 300, 400, 1)).toMatchObject({ value: 8, opened: 0 });
});

it('histograms are summed; other custom bounds begin anew', () => {
	const streams = new DeltaStreams();
	const round = streams.begin();
	expect(round.addHistogram(1n, histogram(200, 100, [[1, 2]]))).toMatchObject({ opened: 101 });
	const both = round.addHistogram(
		1n,
		histogram(300, 200, [
			[1, 1],
			[5, 3],
		]),
	) as { histogram: Histogram };
	expect([...both.histogram.positive.counts]).toEqual([3, 3]);
	expect(both.histogram).toMatchObject({ count: 6, sum: 2, kind: 0, timestamp: 300, startTimestamp: 0 });
	expect(round.addHistogram(1n, histogram(300, 200, []))).toMatchObject({
		refused: expect.stringMatching(/newer/),
	});
	const wide = Array.from({ length: 600 }, (_, i): [number, number] => [i * 1000, 1]);
	expect(round.addHistogram(2n, histogram(200, 100, wide))).toMatchObject({
		refused: expect.stringMatching(/buckets/),
	});
});

it('at a bound those that were idle longest are forgotten, and counted', () => {
	const streams = new DeltaStreams({ maxStreams: 3, maxBuckets: 4 });
	for (const hash of [1n, 2n, 3n]) add(streams, hash, 0, 100, 1);
	add(streams, 1n, 0, 200, 1);
	add(streams, 4n, 0, 200, 1);
	expect([1n, 2n, 3n, 4n].map((hash) => streams.get(hash)?.value)).toEqual([2, undefined, 1, 1]);
	expect([streams.size, streams.forgotten, streams.fill]).toEqual([3, 1, 1]);
	const round = streams.begin();
	round.addHistogram(
		5n,
		histogram(200, 0, [
			[1, 1],
			[2, 1],
			[3, 1],
		]),
	);
	round.addHistogram(
		6n,
		histogram(200, 0, [
			[1, 1],
			[2, 1],
		]),
	);
	round.commit();
	expect(streams.get(5n)).toBeUndefined();
	expect(streams.get(6n)).toBeDefined();
});

const step = fc.record({
	hash: fc.integer({ min: 1, max: 4 }),
	time: fc.integer({ min: 1, max: 30 }),
	value: fc.integer({ min: 0, max: 9 }),
	isHistogram: fc.boolean(),
});

it('a snapshot restores all of it, and an older one changes nothing', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, at) => {
			const streams = new DeltaStreams();
			const restored = new DeltaStreams();
			let early = streams.snapshot();
			for (const [i, { hash, time, value, isHistogram }] of steps.entries()) {
				const round = streams.begin();
				// A series is of one kind for ever.
				if (isHistogram) round.addHistogram(BigInt(hash + 10), histogram(time, 0, [[value, 1]]));
				else round.addNumber(BigInt(hash), 0, time, value);
				round.commit();
				if (i === at) early = streams.snapshot();
			}
			restored.restore(streams.snapshot());
			restored.restore(early);
			for (const hash of Array.from({ length: 15 }, (_, i) => BigInt(i)))
				expect(restored.get(hash)).toEqual(streams.get(hash));
		}),
	);
});
