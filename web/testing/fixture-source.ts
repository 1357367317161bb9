import type { MetricSource, ServerStatus } from '../src/api/types.ts';
import type { StoryName } from './fixture-story.ts';

const HOUR = 3_600_000;

const LEVEL: MetricSource = {
	address: 'http://prometheus.monitoring:9090/prometheus',
	kind: 'remote-read',
	error: null,
	names: 1_284,
	groups: 21,
	failing: 0,
	lagMs: 21_000,
	backFill: 1,
	slowest: [
		{
			...{ id: 4, names: 64, firstName: 'container_cpu_cfs_periods_total', lagMs: 21_000 },
			...{ windowMs: 60_000, failures: 0, error: null },
		},
	],
};

/** Where metrics come from in this story. */
export function storySource(story: StoryName): MetricSource | null {
	switch (story) {
		case 'source':
			return LEVEL;
		case 'source-failing':
			return {
				...LEVEL,
				...{ failing: 2, lagMs: 1_260_000, backFill: 0.37 },
				slowest: [
					{
						...{ id: 9, names: 64, firstName: 'http_request_duration_seconds_bucket', lagMs: 1_260_000 },
						...{ windowMs: 15_000, failures: 3 },
						error: 'HTTP 422: query processing would load too many samples into memory in query execution',
					},
					{
						...{ id: 11, names: 12, firstName: 'kube_pod_status_phase', lagMs: 64_000, windowMs: 60_000 },
						...{ failures: 1, error: 'no answer within 30 s' },
					},
				],
			};
		case 'source-away':
			return {
				...LEVEL,
				...{ kind: null, names: 0, groups: 0, lagMs: null, backFill: 0, slowest: [] },
				error: 'connect ECONNREFUSED 10.0.7.12:9090',
			};
		default:
			return null;
	}
}

/** Stored metrics that were damaged. */
export function storyLost(story: StoryName, now: number): ServerStatus['lostMetrics'] {
	if (story !== 'source-failing') return [];
	const from = Math.floor(now / (24 * HOUR) - 2) * 24 * HOUR;
	return [
		{
			...{ from, to: from + 24 * HOUR },
			place: 'closed/broken-on-start_20784-4294967301_1_1_0',
			reason: 'ClickHouse: broken-on-start',
		},
	];
}
