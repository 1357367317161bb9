import type { OtlpMetricsOptions, OtlpNaming, RejectedPoints } from '../facade/otlp-metrics.ts';
import type { MetricModel, ModelExemplar, ModelHistogram, ModelLabel, ModelSeries } from './metric-model.ts';
import type { Attributes, Exemplar, Metric, Point, Resource, Scope } from './otlp-metric-body.ts';
import { plainLabelName, plainMetricName, plainUnit } from './plain-otlp-names.ts';

// OTLP metrics as Prometheus has them, in plain TypeScript, written from the rules and not from the core: what the core is
// compared with. Texts are bytes, one a character, as in metric-model.ts. A sample that is stale is NaN.

export interface PlainMetrics extends MetricModel {
	deltas: number[];
	rejected: RejectedPoints;
	badExemplars: number;
}

type Reason = keyof RejectedPoints;
class Refused extends Error {
	readonly reason: Reason;
	constructor(reason: Reason) {
		super(reason);
		this.reason = reason;
	}
}

const MAX = 2n ** 53n;
const hasControl = (text: string) => Array.from(text).some((it) => it < ' ' || it === '\x7f');
const bytes = (text: string) => Buffer.from(text).toString('latin1');
const millis = (nanos: bigint) => Number(nanos / 1_000_000n);
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A bound or quantile in digits. */
export function plainDecimal(value: number): string {
	if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
	const [mantissa, exponent] = String(Math.abs(value)).split('e') as [string, string?];
	const [whole, part = ''] = mantissa.split('.') as [string, string?];
	const sign = value < 0 ? '-' : '';
	if (exponent === undefined) return sign + mantissa;
	const shift = Number(exponent);
	return shift > 0
		? sign + (whole + part).padEnd(whole.length + shift, '0')
		: `${sign}0.${(whole + part).padStart(part.length + whole.length - shift - 1, '0')}`;
}

function jsonOf(value: unknown, depth: number): string {
	if (depth > 32) throw new Refused('tooDeep');
	if (typeof value === 'string') return JSON.stringify(value);
	if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
	if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
	if (Array.isArray(value)) return `[${value.map((each) => jsonOf(each, depth + 1)).join()}]`;
	if (value === null) return 'null';
	if (typeof value !== 'object') return String(value);
	const pairs = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
	const entries = pairs.map(([k, v]) => `${JSON.stringify(k)}:${jsonOf(v, depth + 1)}`);
	return `{${entries.join()}}`;
}

function textOf(value: unknown): string {
	if (typeof value === 'string') return value;
	if (value === null) return '';
	if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
	if (typeof value === 'object') return jsonOf(value, 1);
	return String(value);
}

function nameOf(key: string, naming: OtlpNaming, prefix = ''): string {
	if (naming.startsWith('utf8') && hasControl(key)) throw new Refused('badNames');
	const name = plainLabelName(key, naming, prefix);
	if (name === '') throw new Refused('badNames');
	return name;
}

/** Labels of one rank: where names meet, values are joined in the order of their keys. */
function merged(attributes: Attributes, naming: OtlpNaming, prefix = ''): Map<string, string> {
	const named = attributes.map(([key, value]) => ({
		key,
		name: nameOf(key, naming, prefix),
		text: textOf(value),
	}));
	const labels = new Map<string, string>();
	for (const { name, text } of named.sort((a, b) => compare(a.key, b.key)))
		labels.set(name, labels.has(name) ? `${labels.get(name)};${text}` : text);
	return labels;
}

export function plainOtlpMetrics(
	resources: readonly Resource[],
	options: OtlpMetricsOptions = {},
): PlainMetrics {
	return new Translation(options).all(resources);
}

const IDENTITY = ['service.name', 'service.namespace', 'service.instance.id'];

