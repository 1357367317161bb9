import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import { isStaleMarker, type SeriesColumns } from '../../telemetry/series.ts';
import { HistogramReader } from '../histograms/columns.ts';
import { EMPTY_SIDE, type Histogram, NO_BOUNDS, RESET_HINTS } from '../histograms/histogram.ts';
import { isReset } from '../histograms/reset.ts';
import type { MatrixSelector } from '../parser/ast.ts';
import { milliseconds } from './duration-units.ts';
import type { Grid } from './vector.ts';

/**
 * How Prometheus's iterators move: at each step to the first sample at `to` or later; straight to the first one at `from`
 * or later where the sample at hand lies before that, and then they know of no sample before it. ms
 */
export interface Move {
	from: number;
	to: number;
}

/** The moves over a range selector, step by step. */
export function movesOfRange({ selector, range }: MatrixSelector, grid: Grid, lookback: number): Move[] {
	const after = selector.smoothed ? lookback : 0;
	const width = milliseconds(range) + after + (selector.anchored || selector.smoothed ? lookback : 0);
	const steps = selector.at === undefined ? grid.count : Math.min(1, grid.count);
	return Array.from({ length: steps }, (_, step) => {
		const time = selector.at ?? grid.start + step * grid.step;
		const to = time - milliseconds(selector.offset) + after;
		return { from: to - (step === 0 ? width : Math.min(width, grid.step)), to };
	});
}

/** Histograms of series with count, sum and hint alone. */
export class StatsReader {
	readonly #columns: SeriesColumns;
	readonly #histograms: NativeHistograms;
	readonly #moves: readonly Move[];
	readonly #reader: HistogramReader;

	constructor(columns: SeriesColumns, histograms: NativeHistograms, moves: readonly Move[]) {
		this.#columns = columns;
		this.#histograms = histograms;
		this.#moves = moves;
		this.#reader = new HistogramReader(histograms);
	}

	/** Those of a row; undefined stands for a stale marker. */
	row(row: number): (Histogram | undefined)[] {
		const { ends, sums } = this.#histograms;
		const low = row === 0 ? 0 : ends[row - 1]!;
		const firsts = this.#firsts(row);
		const out: (Histogram | undefined)[] = [];
		let before: Histogram | undefined;
		for (let i = low; i < ends[row]!; i++) {
			if (firsts.has(i - low)) before = undefined;
			if (isStaleMarker(sums, i)) {
				out.push(undefined);
				continue;
			}
			const h = this.#reader.at(i);
			out.push(statsOf(h, before));
			before = h;
		}
		return out;
	}

	/** The histograms of a row before which nothing is known. */
	#firsts(row: number): Set<number> {
		const [low, high] = rangeOf(this.#histograms.ends, row);
		const [floatLow, floatHigh] = rangeOf(this.#columns.ends, row);
		const times = this.#histograms.timestamps;
		const floatTimes = this.#columns.timestamps;
		const out = new Set<number>();
		let i = low;
		let j = floatLow;
		const pass = (time: number) => {
			while (i < high && times[i]! < time) i++;
			while (j < floatHigh && floatTimes[j]! < time) j++;
		};
		for (const { from, to } of this.#moves) {
			const atHand = Math.min(timeAt(times, i, high), timeAt(floatTimes, j, floatHigh));
			if (from > atHand) {
				pass(from);
				out.add(i - low);
			}
			pass(to);
		}
		return out;
	}
}

function rangeOf(ends: Uint32Array, row: number): [number, number] {
	return [row === 0 ? 0 : ends[row - 1]!, ends[row]!];
}

function timeAt(times: Float64Array, i: number, high: number): number {
	return i < high ? times[i]! : Number.POSITIVE_INFINITY;
}

function statsOf(h: Histogram, before: Histogram | undefined): Histogram {
	let { hint } = h;
	if (hint === RESET_HINTS.unknown && before)
		hint = isReset(h, before) ? RESET_HINTS.reset : RESET_HINTS.noReset;
	return {
		hint,
		schema: h.schema,
		zeroThreshold: 0,
		zeroCount: 0,
		count: h.count,
		sum: h.sum,
		positive: EMPTY_SIDE,
		negative: EMPTY_SIDE,
		bounds: NO_BOUNDS,
	};
}
