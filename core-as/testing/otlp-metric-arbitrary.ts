import fc from 'fast-check';
import type { OtlpMetricsOptions } from '../facade/otlp-metrics.ts';
import type { Attributes, Exemplar, Metric, MetricKind, Point, Resource } from './otlp-metric-body.ts';

// Requests of OTLP metrics for property tests: mostly good ones, and of every fault some.

const BASE = 1_800_000_000_000_000_000n;

const KEYS = [
	'a',
	'b',
	'le',
	'quantile',
	'job',
	'instance',
	'__name__',
	'http.method',
	'http_method',
	'http-method',
];
const key = fc.oneof(
	{ weight: 4, arbitrary: fc.constantFrom(...KEYS, '_private', '__both__', '1st', 'Ä.ö', 'A', 'zz.9') },
	{ weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const number = fc.oneof(fc.double(), fc.integer().map(Number), fc.constantFrom(0, 1e21, 1e-7, 1.5));
/** Numbers that become text: of up to 15 digits, not too large or small, of which all writers agree. */
const decimal = fc.oneof(
	fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -6, max: 5 })).map(([digits, power]) => {
		const short = Math.trunc(digits / 10);
		return short === 0 ? 0 : Number(`${short}e${power}`);
	}),
	fc.constantFrom(
		0,
		1,
		0.5,
		1e21,
		1e-7,
		123456789,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		Number.NEGATIVE_INFINITY,
	),
);
const leaf = fc.oneof(
	{ weight: 6, arbitrary: text },
	...[fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), decimal].map(
		(arbitrary: fc.Arbitrary<unknown>) => ({ weight: 1, arbitrary }),
	),
	{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }) },
	{ weight: 1, arbitrary: fc.constant(null) },
);
const value: fc.Arbitrary<unknown> = fc.oneof(
	{ weight: 8, arbitrary: leaf },
	{ weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }) },
	{
		weight: 1,
		arbitrary: fc.uniqueArray(fc.tuple(key, leaf), { maxLength: 3, selector: ([k]) => k }).map(objectOf),
	},
);

/** Keys such as `__proto__` are no keys of their own in object literals. */
function objectOf(entries: [string, unknown][]): unknown {
	return Object.fromEntries(entries.filter(([name]) => !/^\d+$/.test(name)));
}

const attributes: fc.Arbitrary<Attributes> = fc.uniqueArray(fc.tuple(key, value), {
	maxLength: 5,
	selector: ([name]) => name,
});
const resourceAttributes: fc.Arbitrary<Attributes> = fc
	.tuple(
		fc.option(value, { nil: undefined }),
		fc.option(value, { nil: undefined }),
		fc.option(value, { nil: undefined }),
		attributes,
	)
	.map(([service, space, instance, others]) => {
		const identity = { 'service.name': service, 'service.namespace': space, 'service.instance.id': instance };
		return [...Object.entries(identity).filter(([, each]) => each !== undefined), ...others];
	});

const id = (size: number) =>
	fc.option(
		fc.oneof(fc.uint8Array({ minLength: size, maxLength: size }), fc.uint8Array({ maxLength: size })),
		{
			nil: undefined,
		},
	);
const value64 = fc.oneof(number, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const exemplar: fc.Arbitrary<Exemplar> = fc.record(
	{
		time: fc.bigInt({ min: 0n, max: BASE }),
		value: value64,
		traceId: id(16),
		spanId: id(8),
		attributes: fc.oneof(attributes, fc.constant([['long', 'x'.repeat(140)]] as Attributes)),
	},
	{ requiredKeys: ['time'] },
) as fc.Arbitrary<Exemplar>;

const common = {
	attributes,
	start: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: BASE })),
	time: fc.oneof(
		{ weight: 20, arbitrary: fc.bigInt({ min: BASE, max: BASE + 10_000_000_000n }) },
		{ weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }) },
		{ weight: 1, arbitrary: fc.constant(0n) },
	),
	flags: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, 3)),
	exemplars: fc.array(exemplar, { maxLength: 4 }),
};
const count = fc.oneof(
	{ weight: 20, arbitrary: fc.bigInt({ min: 0n, max: 5n }) },
	{ weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 40n }) },
	{ weight: 1, arbitrary: fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n) },
);
const sum = fc.option(number, { nil: undefined });

const numberPoint: fc.Arbitrary<Point> = fc.record({
	...common,
	value: fc.option(value64, { nil: undefined, freq: 15 }),
});

