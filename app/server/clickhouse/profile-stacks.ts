import { gridOf, gridTimes, type TimeGrid } from '../../promql/time-grid.ts';
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

/** What the profiles of a range and a type add up to. */
export interface ProfileSums {
	unit: string;
	/** Rows that the values come from. */
	samples: number;
	/** Those with the highest values. */
	stacks: StoredStack[];
	/** True when there were more. */
	truncated: boolean;
	/** Who the range's values come from, the highest first; also those that the filter leaves out. */
	instances: { instance: string; total: number }[];
	/** Ends of the steps, ms. */
	times: number[];
	/** Values by step; a profile gives each step that it covers its share. Null where no profile was taken. */
	series: (number | null)[];
}

const BASE_RANGE =
	'timestamp >= fromUnixTimestamp64Milli({baseFrom:Int64}) AND timestamp < fromUnixTimestamp64Milli({baseTo:Int64})';
const RANGE =
	'timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})';

/** Sums of one group of rows: of a stack, an instance, the profiles of one time, or of all. */
interface Sums {
	part: 'stack' | 'instance' | 'time' | 'all';
	instance: string;
	/** Steps of the grid, of start and end. */
	first: string;
	last: string;
	unit: string;
	samples: string;
	now: string;
	base: string;
	/** Without the instance of the filter. */
	everybody: string;
	/** Profiles of an instance: a gauge is the mean over an instance's profiles, and the sum over instances. */
	profiles: string;
	baseProfiles: string;
	allProfiles: string;
	functions: string[];
	files: string[];
	lines: number[];
}

/**
 * Everything that one answer tells, out of one read of the samples: a profile that arrives meanwhile is in all of it or
 * in nothing. Throws EngineError.
 */
export async function readProfiles(question: Question, filter: ProfileFilter): Promise<ProfileSums> {
	const { from, to, base, services, type, instance } = filter;
	const conditions = new Conditions()
		.services(services)
		.add('type = {type:String}', { type })
		.add(base ? `((${RANGE}) OR (${BASE_RANGE}))` : RANGE, {
			...{ from: Math.floor(from), to: Math.ceil(to) },
			...(base ? { baseFrom: Math.floor(base.from), baseTo: Math.ceil(base.to) } : {}),
			...(instance === undefined ? {} : { instance }),
		});
	const own = instance === undefined ? '1' : 'container_id = {instance:String}';
	const inRange = `(${RANGE}) AND ${own}`;
	const inBase = base ? `(${BASE_RANGE}) AND ${own}` : '0';
	const isGauge = aggregationOf(type) === 'avg';
	// Exact counts keep every profile of every group in memory, and only gauges need them.
	const profilesOf = (rows: string) =>
		isGauge
			? `uniqExactIf((container_id, host_name, start), ${rows}) / greatest(uniqExactIf((container_id, host_name), ${rows}), 1)`
			: '1';
	const grid = gridOf(from, to);
	const slot = (time: string) =>
		`intDiv(toUnixTimestamp64Milli(${time}) - ${Math.floor(grid.from)}, ${Math.floor(grid.step)})`;
	const rows = await question.select<Sums>(
		`WITH sums AS (
	SELECT multiIf(grouping(stack_hash) = 0, 'stack', grouping(container_id) = 0, 'instance', grouping(first) = 0, 'time', 'all') AS part,
		stack_hash, container_id AS instance, ${slot('start')} AS first, ${slot('end')} AS last,
		any(unit) AS unit, countIf(${inRange}) AS samples, sumIf(value, ${inRange}) AS now, sumIf(value, ${inBase}) AS base,
		sumIf(value, ${RANGE}) AS everybody, ${profilesOf(inRange)} AS profiles, ${profilesOf(inBase)} AS baseProfiles,
		${isGauge ? `uniqExactIf((host_name, start), ${RANGE})` : '1'} AS allProfiles
	FROM ${question.database}.profile_samples WHERE ${conditions.sql}
	GROUP BY GROUPING SETS ((stack_hash), (container_id), (first, last), ())
	ORDER BY greatest(now, base, if(part = 'instance', everybody, 0)) DESC LIMIT ${MAX_STACKS + 1} BY part
)
SELECT part, instance, first, last, unit, samples, now, base, everybody, profiles, baseProfiles, allProfiles, functions, files, lines
FROM sums LEFT JOIN (
	SELECT stack_hash, any(functions) AS functions, any(files) AS files, any(lines) AS lines
	FROM ${question.database}.profile_stacks
	WHERE ${services ? 'service_name IN {services:Array(String)} AND ' : ''}stack_hash IN (SELECT stack_hash FROM sums WHERE part = 'stack')
	GROUP BY stack_hash
) AS stacks USING stack_hash ORDER BY greatest(now, base, everybody) DESC`,
		conditions.params,
	);
	const of = (part: Sums['part']) => rows.filter((row) => row.part === part);
	const [all] = of('all');
	const stacks = of('stack').filter(
		({ now, base: inBaseToo }) => Number(now) !== 0 || Number(inBaseToo) !== 0,
	);
	const divisor = (profiles: string | undefined) => (isGauge ? Math.max(1, Number(profiles)) : 1);
	return {
		unit: all?.unit ?? '',
		samples: Number(all?.samples ?? 0),
		truncated: stacks.length > MAX_STACKS,
		stacks: stacks.slice(0, MAX_STACKS).map((row) => ({
			...{ functions: row.functions, files: row.files, lines: row.lines },
			total: Number(row.now) / divisor(all?.profiles),
			baseTotal: Number(row.base) / divisor(all?.baseProfiles),
		})),
		instances: of('instance')
			.filter(({ everybody }) => Number(everybody) !== 0)
			.map(({ instance: name, everybody, allProfiles }) => ({
				instance: name,
				total: Number(everybody) / divisor(allProfiles),
			}))
			.sort((a, b) => b.total - a.total)
			.slice(0, MAX_INSTANCES),
		times: gridTimes(grid),
		series: seriesOf(grid, of('time'), isGauge),
	};
}

function seriesOf(grid: TimeGrid, rows: readonly Sums[], isGauge: boolean): (number | null)[] {
	const series = new Array<number | null>(grid.count).fill(null);
	for (const row of rows) {
		if (Number(row.samples) === 0) continue;
		const first = Math.max(0, Number(row.first));
		const last = Math.min(grid.count - 1, Number(row.last));
		const steps = Number(row.last) - Number(row.first) + 1;
		const share = Number(row.now) / (isGauge ? Number(row.profiles) : steps);
		for (let i = first; i <= last; i++) series[i] = (series[i] ?? 0) + share;
	}
	return series;
}
