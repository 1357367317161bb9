import { gridOf, gridTimes } from '../../promql/time-grid.ts';
import {
	type LogFilter,
	logConditions,
	PATTERN_HASH,
	SEVERITY_INDEX,
	SEVERITY_NAMES,
	type SeverityName,
} from './log-filter.ts';
import { millis } from './log-search.ts';
import type { Question } from './question.ts';
import { slotOf } from './time-slots.ts';

/** Service names given per pattern, and letters of its sample. */
const MAX_SERVICES = 20;
const MAX_SAMPLE = 4096;

export interface LogPatterns {
	/** Records that match the filter, with and without a pattern. */
	total: number;
	/** Records without a pattern. */
	unclustered: number;
	/** Patterns that match, also those that are not listed. */
	found: number;
	times: number[];
	/** Most frequent first. */
	patterns: LogPattern[];
}

export interface LogPattern {
	hash: string;
	/** The highest. */
	severity: SeverityName;
	/** Its newest message. */
	sample: string;
	count: number;
	services: string[];
	/** ms since the epoch. */
	lastAt: number;
	/** The ends of the steps, ms, and how many each step has. */
	times: number[];
	counts: number[];
}

interface Sum {
	hash: string;
	severity: number;
	n: string;
	last: string;
	services: string[];
}

/** Throws EngineError. */
export async function logPatterns(
	question: Question,
	query: LogFilter & { limit: number },
): Promise<LogPatterns> {
	const grid = gridOf(query.from, query.to);
	const times = gridTimes(grid);
	const { sql, params } = logConditions(query).between(query.from, query.to);
	const table = `${question.database}.logs`;
	const [totals] = await question.select<{ total: string; without: string; found: string }>(
		`SELECT count() AS total, countIf(hash = '') AS without, uniqExactIf(hash, hash != '') AS found
FROM (SELECT ${PATTERN_HASH} AS hash FROM ${table} WHERE ${sql})`,
		params,
	);
	const sums = await question.select<Sum>(
		`SELECT ${PATTERN_HASH} AS hash, max(${SEVERITY_INDEX}) AS severity, count() AS n,
	toUnixTimestamp64Nano(max(timestamp)) AS last, groupUniqArray(${MAX_SERVICES})(service_name) AS services
FROM ${table} WHERE ${sql} AND hash != '' GROUP BY hash ORDER BY n DESC, hash LIMIT {limit:UInt32}`,
		{ ...params, limit: query.limit },
	);
	const hashes = sums.map(({ hash }) => hash);
	const byHash = new Map(hashes.map((hash) => [hash, { counts: times.map(() => 0), sample: '' }]));
	if (hashes.length > 0) {
		const slots = question.select<{ hash: string; slot: string; n: string }>(
			`SELECT ${PATTERN_HASH} AS hash, ${slotOf(grid)} AS slot, count() AS n
FROM ${table} WHERE ${sql} AND hash IN {hashes:Array(String)} GROUP BY hash, slot`,
			{ ...params, hashes },
		);
		// Bodies of exactly these rows: reading all of them only to keep one each would cost more than the rest.
		const samples = question.select<{ hash: string; sample: string }>(
			`SELECT ${PATTERN_HASH} AS hash, substringUTF8(body, 1, ${MAX_SAMPLE}) AS sample FROM ${table}
WHERE ${sql} AND hash IN {hashes:Array(String)}
	AND timestamp IN (SELECT fromUnixTimestamp64Nano(arrayJoin({lasts:Array(Int64)})))
ORDER BY timestamp DESC LIMIT 1 BY hash`,
			{ ...params, hashes, lasts: sums.map(({ last }) => BigInt(last)) },
		);
		for (const { hash, slot, n } of await slots) byHash.get(hash)!.counts[Number(slot)]! += Number(n);
		for (const { hash, sample } of await samples) byHash.get(hash)!.sample = sample;
	}
	return {
		total: Number(totals!.total),
		unclustered: Number(totals!.without),
		found: Number(totals!.found),
		times,
		patterns: sums.map(({ hash, severity, n, last, services }) => ({
			hash,
			severity: SEVERITY_NAMES[severity]!,
			count: Number(n),
			services: services.sort(),
			lastAt: millis(last),
			times,
			...byHash.get(hash)!,
		})),
	};
}