const histogramPoint: fc.Arbitrary<Point> = fc
	.record({
		...common,
		sum,
		bounds: fc.uniqueArray(decimal, { maxLength: 8 }),
		counts: fc.array(count, { minLength: 9, maxLength: 9 }),
		fault: fc.integer({ min: 0, max: 30 }),
		other: count,
	})
	.map(({ bounds, counts, fault, other, ...point }) => {
		const sorted = bounds
			.filter((it) => !Number.isNaN(it) && it !== Number.POSITIVE_INFINITY)
			.sort((a, b) => a - b);
		const bucketCounts = counts.slice(0, sorted.length + 1);
		const total = bucketCounts.reduce((all, each) => all + each, 0n);
		const made: Point = { ...point, bucketCounts, bounds: sorted, count: BigInt.asUintN(64, total) };
		if (fault === 1) made.bounds = bounds;
		if (fault === 2) made.bucketCounts = counts;
		if (fault === 3) made.count = other;
		if (fault === 4) delete made.bucketCounts;
		if (fault === 5) {
			made.bucketCounts = [];
			made.bounds = [];
		}
		return made;
	});

const side = fc.option(
	fc.record({
		offset: fc.oneof(
			{ weight: 9, arbitrary: fc.integer({ min: -40, max: 40 }) },
			{ weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
		),
		counts: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, count), { maxLength: 30 }),
	}),
	{ nil: undefined },
);
const exponentialPoint: fc.Arbitrary<Point> = fc
	.record({
		...common,
		sum,
		scale: fc.oneof(
			{ weight: 9, arbitrary: fc.integer({ min: -4, max: 20 }) },
			{ weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
		),
		zeroCount: count,
		zeroThreshold: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0.5) }, number),
		positive: side,
		negative: side,
		fault: fc.integer({ min: 0, max: 30 }),
		other: count,
	})
	.map(({ fault, other, ...point }) => {
		const all = [point.zeroCount, ...(point.positive?.counts ?? []), ...(point.negative?.counts ?? [])];
		const total = all.reduce((sumOf, each) => sumOf + each, 0n);
		// Buckets that are too many and buckets that lie outside may not meet: which is found first says nothing.
		if (total > 2n ** 53n) for (const each of [point.positive, point.negative]) if (each) each.offset %= 1000;
		return { ...point, count: fault === 1 ? other : BigInt.asUintN(64, total) };
	});

const summaryPoint: fc.Arbitrary<Point> = fc.record({
	...common,
	count: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
	sum: number,
	quantiles: fc.array(fc.record({ quantile: fc.constantFrom(0, 0.5, 0.99, 1, 1e-9, 1e22), value: number }), {
		maxLength: 4,
	}),
});

const POINTS: Record<MetricKind, fc.Arbitrary<Point>> = {
	...{ gauge: numberPoint, sum: numberPoint, histogram: histogramPoint },
	...{ exponentialHistogram: exponentialPoint, summary: summaryPoint },
};

const metricName = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom('up', 'http.server.duration', 'requests_total', '9.lives', 'ratio.of'),
	},
	{ weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
	{ weight: 1, arbitrary: fc.constantFrom('', '@@', '__', 'line\nfeed', 'seconds', 'a:b', 'x..y') },
);
const unit = fc.oneof(
	fc.constantFrom(
		'',
		'1',
		's',
		'ms',
		'By',
		'By/s',
		'{request}',
		'1/min',
		' KiBy ',
		'%',
		'requests/@',
		'a_b/',
		'x@',
	),
	fc.string({ unit: 'grapheme', maxLength: 6 }),
);

const metric: fc.Arbitrary<Metric> = fc.constantFrom(...(Object.keys(POINTS) as MetricKind[])).chain((kind) =>
	fc.record({
		...{ name: metricName, help: text, unit, kind: fc.constant(kind) },
		...(kind !== 'gauge' &&
			kind !== 'summary' && {
				temporality: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 2) }, fc.constantFrom(0, 3)),
			}),
		...(kind === 'sum' && { monotonic: fc.boolean() }),
		points: fc.array(POINTS[kind], { maxLength: 4 }),
	}),
) as fc.Arbitrary<Metric>;

export const resources: fc.Arbitrary<Resource[]> = fc.array(
	fc.record({
		attributes: resourceAttributes,
		scopes: fc.array(
			fc.record({
				...{ name: fc.oneof(text, fc.constant('scope')), version: text, schema: text, attributes },
				metrics: fc.array(metric, { maxLength: 3 }),
			}),
			{ maxLength: 2 },
		),
	}),
	{ maxLength: 3 },
);

export const options: fc.Arbitrary<OtlpMetricsOptions> = fc.record({
	naming: fc.constantFrom('underscores-with-suffixes', 'underscores', 'utf8-with-suffixes', 'utf8'),
	...{ customBuckets: fc.boolean(), scopeLabels: fc.boolean(), targetInfo: fc.boolean() },
	promoted: fc.uniqueArray(key, { maxLength: 3 }),
});
