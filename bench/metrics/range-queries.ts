import { median } from '../report.ts';
import type { MetricServer } from './metric-server.ts';

export interface RangeQuery {
	name: string;
	query: string;
	/** Seconds since the epoch. */
	start: number;
	end: number;
	step: number;
}

interface Answer {
	data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

const ROUNDS = 5;
const HOUR = 3600;
const POINTS = 240;

/** The set of the `queries` row; `end` in seconds, `months` names a metric of a month. */
export function benchQueries(end: number, month: string): RangeQuery[] {
	const set: [string, string][] = [
		['rate', 'rate(http_requests_total[5m])'],
		['sum by', 'sum by (route) (rate(http_requests_total[5m]))'],
		[
			'histogram_quantile',
			'histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))',
		],
		['topk', 'topk(10, memory_rss_bytes)'],
	];
	const out: RangeQuery[] = [];
	for (const hours of [1, 24]) {
		for (const [name, query] of set) {
			const start = end - hours * HOUR;
			out.push({ name: `${name} ${hours} h`, query, start, end, step: (hours * HOUR) / POINTS });
		}
	}
	const start = end - 30 * 24 * HOUR;
	const step = 3 * HOUR;
	out.push({ name: '30 d, one series', query: `avg_over_time(${month}{series="1"}[3h])`, start, end, step });
	out.push({ name: '30 d, 1 000 series', query: `sum(avg_over_time(${month}[3h]))`, start, end, step });
	return out;
}

/** Milliseconds of each query at each server, the median of rounds in which the servers take turns. */
export async function timeQueries(
	servers: readonly MetricServer[],
	queries: readonly RangeQuery[],
): Promise<{ name: string; millis: Record<string, number> }[]> {
	const out: { name: string; millis: Record<string, number> }[] = [];
	for (const query of queries) {
		const answers = new Map<string, Answer>();
		for (const server of servers) answers.set(server.name, JSON.parse(await ask(server, query)) as Answer);
		compareAnswers(query, answers);
		const times: Record<string, number[]> = Object.fromEntries(servers.map(({ name }) => [name, []]));
		for (let round = 0; round < ROUNDS; round++) {
			for (const server of servers) {
				const started = performance.now();
				await ask(server, query);
				times[server.name]!.push(performance.now() - started);
			}
		}
		const millis = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
		out.push({ name: query.name, millis });
	}
	return out;
}

async function ask(server: MetricServer, { query, start, end, step }: RangeQuery): Promise<string> {
	const words = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${step}` });
	if (server.name === 'VictoriaMetrics') words.set('nocache', '1');
	const response = await fetch(`${server.url}/api/v1/query_range`, {
		method: 'POST',
		headers: server.headers,
		body: words,
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${server.name}: ${query}: ${response.status} ${text.slice(0, 500)}`);
	return text;
}

/** A fast wrong answer is none: ours must be Prometheus's. VictoriaMetrics computes rates in its own way. */
function compareAnswers({ name, query }: RangeQuery, answers: Map<string, Answer>): void {
	const ours = answers.get('ours');
	const theirs = answers.get('Prometheus');
	if (!ours || !theirs) return;
	const expected = byLabels(theirs);
	const found = byLabels(ours);
	if (expected.size !== found.size || expected.size === 0)
		throw new Error(`${name}: ${found.size} series, Prometheus has ${expected.size}: ${query}`);
	for (const [labels, values] of expected) {
		const own = found.get(labels);
		if (own?.length !== values.length)
			throw new Error(`${name}: ${own?.length} points of ${labels}, Prometheus has ${values.length}`);
		for (const [i, [time, value]] of values.entries()) {
			const [ownTime, ownValue] = own[i]!;
			const close = Math.abs(Number(ownValue) - Number(value)) <= 1e-9 * Math.abs(Number(value));
			if (ownTime !== time || (value !== ownValue && !close))
				throw new Error(`${name}: ${labels} at ${time}: ${ownValue}, Prometheus has ${value}`);
		}
	}
}

function byLabels({ data }: Answer): Map<string, [number, string][]> {
	return new Map(
		data.result.map(({ metric, values }) => [
			JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1))),
			values,
		]),
	);
}
