import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Clock } from '../../clock.ts';
import { cardinalityOf, churnOf } from '../metrics/cardinality.ts';
import type { MetricStore } from '../prometheus-api/metric-store.ts';
import type { StageStats } from '../stage.ts';
import { Nullable, TimeOrNull } from './nullable.ts';
import { Problem } from './schemas.ts';

const MAX_TOP = 1000;
const MAX_HOURS = 48;

const Counted = Type.Object({ name: Type.String(), count: Type.Integer() });

export const CardinalityReport = Type.Object({
	series: Type.Integer(),
	labelPairs: Type.Integer({ description: 'different pairs of label name and value' }),
	firstSampleAt: TimeOrNull,
	lastSampleAt: TimeOrNull,
	limits: Type.Object({
		series: Type.Object({
			limit: Type.Integer(),
			used: Type.Integer(),
			reached: Type.Boolean({ description: 'new series are refused; known ones go on' }),
		}),
		refusedSamples: Type.Record(Type.String(), Type.Integer(), {
			description:
				'by reason, since the start of the server: too many series, too many labels, too long values, ...',
		}),
	}),
	metrics: Type.Array(Counted, { description: 'metric names by series, most first' }),
	labels: Type.Array(Counted, { description: 'label names by values' }),
	pairs: Type.Array(Counted, { description: 'name=value by series' }),
	churn: Type.Object({
		hours: Type.Array(
			Type.Object({
				from: Type.Number(),
				made: Type.Integer({ description: 'series whose first sample is in this hour' }),
				gone: Nullable(
					Type.Integer({ description: 'series whose last sample is in it; null while it may get more' }),
				),
			}),
			{ description: 'oldest first, the current hour last' },
		),
		metrics: Type.Array(Counted, { description: 'metric names by series made in these hours' }),
	}),
});
export type CardinalityReport = Static<typeof CardinalityReport>;

/** `GET /api/cardinality`: what makes how many series, what comes and goes, and how near the limits are. */
export function cardinalityRoutes(o: { store: MetricStore; ingest: { stats(): StageStats }; clock: Clock }) {
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		app.get(
			'/api/cardinality',
			{
				schema: {
					tags: ['query'],
					description: 'What makes how many series, and how near the limits are',
					querystring: Type.Object({
						top: Type.Integer({
							minimum: 1,
							maximum: MAX_TOP,
							default: 20,
							description: 'entries of each list',
						}),
						hours: Type.Integer({ minimum: 1, maximum: MAX_HOURS, default: 24, description: 'of churn' }),
					}),
					response: { 200: CardinalityReport, 400: Problem, 401: Problem },
				},
			},
			async ({ query: { top, hours } }): Promise<CardinalityReport> => {
				const { index } = o.store;
				const found = cardinalityOf(index, top);
				const churn = churnOf(index, o.clock.now(), hours, top);
				return {
					series: found.series,
					labelPairs: found.labelPairs,
					firstSampleAt: found.firstSampleAt,
					lastSampleAt: found.lastSampleAt,
					limits: {
						series: {
							limit: index.maxSeries,
							used: index.size,
							reached: index.size >= index.maxSeries,
						},
						refusedSamples: { ...o.ingest.stats().dropped, ...o.store.stats().dropped },
					},
					metrics: found.metrics.map(counted),
					labels: found.labelValues.map(counted),
					pairs: found.pairs.map(counted),
					churn: { hours: churn.hours, metrics: churn.metrics.map(counted) },
				};
			},
		);
	};
}

function counted({ name, value }: { name: string; value: number }) {
	return { name, count: value };
}
