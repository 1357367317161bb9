import { type Aggregation, aggregationOf } from './profile-types.ts';
import { Conditions, type Question } from './question.ts';

/** Pairs of service and type listed. */
const MAX_PAIRS = 5000;

export interface ProfileService {
	service: string;
	types: { type: string; unit: string; aggregation: Aggregation; lastAt: number }[];
}

/** Who sent profiles, and of which types. Throws EngineError. */
export async function profileServices(
	question: Question,
	range: { from: number; to: number },
): Promise<ProfileService[]> {
	const { sql, params } = new Conditions().between(range.from, range.to);
	const rows = await question.select<{ service_name: string; type: string; unit: string; last: string }>(
		`SELECT service_name, type, any(unit) AS unit, toUnixTimestamp64Milli(max(end)) AS last
FROM ${question.database}.profile_samples WHERE ${sql}
GROUP BY service_name, type ORDER BY service_name, type LIMIT ${MAX_PAIRS}`,
		params,
	);
	const services = new Map<string, ProfileService>();
	for (const { service_name: service, type, unit, last } of rows) {
		const known = services.get(service) ?? { service, types: [] };
		services.set(service, known);
		known.types.push({ type, unit, aggregation: aggregationOf(type), lastAt: Number(last) });
	}
	return [...services.values()];
}
