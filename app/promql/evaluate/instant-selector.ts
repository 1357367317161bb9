import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { isStaleMarker, type SeriesColumns } from '../../telemetry/series.ts';
import { failed } from '../errors.ts';
import { HistogramReader } from '../histograms/columns.ts';
import type { Histogram } from '../histograms/histogram.ts';
import { formatLabels } from '../labels/label-set.ts';
import type { VectorSelector } from '../parser/ast.ts';
import type { Budget } from './budget.ts';
import { milliseconds } from './duration-units.ts';
import { StatsReader } from './histogram-stats.ts';
import type { Windows } from './selection.ts';
import { type Grid, Vector } from './vector.ts';

/** What a sample is taken for: its value, or its time in seconds, of timestamp() and of info series, which are floats. */
export type Taken = 'value' | 'time' | 'info-time';

export interface InstantReading {
	selector: VectorSelector;
	columns: SeriesColumns;
	grid: Grid;
	windows: Windows;
	budget: Budget;
	taken?: Taken;
	/** Whether counts and sums of histograms are enough. */
	stats?: boolean;
}

/** At each step the newest sample of a series that is not older than the lookback; a stale marker is none. */
export async function selectInstants({
	selector,
	columns,
	grid,
	windows: { lookback, leftOpen },
	budget,
	taken = 'value',
	stats = false,
}: InstantReading): Promise<Vector> {
	const { series, ends, timestamps, values } = columns;
	budget.takeSamples(series.length * grid.count);
	const out = new Vector(grid.count, series.length);
	const offset = milliseconds(selector.offset);
	const timeOf = (step: number) => (selector.at ?? grid.start + step * grid.step) - offset;
	const histograms = columns.histograms && new NewestHistogram(columns.histograms);
	if (stats && columns.histograms) {
		const moves = Array.from({ length: grid.count }, (_, step) => timeOf(step));
		const reading = moves.map((time) => ({ from: time - lookback, to: time }));
		histograms!.stats = new StatsReader(columns, columns.histograms, reading);
	}
	for (let row = 0; row < series.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(series[row]!);
		const low = row === 0 ? 0 : ends[row - 1]!;
		const high = ends[row]!;
		let next = low;
		const mixed = histograms?.begin(row) ?? false;
		for (let step = 0; step < grid.count; step++) {
			const time = timeOf(step);
			while (next < high && timestamps[next]! <= time) next++;
			const newest = next - 1;
			const floatTime = newest < low ? Number.NEGATIVE_INFINITY : timestamps[newest]!;
			const sampleTime = mixed ? Math.max(floatTime, histograms!.advance(time)) : floatTime;
			const age = time - sampleTime;
			if (age > lookback || (leftOpen && age === lookback)) continue;
			const isFloat = sampleTime === floatTime;
			if (isFloat ? isStaleMarker(values, newest) : histograms!.isStale) continue;
			if (!isFloat && taken === 'info-time') {
				throw failed(`this should be an info metric, with float samples: ${formatLabels(series[row]!)}`);
			}
			if (taken !== 'value') out.set(row, step, sampleTime / 1000);
			else if (isFloat) out.set(row, step, values[newest]!);
			else out.setHistogram(row, step, histograms!.value);
		}
		if (mixed) budget.takeSamples(out.takeSize());
	}
	return out;
}

/** The newest histogram of a row, as time goes on. */
class NewestHistogram {
	readonly #columns: NativeHistograms;
	readonly #reader: HistogramReader;
	/** Where they come from if they need no buckets. */
	stats: StatsReader | undefined;
	#statsOfRow: (Histogram | undefined)[] = [];
	#next = 0;
	#low = 0;
	#high = 0;
	/** The last one made, and which it is. */
	#made: Histogram | undefined;
	#madeAt = -1;

	constructor(columns: NativeHistograms) {
		this.#columns = columns;
		this.#reader = new HistogramReader(columns);
	}

	/** False if the row has none. */
	begin(row: number): boolean {
		const { ends } = this.#columns;
		this.#low = row === 0 ? 0 : ends[row - 1]!;
		this.#high = ends[row]!;
		this.#next = this.#low;
		const any = this.#low < this.#high;
		if (any && this.stats) this.#statsOfRow = this.stats.row(row);
		return any;
	}

	/** The time of the newest one at `time`, ms; -Infinity if there is none. */
	advance(time: number): number {
		const { timestamps } = this.#columns;
		while (this.#next < this.#high && timestamps[this.#next]! <= time) this.#next++;
		return this.#next === this.#low ? Number.NEGATIVE_INFINITY : timestamps[this.#next - 1]!;
	}

	get isStale(): boolean {
		return isStaleMarker(this.#columns.sums, this.#next - 1);
	}

	get value(): Histogram {
		const i = this.#next - 1;
		if (this.stats) return this.#statsOfRow[i - this.#low]!;
		if (this.#madeAt !== i || !this.#made) {
			this.#made = this.#reader.at(i);
			this.#madeAt = i;
		}
		return this.#made;
	}
}
