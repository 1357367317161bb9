import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { SeriesIndex } from '../metrics/series-index.ts';
import { seriesBlock } from '../metrics/testing/series-block.ts';
import { cardinalityRoutes } from './cardinality-routes.ts';

const NOW = 500_000 * 3_600_000;

test('a limit that is reached, and what was refused by both stages, can be seen', async () => {
	const index = new SeriesIndex({ maxSeries: 2, lastSid: 0, rows: [] });
	const block = seriesBlock(['a', 'b', 'c'].map((n) => ({ labels: { n }, times: [NOW] })));
	expect([0, 1, 2].map((i) => index.resolve(block, i, i, 2 * i, 2 * i + 2))).toEqual([1, 2, -1]);
	const app = Fastify();
	const stage = { received: 0, sent: 0, errors: 0, fill: 1 };
	await app.register(
		cardinalityRoutes({
			store: {
				index,
				select: () => Promise.reject(new Error('BUG: samples are read')),
				stats: () => ({ series: 2, headSamples: 2, dropped: { 'series limit': 1 } }),
			},
			ingest: { stats: () => ({ ...stage, dropped: { 'more than 64 labels': 7 } }) },
			clock: { now: () => NOW, sleep: async () => {} },
		}),
	);
	const answer = await app.inject({ url: '/api/cardinality?hours=1' });
	expect(answer.statusCode, answer.body).toBe(200);
	expect(answer.json()).toMatchObject({
		limits: {
			series: { limit: 2, used: 2, reached: true },
			refusedSamples: { 'series limit': 1, 'more than 64 labels': 7 },
		},
		metrics: [],
		labels: [{ name: 'n', count: 2 }],
		churn: { hours: [{ from: NOW, made: 2, gone: null }], metrics: [] },
	});
	await app.close();
});
