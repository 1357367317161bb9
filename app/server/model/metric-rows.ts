import { gaugeSteps } from '../../promql/gauge.ts';
import { countSteps, type IncreaseSum, rateSteps } from '../../promql/increase.ts';
import type { TimeGrid } from '../../promql/time-grid.ts';
import type { Labels, Matcher } from '../../telemetry/labels.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';

/** What the model asks of the metric store. */
export interface SeriesSource {
	select(matchers: readonly Matcher[], from: number, to: number): Promise<SeriesColumns>;
}

/** Samples before the range that give counters their base, ms. */
export const LOOKBACK_MS = 5 * 60_000;

/** One series that has a sample in the range. */
export interface Row {
	labels: Labels;
	/** Its samples in the columns, those of the lookback included. */
	start: number;
	end: number;
	/** Newest sample in the range that is a value, and its time. */
	value: number;
	at: number;
	/** A stale marker follows it: the series is over. */
	ended: boolean;
}

/** Series of a range by metric. */
export class MetricRows {
	readonly grid: TimeGrid;
	readonly #columns: SeriesColumns;
	readonly #byMetric: Map<string, Row[]>;

	private constructor(grid: TimeGrid, columns: SeriesColumns, metrics: readonly string[]) {
		this.grid = grid;
		this.#columns = columns;
		this.#byMetric = new Map(metrics.map((metric) => [metric, []]));
		for (const [i, labels] of columns.series.entries()) {
			const start = i === 0 ? 0 : columns.ends[i - 1]!;
			const end = columns.ends[i]!;
			let last = end - 1;
			while (last >= start && Number.isNaN(columns.values[last])) last--;
			// Only in the lookback: it was gone before the range began.
			if (last < start || columns.timestamps[last]! <= grid.from) continue;
			this.#byMetric.get(labels[METRIC_NAME]!)?.push({
				labels,
				start,
				end,
				value: columns.values[last]!,
				at: columns.timestamps[last]!,
				ended: last < end - 1,
			});
		}
	}

	/** @param matchers beside the one on the name */
	static async read(
		source: SeriesSource,
		grid: TimeGrid,
		metrics: readonly string[],
		matchers: readonly Matcher[] = [],
	): Promise<MetricRows> {
		const names: Matcher = { name: METRIC_NAME, op: '=~', value: metrics.join('|') };
		const columns = await source.select([...matchers, names], grid.from - LOOKBACK_MS, grid.to);
		return new MetricRows(grid, columns, metrics);
	}

	/** Throws for a metric that was not asked for. */
	of(metric: string): readonly Row[] {
		const rows = this.#byMetric.get(metric);
		if (!rows) throw new Error(`BUG: ${metric} was not read`);
		return rows;
	}

	all(): Row[] {
		return [...this.#byMetric.values()].flat();
	}

	addIncrease(row: Row, sum: IncreaseSum): void {
		sum.add(this.grid, this.#columns.timestamps, this.#columns.values, row.start, row.end);
	}

	/** Per second and step; NaN where nothing was observed. */
	rates(row: Row): Float64Array {
		return rateSteps(this.grid, this.#columns.timestamps, this.#columns.values, row.start, row.end);
	}

	/** How often it was counted up in each step, whole; NaN where there is no sample. */
	counts(row: Row): Float64Array {
		return countSteps(this.grid, this.#columns.timestamps, this.#columns.values, row.start, row.end);
	}

	/** Per step; NaN where there is no sample. */
	gauge(row: Row): Float64Array {
		return gaugeSteps(this.grid, this.#columns.timestamps, this.#columns.values, row.start, row.end);
	}
}
