import { Conditions, type Question } from './question.ts';

/** Services listed, and names of each; those with the most spans win. */
const MAX_SERVICES = 1000;
const MAX_NAMES = 50;

export interface TraceService {
	service: string;
	spans: number;
	errors: number;
	/** Most frequent first. */
	names: { name: string; spans: number; errors: number; p50: number; p95: number }[];
}

interface Sum {
	service_name: string;
	spans: string;
	errors: string;
}

/** Who sends spans, by name, with the names of their spans; durations in seconds, within 1 %. Throws EngineError. */
export async function traceServices(
	question: Question,
	range: { from: number; to: number },
): Promise<TraceService[]> {
	const { sql, params } = new Conditions().between(range.from, range.to);
	const sums = "count() AS spans, countIf(status_code = 'error') AS errors";
	const [services, names] = await Promise.all([
		question.select<Sum>(
			`SELECT service_name, ${sums} FROM ${question.database}.traces WHERE ${sql}
GROUP BY service_name ORDER BY spans DESC LIMIT ${MAX_SERVICES}`,
			params,
		),
		question.select<Sum & { name: string; quantiles: [number, number] }>(
			`SELECT service_name, name, ${sums}, quantilesDD(0.01, 0.5, 0.95)(duration_ns / 1e9) AS quantiles
FROM ${question.database}.traces WHERE ${sql}
GROUP BY service_name, name ORDER BY spans DESC, name LIMIT ${MAX_NAMES} BY service_name LIMIT ${MAX_SERVICES * MAX_NAMES}`,
			params,
		),
	]);
	const found = new Map<string, TraceService>();
	for (const { service_name, spans, errors } of services)
		found.set(service_name, {
			service: service_name,
			spans: Number(spans),
			errors: Number(errors),
			names: [],
		});
	for (const { service_name, name, spans, errors, quantiles } of names) {
		const [p50, p95] = quantiles;
		found.get(service_name)?.names.push({ name, spans: Number(spans), errors: Number(errors), p50, p95 });
	}
	return [...found.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
}
