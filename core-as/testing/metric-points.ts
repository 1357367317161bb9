import type { Codec } from '../facade/codec.ts';
import type { OtlpMetricsOptions, RejectedPoints } from '../facade/otlp-metrics.ts';
import { modelOf } from './metric-model.ts';
import {
	type Attributes,
	type Metric,
	type MetricKind,
	otlpMetricBody,
	type Point,
	type Resource,
} from './otlp-metric-body.ts';

// Metrics that tests write by hand, and what they are decoded to.

/** Of all points that say no other, in nanoseconds; and the milliseconds of it. */
export const TIME = 1_800_000_000_123_456_789n;
export const MILLIS = 1_800_000_000_123;

export const point = (more: Partial<Point> = {}): Point => ({
	...{ attributes: [], start: 0n, time: TIME, value: 1n },
	...more,
});

export function metric(kind: MetricKind, more: Partial<Metric>, ...points: Point[]): Metric {
	return { name: 'm', help: '', unit: '', kind, temporality: 2, points, ...more };
}

export function resource(attributes: Attributes, ...metrics: Metric[]): Resource {
	return { attributes, scopes: [{ name: 'lib', version: '2', schema: 'http://s', attributes: [], metrics }] };
}

export function decode(codec: Codec, of: Resource, how?: OtlpMetricsOptions) {
	const body = otlpMetricBody([of]);
	const decoded = codec.decodeMetrics(body, how);
	const model = modelOf(decoded.columns, body);
	/** As the text format writes series; texts are ASCII here. */
	const lines = model.series.map(({ labels, samples }) => {
		const name = labels.find(([key]) => key === '__name__')![1];
		const rest = labels.filter(([key]) => key !== '__name__').map(([key, value]) => `${key}="${value}"`);
		return `${name}{${rest.join()}} ${samples.map(({ value }) => value).join(' ')}`;
	});
	return { ...decoded, model, lines };
}

/** All others are 0. */
export function rejectedPoints(of: Partial<RejectedPoints>): RejectedPoints {
	return {
		...{ badNames: 0, badTexts: 0, badTimes: 0, noValues: 0, badTemporalities: 0 },
		...{ badScales: 0, badBuckets: 0, badCounts: 0, tooDeep: 0 },
		...of,
	};
}
