import { METRIC_NAME } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { interpolate } from '../functions/extended-rate.ts';
import { interpolatedHistogram } from '../functions/histogram-extended-rate.ts';
import { Window } from '../functions/window.ts';
import { type Histogram, hasCustomBounds, RESET_HINTS, withHint } from '../histograms/histogram.ts';
import { mixedSamples, mixedSchemas } from '../histograms/notes.ts';
import type { VectorSelector } from '../parser/ast.ts';
import type { Annotations } from './annotations.ts';
import type { Budget } from './budget.ts';
import { milliseconds } from './duration-units.ts';
import { withoutStaleMarkers } from './range-columns.ts';
import type { Windows } from './selection.ts';
import { type Grid, Vector } from './vector.ts';

/** `smoothed`: the value on the line between the samples before and after; the last one where none comes after. */
export async function selectSmoothed(
	selector: VectorSelector,
	columns: SeriesColumns,
	grid: Grid,
	{ lookback, leftOpen }: Windows,
	budget: Budget,
	annotations: Annotations,
	stats: boolean,
): Promise<Vector> {
	const series = withoutStaleMarkers(columns, stats ? [] : undefined);
	const { labels, ends, timestamps, values, histograms } = series;
	budget.takeSamples(labels.length * grid.count);
	const out = new Vector(grid.count, labels.length);
	const offset = milliseconds(selector.offset);
	const window = new Window();
	window.timestamps = timestamps;
	window.values = values;
	for (let row = 0; row < labels.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(labels[row]!);
		const low = row === 0 ? 0 : ends[row - 1]!;
		const high = ends[row]!;
		const line = new HistogramLine(annotations, selector, labels[row]![METRIC_NAME] ?? '');
		if (histograms) {
			const first = row === 0 ? 0 : histograms.ends[row - 1]!;
			const last = histograms.ends[row]!;
			line.begin(histograms.row(row), histograms.timestamps.subarray(first, last));
		}
		let next = low;
		for (let step = 0; step < grid.count; step++) {
			const time = (selector.at ?? grid.start + step * grid.step) - offset;
			while (next < high && timestamps[next]! < time) next++;
			const inReach = next < high && timestamps[next]! <= time + lookback;
			const age = next > low ? time - timestamps[next - 1]! : Number.POSITIVE_INFINITY;
			const tooOld = age > lookback || (leftOpen && age === lookback);
			const around = line.around(time, lookback, leftOpen);
			if (around) {
				if (inReach || !tooOld) annotations.warn(mixedSamples(line.metric), selector.span);
				else {
					const h = line.at(time);
					if (h) out.setHistogram(row, step, h);
				}
			} else if (inReach && timestamps[next] === time) out.set(row, step, values[next]!);
			else if (!tooOld)
				out.set(row, step, inReach ? interpolate(window, next - 1, time, false) : values[next - 1]!);
		}
		budget.takeSamples(out.takeSize());
	}
	return out;
}

/** A series of histograms on lines between its samples. */
class HistogramLine {
	readonly #annotations: Annotations;
	readonly #selector: VectorSelector;
	readonly metric: string;
	#histograms: readonly Histogram[] = [];
	#timestamps: Float64Array = new Float64Array(0);
	/** The first sample at the time at hand or later. */
	#next = 0;
	/** Whether the sample before it, and it, are near enough. */
	#before = false;
	#after = false;

	constructor(annotations: Annotations, selector: VectorSelector, metric: string) {
		this.#annotations = annotations;
		this.#selector = selector;
		this.metric = metric;
	}

	begin(histograms: readonly Histogram[], timestamps: Float64Array): void {
		this.#histograms = histograms;
		this.#timestamps = timestamps;
	}

	/** Moves on; false if no sample is near. */
	around(time: number, lookback: number, leftOpen: boolean): boolean {
		const times = this.#timestamps;
		while (this.#next < times.length && times[this.#next]! < time) this.#next++;
		const age = this.#next > 0 ? time - times[this.#next - 1]! : Number.POSITIVE_INFINITY;
		this.#before = age < lookback || (!leftOpen && age === lookback);
		this.#after = this.#next < times.length && times[this.#next]! <= time + lookback;
		return this.#before || this.#after;
	}

	at(time: number): Histogram | undefined {
		const next = this.#next;
		if (this.#after && this.#timestamps[next] === time) return this.#histograms[next];
		if (!this.#before) return undefined;
		const before = this.#histograms[next - 1]!;
		// A hint is about a sample's neighbour, and not about a value.
		if (!this.#after) return withHint(before, RESET_HINTS.unknown);
		const after = this.#histograms[next]!;
		if (hasCustomBounds(before) !== hasCustomBounds(after)) {
			this.#annotations.warn(mixedSchemas(this.metric), this.#selector.span);
			return undefined;
		}
		const { gauge } = RESET_HINTS;
		return interpolatedHistogram(
			{ histogram: before, time: this.#timestamps[next - 1]! },
			{ histogram: after, time: this.#timestamps[next]! },
			time,
			before.hint !== gauge || after.hint !== gauge,
			(text) => this.#annotations.inform(text, this.#selector.span),
		);
	}
}
