import { Random } from '../../core-as/testing/random.ts';

/** One series of a corpus: its labels, sorted by name, and a source of its values in the order of time. */
export interface BenchSeries {
	labels: [string, string][];
	next(): number;
}

const ROUTES = [
	'/',
	'/cart',
	'/checkout',
	'/items',
	'/login',
	'/orders',
	'/pay',
	'/search',
	'/status',
	'/user',
];
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf'];
const GAUGES = ['memory_rss_bytes', 'memory_cache_bytes', 'open_files', 'threads', 'queue_length'];
const CONSTANTS = [
	'memory_limit_bytes',
	'cpu_limit_cores',
	'start_time_seconds',
	'build_info',
	'restarts_total',
];

/** What one pod exports: counters by route, a classic histogram, gauges with two decimals and constants. */
const SERIES_OF_POD = ROUTES.length + BOUNDS.length + GAUGES.length + CONSTANTS.length;

/** Series of pods as scrapers find them, `count` of them in all. */
export function podSeries(count: number): BenchSeries[] {
	const random = new Random(7);
	const out: BenchSeries[] = [];
	for (let pod = 0; pod < Math.ceil(count / SERIES_OF_POD); pod++) out.push(...seriesOfPod(random, pod));
	return out.slice(0, count);
}

function seriesOfPod(random: Random, pod: number): BenchSeries[] {
	const place = {
		cluster: 'prod-eu-c1',
		instance: `10.${pod % 7}.${pod % 250}.${(pod * 13) % 250}:8080`,
		job: `service-${pod % 12}`,
		namespace: `team-${pod % 6}-production`,
		node: `ip-10-0-${pod % 30}-${(pod * 3) % 200}.eu-central-1.internal`,
		pod: `service-${pod % 12}-7d9c5b8f64-x${(pod * 7919).toString(36)}`,
	};
	const named = (name: string, own: Record<string, string>, next: () => number): BenchSeries => ({
		labels: Object.entries({ __name__: name, ...place, ...own }).sort(([a], [b]) => (a < b ? -1 : 1)),
		next,
	});
	let bucket = 0;
	return [
		...ROUTES.map((route) => named('http_requests_total', { route }, counter(random, 50 ** random.unit()))),
		...BOUNDS.map((le) => {
			// Buckets hold those below them too: each grows at least as fast.
			bucket += 3 * random.unit();
			return named('http_request_duration_seconds_bucket', { le }, counter(random, bucket));
		}),
		...GAUGES.map((name) => named(name, {}, gauge(random))),
		...CONSTANTS.map((name) => {
			const value = random.below(1_000_000);
			return named(name, {}, () => value);
		}),
	];
}

function counter(random: Random, mean: number): () => number {
	let count = random.below(1_000_000);
	return () => {
		count += random.below(Math.floor(2 * mean) + 1);
		return count;
	};
}

function gauge(random: Random): () => number {
	let hundredths = random.below(100_000);
	return () => {
		hundredths += random.below(121) - 60;
		return hundredths / 100;
	};
}
