import { gridOf, gridTimes } from '../../promql/time-grid.ts';
import {
	type LogFilter,
	logConditions,
	SEVERITY_INDEX,
	SEVERITY_NAMES,
	type SeverityName,
} from './log-filter.ts';
import type { Question } from './question.ts';
import { slotOf } from './time-slots.ts';

export interface LogHistogram {
	from: number;
	to: number;
	step: number;
	/** The ends of the steps, ms. */
	times: number[];
	/** Severities that occur, least first. */
	bySeverity: { severity: SeverityName; counts: number[] }[];
	total: number;
}

/** How many records each step has of each severity. Throws EngineError. */
export async function logHistogram(question: Question, filter: LogFilter): Promise<LogHistogram> {
	const grid = gridOf(filter.from, filter.to);
	const conditions = logConditions(filter).between(filter.from, filter.to);
	const rows = await question.select<{ slot: string; severity: number; n: string }>(
		`SELECT ${slotOf(grid)} AS slot, ${SEVERITY_INDEX} AS severity, count() AS n
FROM ${question.database}.logs WHERE ${conditions.sql} GROUP BY slot, severity`,
		conditions.params,
	);
	const counts = SEVERITY_NAMES.map(() => new Array<number>(grid.count).fill(0));
	let total = 0;
	for (const { slot, severity, n } of rows) {
		counts[severity]![Number(slot)]! += Number(n);
		total += Number(n);
	}
	return {
		from: grid.from,
		to: grid.to,
		step: grid.step,
		times: gridTimes(grid),
		bySeverity: SEVERITY_NAMES.map((severity, i) => ({ severity, counts: counts[i]! })).filter(({ counts }) =>
			counts.some((n) => n > 0),
		),
		total,
	};
}
