import { gridOf, gridTimes } from '../../promql/time-grid.ts';
import type { Question } from './question.ts';
import { slotOf } from './time-slots.ts';
import { type TraceFilter, traceConditions } from './trace-filter.ts';

/** Upper bounds of durations, seconds; what is longer has a bucket of its own. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NANOS = BOUNDS.map((seconds) => Math.round(seconds * 1e9));

export interface TraceHeatmap {
	from: number;
	to: number;
	step: number;
	/** The ends of the steps, ms. */
	times: number[];
	/** Upper bounds, included, seconds; the last is null. */
	bounds: (number | null)[];
	/** Matching spans by step and bucket, and those of them that failed. */
	counts: number[][];
	errors: number[][];
	total: number;
	errorTotal: number;
}

/** How long matching spans took over time. Throws EngineError. */
export async function traceHeatmap(question: Question, filter: TraceFilter): Promise<TraceHeatmap> {
	const grid = gridOf(filter.from, filter.to);
	const conditions = traceConditions(filter).between(filter.from, filter.to);
	const buckets = NANOS.map((bound, i) => `duration_ns <= ${bound}, ${i}`).join(', ');
	const rows = await question.select<{ slot: string; bucket: number; n: string; failed: string }>(
		`SELECT ${slotOf(grid)} AS slot, multiIf(${buckets}, ${NANOS.length}) AS bucket,
	count() AS n, countIf(status_code = 'error') AS failed
FROM ${question.database}.traces WHERE ${conditions.sql} GROUP BY slot, bucket`,
		conditions.params,
	);
	const empty = () => Array.from({ length: grid.count }, () => new Array<number>(NANOS.length + 1).fill(0));
	const counts = empty();
	const errors = empty();
	let total = 0;
	let errorTotal = 0;
	for (const { slot, bucket, n, failed } of rows) {
		counts[Number(slot)]![bucket]! += Number(n);
		errors[Number(slot)]![bucket]! += Number(failed);
		total += Number(n);
		errorTotal += Number(failed);
	}
	return {
		from: grid.from,
		to: grid.to,
		step: grid.step,
		times: gridTimes(grid),
		bounds: [...BOUNDS, null],
		counts,
		errors,
		total,
		errorTotal,
	};
}