class Translation {
	readonly #naming: OtlpNaming;
	readonly #options: OtlpMetricsOptions;
	readonly #made: PlainMetrics = {
		series: [],
		families: [],
		deltas: [],
		rejected: {
			...{ badNames: 0, badTexts: 0, badTimes: 0, noValues: 0, badTemporalities: 0 },
			...{ badScales: 0, badBuckets: 0, badCounts: 0, tooDeep: 0 },
		},
		badExemplars: 0,
	};

	constructor(options: OtlpMetricsOptions) {
		this.#options = options;
		this.#naming = options.naming ?? 'underscores-with-suffixes';
	}

	all(resources: readonly Resource[]): PlainMetrics {
		for (const resource of resources) {
			const times: number[] = [];
			for (const scope of resource.scopes)
				for (const metric of scope.metrics) this.#metric(metric, resource, scope, times);
			if ((this.#options.targetInfo ?? true) && times.length > 0) this.#targetInfo(resource, times);
		}
		return this.#made;
	}

	#metric(metric: Metric, resource: Resource, scope: Scope, times: number[]): void {
		let described = false;
		for (const point of metric.points) {
			try {
				const name = this.#check(metric, point);
				const labels = this.#labels(resource, scope, point.attributes);
				if (!described) this.#describe(metric, name);
				described = true;
				times.push(millis(point.time));
				this.#point(metric, point, name, labels);
			} catch (error) {
				if (!(error instanceof Refused)) throw error;
				this.#made.rejected[error.reason]++;
			}
		}
	}

	/** The first thing that is wrong; the name of the metric if nothing is. */
	#check({ name, unit, kind, temporality, monotonic }: Metric, point: Point): string {
		const role = kind === 'gauge' ? 'gauge' : kind === 'sum' && monotonic ? 'counter' : 'other';
		const made = plainMetricName(name, unit, role, this.#naming);
		const checked = this.#naming.endsWith('suffixes') ? name + unit : name;
		if (made === '' || hasControl(checked)) throw new Refused('badNames');
		if (kind !== 'gauge' && kind !== 'summary' && temporality !== 1 && temporality !== 2)
			throw new Refused('badTemporalities');
		if (point.time === 0n) throw new Refused('badTimes');
		const stale = ((point.flags ?? 0) & 1) === 1;
		if ((kind === 'gauge' || kind === 'sum') && point.value === undefined && !stale)
			throw new Refused('noValues');
		if (kind === 'exponentialHistogram') checkExponential(point, stale);
		if (kind === 'histogram') checkBounds(point, stale, this.#options.customBuckets ?? false);
		return made;
	}

	#labels({ attributes }: Resource, scope: Scope, own: Attributes): Map<string, string> {
		const { promoted = [], scopeLabels = false } = this.#options;
		const labels = merged(
			attributes.filter(([key]) => promoted.includes(key)),
			this.#naming,
		);
		const identity = identityOf(attributes);
		// What is wrong with the scope is found before what is wrong with the point.
		const ofScope = new Map<string, string>();
		if (scopeLabels && scope.name !== '') {
			for (const [name, text] of merged(scope.attributes, this.#naming, 'otel_scope_'))
				ofScope.set(name, text);
			ofScope.set('otel_scope_name', scope.name);
			if (scope.version !== '') ofScope.set('otel_scope_version', scope.version);
			if (scope.schema !== '') ofScope.set('otel_scope_schema_url', scope.schema);
		}
		for (const layer of [merged(own, this.#naming), ofScope, identity])
			for (const [name, text] of layer) labels.set(name, text);
		labels.delete('__name__');
		return labels;
	}

	#describe({ kind, monotonic, help, unit }: Metric, name: string): void {
		const counter = kind === 'sum' && monotonic;
		const type = { gauge: 2, sum: counter ? 1 : 2, histogram: 3, exponentialHistogram: 3, summary: 5 }[kind];
		this.#made.families.push({
			...{ name: bytes(name), type, help: bytes(help), unit: bytes(plainUnit(unit, this.#naming)) },
		});
	}

	#point(
		{ kind, temporality, monotonic }: Metric,
		point: Point,
		name: string,
		labels: Map<string, string>,
	): void {
		const delta = kind !== 'gauge' && kind !== 'summary' && temporality === 1;
		const stale = ((point.flags ?? 0) & 1) === 1;
		const add = (
			suffix: string,
			value: number | undefined,
			extra: [string, string][] = [],
			more: Partial<ModelSeries> & { start?: number; delta?: boolean } = {},
		) => {
			const all = new Map([...labels, ...extra, ['__name__', name + suffix]]);
			const { start = millis(point.start), delta: isDelta = delta, ...rest } = more;
			const samples =
				value === undefined ? [] : [{ value: stale ? Number.NaN : value, time: millis(point.time), start }];
			this.#made.series.push({
				labels: listed(all),
				fault: 0,
				samples,
				exemplars: [],
				histograms: [],
				...rest,
			});
			this.#made.deltas.push(isDelta ? 1 : 0);
		};
		const exemplars = (of: Exemplar[] = point.exemplars ?? []) => of.flatMap((each) => this.#exemplar(each));
		switch (kind) {
			case 'gauge':
				add('', Number(point.value ?? 0), [], { start: 0 });
				break;
			case 'sum':
				add('', Number(point.value ?? 0), [], monotonic ? { exemplars: exemplars() } : {});
				break;
			case 'summary':
				for (const { quantile, value } of point.quantiles ?? [])
					add('', value, [['quantile', plainDecimal(quantile)]], { start: 0 });
				add('_sum', point.sum ?? 0);
				add('_count', Number(point.count ?? 0n));
				break;
			case 'exponentialHistogram':
				add('', undefined, [], { exemplars: exemplars(), histograms: [exponential(point, stale, delta)] });
				break;
			case 'histogram': {
				if (this.#options.customBuckets) {
					add('', undefined, [], { exemplars: exemplars(), histograms: [custom(point, stale, delta)] });
					break;
				}
				const bounds = [...(point.bounds ?? []), Number.POSITIVE_INFINITY];
				let sum = 0n;
				bounds.forEach((bound, i) => {
					sum += point.bucketCounts?.[i] ?? 0n;
					const value = i === bounds.length - 1 ? Number(point.count ?? 0n) : Number(sum);
					const own = (point.exemplars ?? []).filter((each) => {
						const found = bounds.findIndex((it) => Number(each.value ?? 0) <= it);
						return (found < 0 ? bounds.length - 1 : found) === i;
					});
					add('_bucket', value, [['le', plainDecimal(bound)]], { exemplars: exemplars(own) });
				});
				if (point.sum !== undefined) add('_sum', point.sum);
				add('_count', Number(point.count ?? 0n));
			}
		}
	}

	#exemplar({ time, value, traceId, spanId, attributes = [] }: Exemplar): ModelExemplar[] {
		const ids: ModelLabel[] = [];
		const isId = (id: Uint8Array | undefined, size: number) =>
			id?.length === size && id.some((byte) => byte !== 0);
		if (isId(traceId, 16)) ids.push(['trace_id', Buffer.from(traceId!).toString('hex')]);
		if (isId(spanId, 8)) ids.push(['span_id', Buffer.from(spanId!).toString('hex')]);
		try {
			const own = attributes
				.map(([key, each]): ModelLabel => [nameOf(key, this.#naming), textOf(each)])
				.filter(([, text]) => text !== '');
			if (value === undefined) throw new Refused('noValues');
			const all = [...ids, ...own];
			const size = [...all.flat().join('')].length;
			const labels = (size > 128 ? ids : all).map(([name, text]): ModelLabel => [bytes(name), bytes(text)]);
			return [{ labels, value: Number(value), time: millis(time), fault: 0 }];
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			this.#made.badExemplars++;
			return [];
		}
	}

	#targetInfo({ attributes }: Resource, times: number[]): void {
		const others = attributes.filter(([key]) => !IDENTITY.includes(key));
		if (others.length === 0) return;
		let labels: Map<string, string>;
		try {
			labels = merged(others, this.#naming);
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			return;
		}
		for (const [name, text] of identityOf(attributes)) labels.set(name, text);
		labels.set('__name__', 'target_info');
		const made = listed(labels);
		if (!made.some(([name]) => name === 'job' || name === 'instance')) return;
		const [first, last] = [Math.min(...times), Math.max(...times)];
		const steps = Math.min(15, Math.ceil((last - first) / 150_000));
		const samples = Array.from({ length: steps + 1 }, (_, i) => ({
			value: 1,
			time: Math.max(first, last - (steps - i) * 150_000),
			start: 0,
		}));
		this.#made.series.push({ labels: made, fault: 0, samples, exemplars: [], histograms: [] });
		this.#made.deltas.push(0);
	}
}

function identityOf(attributes: Attributes): Map<string, string> {
	const found = new Map(attributes.map(([key, value]) => [key, value]));
	const labels = new Map<string, string>();
	if (found.has('service.name')) {
		const name = textOf(found.get('service.name'));
		const space = found.has('service.namespace') ? `${textOf(found.get('service.namespace'))}/` : '';
		labels.set('job', space + name);
	}
	if (found.has('service.instance.id')) labels.set('instance', textOf(found.get('service.instance.id')));
	return labels;
}

function listed(labels: Map<string, string>): ModelLabel[] {
	return [...labels]
		.filter(([, text]) => text !== '')
		.sort(([a], [b]) => compare(a, b))
		.map(([name, text]): ModelLabel => [bytes(name), bytes(text)]);
}

function checkBounds(
	{ count = 0n, bucketCounts = [], bounds = [], sum = 0 }: Point,
	stale: boolean,
	isCustom: boolean,
): void {
	if (count > MAX) throw new Refused('badCounts');
	if (bucketCounts.length + bounds.length > 0 && bucketCounts.length !== bounds.length + 1)
		throw new Refused('badBuckets');
	bounds.forEach((bound, i) => {
		if (Number.isNaN(bound) || bound === Number.POSITIVE_INFINITY || (i > 0 && bound <= bounds[i - 1]!))
			throw new Refused('badBuckets');
	});
	let total = 0n;
	for (const each of bucketCounts) {
		total += each;
		if (total > MAX) throw new Refused('badCounts');
	}
	if (isCustom && !stale && bucketCounts.length > 0) checkTotal(total, count, sum);
}

function checkTotal(total: bigint, count: bigint, sum: number): void {
	if (Number.isNaN(sum) ? total > count : total !== count) throw new Refused('badBuckets');
}

function checkExponential(point: Point, stale: boolean): void {
	const { scale = 0, count = 0n, zeroCount = 0n, zeroThreshold = 0, positive, negative, sum = 0 } = point;
	if (scale < -4) throw new Refused('badScales');
	if (stale) return;
	if (count > MAX || zeroCount > MAX) throw new Refused('badCounts');
	if (!(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) throw new Refused('badBuckets');
	let total = zeroCount;
	for (const each of [...(positive?.counts ?? []), ...(negative?.counts ?? [])]) {
		total += each;
		if (total > MAX) throw new Refused('badCounts');
	}
	for (const side of [positive, negative]) sparse(dense(side, scale));
	checkTotal(total, count, sum);
}

/** Counts by the index of native histograms, at a schema of at most 8. */
function dense(side: Point['positive'], scale: number): Map<number, bigint> {
	const counts = new Map<number, bigint>();
	side?.counts.forEach((count, i) => {
		const index = Number(BigInt(side.offset + i) >> BigInt(Math.max(0, scale - 8))) + 1;
		counts.set(index, (counts.get(index) ?? 0n) + count);
	});
	return counts;
}

function sparse(counts: Map<number, bigint>): { spans: [number, number][]; buckets: number[] } {
	const spans: [number, number][] = [];
	const buckets: number[] = [];
	let behind = 0;
	for (const [index, count] of [...counts].filter(([, each]) => each > 0n).sort(([a], [b]) => a - b)) {
		if (index > 2 ** 31 - 1 || index < -(2 ** 31)) throw new Refused('badBuckets');
		const gap = index - behind;
		if (spans.length === 0 || gap > 2) spans.push([gap, 0]);
		else buckets.push(...new Array<number>(gap).fill(0));
		spans.at(-1)![1] += 1 + (spans.at(-1)![1] > 0 ? gap : 0);
		buckets.push(Number(count));
		behind = index + 1;
	}
	return { spans, buckets };
}

function native(point: Point, delta: boolean): ModelHistogram {
	return {
		...{ isFloat: false, reset: delta ? 3 : 0, schema: 0, zeroThreshold: 0, zeroCount: 0, count: 0 },
		...{ sum: Number.NaN, time: millis(point.time), start: millis(point.start) },
		...{ positiveSpans: [], negativeSpans: [], buckets: [], customValues: [] },
	};
}

function exponential(point: Point, stale: boolean, delta: boolean): ModelHistogram {
	const { scale = 0, zeroThreshold = 0 } = point;
	const made = { ...native(point, delta), schema: Math.min(8, scale), zeroThreshold: 1e-128 };
	if (stale) return made;
	const positive = sparse(dense(point.positive, scale));
	const negative = sparse(dense(point.negative, scale));
	return {
		...made,
		...{ count: Number(point.count ?? 0n), zeroCount: Number(point.zeroCount ?? 0n), sum: point.sum ?? 0 },
		zeroThreshold: zeroThreshold === 0 ? 1e-128 : zeroThreshold,
		...{ positiveSpans: positive.spans, negativeSpans: negative.spans },
		buckets: [...positive.buckets, ...negative.buckets],
	};
}

function custom(point: Point, stale: boolean, delta: boolean): ModelHistogram {
	const made = { ...native(point, delta), schema: -53 };
	if (stale) return made;
	const counts = point.bucketCounts?.length ? point.bucketCounts : [point.count ?? 0n];
	const { spans, buckets } = sparse(new Map(counts.map((count, i) => [i, count])));
	return {
		...{ ...made, count: Number(point.count ?? 0n), sum: point.sum ?? 0 },
		...{ positiveSpans: spans, buckets, customValues: point.bounds ?? [] },
	};
}
