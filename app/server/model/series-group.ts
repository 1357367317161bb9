import { IncreaseSum } from '../../promql/increase.ts';
import { latestOf, newestOf, sumOf } from './columns.ts';
import type { MetricRows, Row } from './metric-rows.ts';
import { getOrAdd } from './request-sums.ts';

/** One condition on a label. */
export type Where = readonly [label: string, value: string];
/** How samples become a column: a counter per second, or a gauge as it is. */
export type Reading = 'rates' | 'gauge';

/** Series of one thing: of a node, an instance, a disk. Of the same thing measured twice, the later series counts. */
export class SeriesGroup {
	readonly #rows: MetricRows;
	readonly #byMetric = new Map<string, Row[]>();

	constructor(rows: MetricRows) {
		this.#rows = rows;
	}

	get empty(): boolean {
		return this.#byMetric.size === 0;
	}

	add(metric: string, row: Row): void {
		getOrAdd(this.#byMetric, metric, () => []).push(row);
	}

	/** Those that were sampled last at the end. */
	of(metric: string, where?: Where): Row[] {
		const rows = this.#byMetric.get(metric) ?? [];
		const wanted = where === undefined ? rows : rows.filter(({ labels }) => labels[where[0]] === where[1]);
		return wanted.toSorted((a, b) => a.at - b.at);
	}

	rates(metric: string, where?: Where): Float64Array | null {
		return latestOf(this.of(metric, where).map((row) => this.#rows.rates(row)));
	}

	gauge(metric: string, where?: Where): Float64Array | null {
		return latestOf(this.of(metric, where).map((row) => this.#rows.gauge(row)));
	}

	/** Rates of different things together, such as of all disks. */
	sum(...metrics: string[]): Float64Array | null {
		return sumOf(metrics.flatMap((metric) => this.of(metric).map((row) => this.#rows.rates(row))));
	}

	/**
	 * What a column of rates over these metrics says of now: its newest step that was over when the newest sample came.
	 * The step of that sample holds only the moments since it began; where two samples follow each other closely, it is
	 * a rate of next to no time. Where no step is over yet, the newest there is. Gauges have no such step.
	 */
	newestRate(column: Float64Array | null, ...metrics: string[]): number | null {
		const { from, step } = this.#rows.grid;
		const until = Math.max(...metrics.flatMap((metric) => this.of(metric).map(({ at }) => at)));
		const over = Math.max(0, Math.floor((until - from) / step));
		return newestOf(column?.subarray(0, over) ?? null) ?? newestOf(column);
	}

	/** How often it happened in each step, whole. */
	counts(metric: string): Float64Array | null {
		return sumOf(this.of(metric).map((row) => this.#rows.counts(row)));
	}

	increase(row: Row): IncreaseSum {
		const sum = new IncreaseSum(this.#rows.grid);
		this.#rows.addIncrease(row, sum);
		return sum;
	}

	/** Values of a label, sorted. */
	values(label: string, ...metrics: string[]): string[] {
		const found = metrics.flatMap((metric) => this.of(metric).map(({ labels }) => labels[label] ?? ''));
		return [...new Set(found)].sort();
	}

	/** Groups of the series of some metrics, by what `keyOf` says of their labels. */
	split<K>(metrics: readonly string[], keyOf: (row: Row) => K): Map<K, SeriesGroup> {
		const groups = new Map<K, SeriesGroup>();
		for (const metric of metrics) {
			for (const row of this.of(metric)) {
				getOrAdd(groups, keyOf(row), () => new SeriesGroup(this.#rows)).add(metric, row);
			}
		}
		return groups;
	}
}
