import { SEVERITY_INDEX, SEVERITY_NAMES, type SeverityName } from './log-filter.ts';
import { Conditions, type Question } from './question.ts';

/** Services listed; those with the most records win. */
const MAX_SERVICES = 1000;

export interface LogService {
	service: string;
	counts: Partial<Record<SeverityName, number>>;
}

/** Who writes logs, by name. Throws EngineError. */
export async function logServices(
	question: Question,
	range: { from: number; to: number },
): Promise<LogService[]> {
	const { sql, params } = new Conditions().between(range.from, range.to);
	const rows = await question.select<{ service_name: string; by: [severity: number, n: string][] }>(
		`SELECT service_name, groupArray((severity, n)) AS by FROM (
	SELECT service_name, ${SEVERITY_INDEX} AS severity, count() AS n
	FROM ${question.database}.logs WHERE ${sql} GROUP BY service_name, severity
) GROUP BY service_name ORDER BY sum(n) DESC LIMIT ${MAX_SERVICES}`,
		params,
	);
	return rows
		.map(({ service_name, by }) => ({
			service: service_name,
			counts: Object.fromEntries(
				by.sort((a, b) => a[0] - b[0]).map(([i, n]) => [SEVERITY_NAMES[i], Number(n)]),
			),
		}))
		.sort((a, b) => (a.service < b.service ? -1 : 1));
}
