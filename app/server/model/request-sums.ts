import { histogramQuantile } from '../../promql/histogram-quantile.ts';
import { IncreaseSum } from '../../promql/increase.ts';
import type { TimeGrid } from '../../promql/time-grid.ts';

/** Classes of HTTP, and whether it went well or not where a protocol says no more. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'ok', 'failed', 'unknown'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];
const FAILURES: readonly StatusClass[] = ['5xx', 'failed'];

/** Class of a `status` label: a code, a class, or a word. */
export function statusClass(status: string): StatusClass {
	const first = status[0] ?? '';
	if (status.length === 3 && first >= '1' && first <= '5') return `${first}xx` as StatusClass;
	return status === 'ok' || status === 'failed' ? status : 'unknown';
}

/** Requests of one side of one link, or of all of an application: by status, and how long they took. */
export class RequestSums {
	readonly grid: TimeGrid;
	readonly byStatus = new Map<StatusClass, IncreaseSum>();
	/** Cumulative counts by upper bound, seconds. */
	readonly buckets = new Map<number, IncreaseSum>();

	constructor(grid: TimeGrid) {
		this.grid = grid;
	}

	get empty(): boolean {
		return this.byStatus.size === 0 && this.buckets.size === 0;
	}

	status(status: string): IncreaseSum {
		return getOrAdd(this.byStatus, statusClass(status), () => new IncreaseSum(this.grid));
	}

	/** The bucket of an `le` label, or null when that is no number. */
	bucket(le: string): IncreaseSum | null {
		const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
		if (le === '' || Number.isNaN(bound)) return null;
		return getOrAdd(this.buckets, bound, () => new IncreaseSum(this.grid));
	}

	merge(other: RequestSums): void {
		for (const [status, sum] of other.byStatus) {
			getOrAdd(this.byStatus, status, () => new IncreaseSum(this.grid)).merge(sum);
		}
		for (const [bound, sum] of other.buckets) {
			getOrAdd(this.buckets, bound, () => new IncreaseSum(this.grid)).merge(sum);
		}
	}

	/** All requests. */
	all(): IncreaseSum {
		const sum = new IncreaseSum(this.grid);
		for (const s of this.byStatus.values()) sum.merge(s);
		return sum;
	}

	/** Bounds, rising. */
	bounds(): number[] {
		return [...this.buckets.keys()].sort((a, b) => a - b);
	}

	/** Seconds; over the whole grid, or in one step. Null when nothing was observed. */
	quantile(q: number, step?: number): number | null {
		const bounds = this.bounds();
		const counts = bounds.map((b) => {
			const sum = this.buckets.get(b)!;
			return step === undefined ? sum.total : (sum.steps[step] ?? 0);
		});
		return histogramQuantile(q, bounds, counts);
	}

	/** Part of requests that failed, 0 to 1; null without requests. */
	errorRatio(step?: number): number | null {
		let all = 0;
		let errors = 0;
		for (const [status, sum] of this.byStatus) {
			const n = step === undefined ? sum.total : sum.steps[step]!;
			if (!(n > 0)) continue;
			all += n;
			if (FAILURES.includes(status)) errors += n;
		}
		return all > 0 ? errors / all : null;
	}
}

export function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
	let value = map.get(key);
	if (value === undefined) {
		value = make();
		map.set(key, value);
	}
	return value;
}
