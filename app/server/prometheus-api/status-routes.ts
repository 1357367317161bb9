import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../clock.ts';
import { cardinalityOf } from '../metrics/cardinality.ts';
import { success } from './answer-text.ts';
import { sendTexts } from './api-reply.ts';
import type { MetricStore } from './metric-store.ts';
import { Parameters } from './parameters.ts';

/** The Prometheus whose PromQL ours is checked against: clients choose by it what they ask. */
export const PROMETHEUS_VERSION = '3.16.0';
const DEFAULT_TOP = 10;
const MAX_TOP = 10_000;

export interface StatusRoutesOptions {
	store: MetricStore;
	clock: Clock;
	version: string;
	/** ms since the epoch. */
	startedAt: number;
}

/** What clients ask of a Prometheus server itself; what ours has none of is empty. */
export function statusRoutes(app: FastifyInstance, o: StatusRoutesOptions): void {
	const get = (url: string, description: string, data: (request: FastifyRequest) => unknown) => {
		app.get(url, { schema: { tags: ['prometheus'], description } }, async (request, reply) =>
			sendTexts(reply, success([JSON.stringify(data(request))])),
		);
	};
	get('/status/buildinfo', 'Which Prometheus this answers like, and the version of this server', () => ({
		version: PROMETHEUS_VERSION,
		revision: o.version,
		branch: 'codexray',
		buildUser: '',
		buildDate: '',
		goVersion: '',
	}));
	get('/status/runtimeinfo', 'Start, series, and samples that were refused', () => {
		const { series, dropped } = o.store.stats();
		return {
			startTime: new Date(o.startedAt).toISOString(),
			serverTime: new Date(o.clock.now()).toISOString(),
			CWD: '',
			hostname: '',
			reloadConfigSuccess: true,
			lastConfigTime: new Date(o.startedAt).toISOString(),
			corruptionCount: dropped['unreadable block'] ?? 0,
			goroutineCount: 0,
			GOMAXPROCS: 0,
			GOMEMLIMIT: 0,
			GOGC: '',
			GODEBUG: '',
			storageRetention: '',
			numSeries: series,
		};
	});
	get('/status/tsdb', 'What makes how many series: `limit` entries of each list', (request) => {
		const limit = new Parameters(request).limit();
		const found = cardinalityOf(o.store.index, Math.min(limit === 0 ? DEFAULT_TOP : limit, MAX_TOP));
		return {
			headStats: {
				numSeries: found.series,
				numLabelPairs: found.labelPairs,
				chunkCount: 0,
				minTime: found.firstSampleAt ?? 0,
				maxTime: found.lastSampleAt ?? 0,
			},
			seriesCountByMetricName: found.metrics,
			labelValueCountByLabelName: found.labelValues,
			memoryInBytesByLabelName: found.labelBytes,
			seriesCountByLabelValuePair: found.pairs,
		};
	});
	get('/status/config', 'There is no configuration in Prometheus form', () => ({ yaml: '' }));
	get('/status/flags', 'There are no flags of Prometheus', () => ({}));
	get('/status/walreplay', 'The store answers only when it has read everything', () => ({
		min: 0,
		max: 0,
		current: 0,
	}));
	get('/rules', 'There are no rules of Prometheus', () => ({ groups: [] }));
	get('/alerts', 'There are no alerts of Prometheus', () => ({ alerts: [] }));
	get('/alertmanagers', 'There is no Alertmanager', () => ({
		activeAlertmanagers: [],
		droppedAlertmanagers: [],
	}));
	get('/targets', 'The server scrapes nothing', () => ({
		activeTargets: [],
		droppedTargets: [],
		droppedTargetCounts: {},
	}));
	get('/targets/metadata', 'The server scrapes nothing', () => []);
	get('/scrape_pools', 'The server scrapes nothing', () => ({ scrapePools: [] }));
}
