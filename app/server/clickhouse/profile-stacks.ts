import { gridOf, gridTimes } from '../../promql/time-grid.ts';
import { aggregationOf } from './profile-types.ts';
import { Conditions, type Question } from './question.ts';

/** Stacks that an answer is made of: those with the highest values. */
const MAX_STACKS = 5000;
const MAX_INSTANCES = 1000;

export interface ProfileFilter {
	from: number;
	to: number;
	services?: readonly string[];
	type: string;
	/** Container id. */
	instance?: string;
	base?: { from: number; to: number };
}

/** A stack as it is stored, frames leaf first. */
export interface StoredStack {
	functions: string[];
	files: string[];
	lines: number[];
	total: number;
	baseTotal: number;
}

export interface ProfileStacks {
	unit: string;
	/** Rows that the values come from. */
	samples: number;
	stacks: StoredStack[];
	/** True when there were more. */
	truncated: boolean;
}

function conditionsOf({ services, type, instance }: ProfileFilter): Conditions {
	const conditions = new Conditions().services(services).add('type = {type:String}', { type });
	return instance === undefined
		? conditions
		: conditions.add('container_id = {instance:String}', { instance });
}

const BASE_RANGE =
	'timestamp >= fromUnixTimestamp64Milli({baseFrom:Int64}) AND timestamp < fromUnixTimestamp64Milli({baseTo:Int64})';
const RANGE =
	'timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})';

/** Values by stack, of the range and of its base. Throws EngineError. */
export async function profileStacks(question: Question, filter: ProfileFilter): Promise<ProfileStacks> {
	const { from, to, base } = filter;
	const conditions = conditionsOf(filter).add(base ? `((${RANGE}) OR (${BASE_RANGE}))` : RANGE, {
		from: Math.floor(from),
		to: Math.ceil(to),
		...(base ? { baseFrom: Math.floor(base.from), baseTo: Math.ceil(base.to) } : {}),
	});
	const { sql, params } = conditions;
	const inBase = base ? BASE_RANGE : '0';
	const table = `${question.database}.profile_samples`;
	// A gauge is the mean over an instance's profiles, and the sum over instances.
	const [head] = await question.select<{
		unit: string;
		samples: string;
		now: string;
		base: string;
	}>(
		`SELECT any(unit) AS unit, countIf(${RANGE}) AS samples,
	uniqExactIf((container_id, host_name, start), ${RANGE}) / greatest(uniqExactIf((container_id, host_name), ${RANGE}), 1) AS now,
	uniqExactIf((container_id, host_name, start), ${inBase}) / greatest(uniqExactIf((container_id, host_name), ${inBase}), 1) AS base
FROM ${table} WHERE ${sql}`,
		params,
	);
	const isGauge = aggregationOf(filter.type) === 'avg';
	const divisor = (profiles: string | undefined) => (isGauge ? Math.max(1, Number(profiles)) : 1);
	const rows = await question.select<{
		functions: string[];
		files: string[];
		lines: number[];
		now: string;
		base: string;
	}>(
		`WITH top AS (
	SELECT stack_hash, sumIf(value, ${RANGE}) AS now, sumIf(value, ${inBase}) AS base
	FROM ${table} WHERE ${sql} GROUP BY stack_hash ORDER BY greatest(now, base) DESC LIMIT ${MAX_STACKS + 1}
)
SELECT functions, files, lines, now, base FROM top INNER JOIN (
	SELECT stack_hash, any(functions) AS functions, any(files) AS files, any(lines) AS lines
	FROM ${question.database}.profile_stacks
	WHERE ${filter.services ? 'service_name IN {services:Array(String)} AND ' : ''}stack_hash IN (SELECT stack_hash FROM top)
	GROUP BY stack_hash
) AS stacks USING stack_hash ORDER BY greatest(now, base) DESC`,
		params,
	);
	return {
		unit: head?.unit ?? '',
		samples: Number(head?.samples ?? 0),
		truncated: rows.length > MAX_STACKS,
		stacks: rows.slice(0, MAX_STACKS).map((row) => ({
			...{ functions: row.functions, files: row.files, lines: row.lines },
			total: Number(row.now) / divisor(head?.now),
			baseTotal: Number(row.base) / divisor(head?.base),
		})),
	};
}

/** Who the range's values come from, the highest first. Throws EngineError. */
export async function profileInstances(
	question: Question,
	filter: ProfileFilter,
): Promise<{ instance: string; total: number }[]> {
	const { instance: _all, ...all } = filter;
	const { sql, params } = conditionsOf(all).between(filter.from, filter.to);
	const value =
		aggregationOf(filter.type) === 'avg' ? 'sum(value) / uniqExact(start, host_name)' : 'sum(value)';
	const rows = await question.select<{ instance: string; total: string }>(
		`SELECT container_id AS instance, ${value} AS total FROM ${question.database}.profile_samples WHERE ${sql}
GROUP BY instance ORDER BY total DESC LIMIT ${MAX_INSTANCES}`,
		params,
	);
	return rows.map(({ instance, total }) => ({ instance, total: Number(total) }));
}

/**
 * Values by step of the range; a profile gives each step that it covers its share. Null where no profile was taken.
 * Throws EngineError.
 */
export async function profileSeries(
	question: Question,
	filter: ProfileFilter,
): Promise<{ times: number[]; series: (number | null)[] }> {
	const grid = gridOf(filter.from, filter.to);
	const { sql, params } = conditionsOf(filter).between(filter.from, filter.to);
	const slot = (time: string) =>
		`intDiv(toUnixTimestamp64Milli(${time}) - ${Math.floor(grid.from)}, ${Math.floor(grid.step)})`;
	const rows = await question.select<{ first: string; last: string; total: string; profiles: string }>(
		`SELECT ${slot('start')} AS first, ${slot('end')} AS last, sum(value) AS total,
	uniqExact((container_id, host_name, start)) / uniqExact((container_id, host_name)) AS profiles
FROM ${question.database}.profile_samples WHERE ${sql} GROUP BY first, last`,
		params,
	);
	const isGauge = aggregationOf(filter.type) === 'avg';
	const series = new Array<number | null>(grid.count).fill(null);
	for (const row of rows) {
		const first = Math.max(0, Number(row.first));
		const last = Math.min(grid.count - 1, Number(row.last));
		const steps = Number(row.last) - Number(row.first) + 1;
		const share = isGauge ? Number(row.total) / Number(row.profiles) : Number(row.total) / steps;
		for (let i = first; i <= last; i++) series[i] = (series[i] ?? 0) + share;
	}
	return { times: gridTimes(grid), series };
}
