import type { Histogram } from '../histograms/histogram.ts';
import { isReset } from '../histograms/reset.ts';
import type { Window } from './window.ts';

/** Samples `[low, high)` of a series of histograms that a range function sees at one step, and its floats beside them. */
export class HistogramWindow {
	readonly floats: Window;
	/** Of the series at hand. */
	histograms: readonly Histogram[] = [];
	/** ms */
	timestamps: Float64Array = new Float64Array(0);
	/** The name of its metric, empty where there is none. */
	metric = '';
	low = 0;
	high = 0;
	/** What the function says; undefined if it says a float. */
	result: Histogram | undefined;
	/** Take notes about the argument of that place. */
	warn: (text: string, argument: number) => void = () => {};
	inform: (text: string, argument: number) => void = () => {};
	/** By sample: 0 not yet known, 1 no reset, 2 a reset since the sample before. */
	#resets = new Uint8Array(0);

	constructor(floats: Window) {
		this.floats = floats;
	}

	/** The first window of a series. */
	begin(histograms: readonly Histogram[], timestamps: Float64Array, metric: string): void {
		this.histograms = histograms;
		this.timestamps = timestamps;
		this.metric = metric;
		this.low = 0;
		this.high = 0;
		this.#resets = new Uint8Array(histograms.length);
	}

	/** Moves on to the samples in (from, to], with `from` itself where windows are closed; false if there are none. */
	slide(from: number, to: number, leftOpen: boolean): boolean {
		const { timestamps } = this;
		const high = this.histograms.length;
		while (this.high < high && timestamps[this.high]! <= to) this.high++;
		while (
			this.low < this.high &&
			(leftOpen ? timestamps[this.low]! <= from : timestamps[this.low]! < from)
		) {
			this.low++;
		}
		return this.low < this.high;
	}

	get length(): number {
		return this.high - this.low;
	}

	get first(): Histogram {
		return this.histograms[this.low]!;
	}

	get last(): Histogram {
		return this.histograms[this.high - 1]!;
	}

	/** Whether the counter began anew between sample `i` and the one before it. */
	isReset(i: number): boolean {
		this.#resets[i] ||= isReset(this.histograms[i]!, this.histograms[i - 1]!) ? 2 : 1;
		return this.#resets[i] === 2;
	}

	answer(h: Histogram): true {
		this.result = h;
		return true;
	}
}

/** True when there is a value at this step: `result`, or else the floats' result. The window has a histogram. */
export type HistogramRangeFunction = (window: HistogramWindow) => boolean;
