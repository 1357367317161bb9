import fc from 'fast-check';
import type { MetricModel, ModelHistogram, ModelLabel, ModelSeries } from './metric-model.ts';

// Metrics that are valid in both versions of remote write. Texts are UTF-8, one byte a character.

/** Control characters are not for names. */
const utf8 = (constraints: fc.StringConstraints) =>
	fc
		.string({ unit: 'grapheme', ...constraints })
		.map((text) => Buffer.from(text.replace(/\p{Cc}/gu, '_'), 'utf8').toString('latin1'));

const name = fc.oneof(
	utf8({ minLength: 1, maxLength: 12 }),
	fc.constantFrom('job', 'le', 'instance', 'zone'),
);
const value = utf8({ minLength: 1, maxLength: 200 });
const time = fc.oneof(
	fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
	fc.maxSafeInteger().map(Math.abs),
);
const start = fc.oneof(fc.constant(0), fc.constant(-1), time);
const float = fc.double().map((it) => (Number.isNaN(it) ? Number.NaN : it));

function byName([a]: ModelLabel, [b]: ModelLabel): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

const labels = fc
	.tuple(value, fc.uniqueArray(fc.tuple(name, value), { selector: ([it]) => it, maxLength: 12 }))
	.map(([metric, others]): ModelLabel[] =>
		[['__name__', metric] as ModelLabel, ...others.filter(([it]) => it !== '__name__')].sort(byName),
	);

const samples = fc.array(fc.record({ value: float, time, start }), { minLength: 1, maxLength: 4 });

const exemplars = fc.array(
	fc.record({
		labels: fc.array(fc.tuple(name, value), { maxLength: 3 }),
		value: float,
		time: fc.oneof(time, fc.constant(0)),
		fault: fc.constant(0),
	}),
	{ maxLength: 3 },
);

const count = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2 ** 40 }));
const spans = (first: fc.Arbitrary<number>) =>
	fc
		.array(fc.tuple(first, fc.integer({ min: 0, max: 6 })), { maxLength: 4 })
		.map((list) =>
			list.map(([offset, length], i): [number, number] => [i === 0 ? offset : Math.abs(offset), length]),
		);

/** Counts for the spans and what follows from them. */
function filled(it: Omit<ModelHistogram, 'buckets' | 'count'>, pool: number[], more: number): ModelHistogram {
	const needed = [...it.positiveSpans, ...it.negativeSpans].reduce((sum, [, length]) => sum + length, 0);
	const buckets = Array.from({ length: needed }, (_, i) => pool[i % pool.length]! + (it.isFloat ? 0.25 : 0));
	const total = buckets.reduce((sum, bucket) => sum + bucket, it.zeroCount);
	// Observations of NaN are in no bucket.
	return { ...it, buckets, count: Number.isNaN(it.sum) ? total + more : total };
}

const shared = {
	isFloat: fc.boolean(),
	reset: fc.integer({ min: 0, max: 3 }),
	sum: float,
	time,
	start,
};

const exponential = fc
	.tuple(
		fc.record({
			...shared,
			schema: fc.integer({ min: -4, max: 8 }),
			zeroThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
			zeroCount: count,
			positiveSpans: spans(fc.integer({ min: -50, max: 50 })),
			negativeSpans: spans(fc.integer({ min: -50, max: 50 })),
			customValues: fc.constant<number[]>([]),
		}),
		fc.array(count, { minLength: 1, maxLength: 8 }),
		count,
	)
	.map(([it, pool, more]) => filled(it, pool, more));

const custom = fc
	.tuple(
		fc.record({
			...shared,
			schema: fc.constant(-53),
			zeroThreshold: fc.constant(0),
			zeroCount: fc.constant(0),
			positiveSpans: spans(fc.integer({ min: 0, max: 3 })),
			negativeSpans: fc.constant<[number, number][]>([]),
		}),
		fc.array(count, { minLength: 1, maxLength: 8 }),
		count,
	)
	.map(([it, pool, more]) => {
		const reach = it.positiveSpans.reduce((sum, [offset, length]) => sum + offset + length, 0);
		const customValues = Array.from({ length: Math.max(0, reach - 1) }, (_, i) => i * 1.5 - 3);
		return filled({ ...it, customValues }, pool, more);
	});

const metadata = fc.record({
	type: fc.integer({ min: 0, max: 7 }),
	help: utf8({}),
	unit: utf8({ maxLength: 8 }),
});

const series = fc
	.record({
		labels,
		samples,
		exemplars,
		histograms: fc.array(fc.oneof(exponential, custom), { maxLength: 3 }),
		metadata,
	})
	.chain((it) =>
		fc.boolean().map((isFloat): ModelSeries => {
			const hasHistograms = !isFloat && it.histograms.length > 0;
			return {
				...it,
				fault: 0,
				samples: hasHistograms ? [] : it.samples,
				histograms: hasHistograms ? it.histograms : [],
			};
		}),
	);

/** Metrics with metadata by series, as 2.0 has them. */
export const describedSeries: fc.Arbitrary<MetricModel> = fc
	.array(series, { maxLength: 6 })
	.map((list) => ({ series: list, families: [] }));

/** Metrics with metadata by family and without start times, as 1.0 has them. */
export const describedFamilies: fc.Arbitrary<MetricModel> = fc
	.tuple(fc.array(series, { maxLength: 6 }), fc.array(fc.tuple(name, metadata), { maxLength: 4 }))
	.map(([list, families]) => ({
		series: list.map(({ metadata: _, ...it }) => ({
			...it,
			samples: it.samples.map((sample) => ({ ...sample, start: 0 })),
			histograms: it.histograms.map((histogram) => ({ ...histogram, start: 0 })),
		})),
		families: families.map(([family, it]) => ({ name: family, ...it })),
	}));
