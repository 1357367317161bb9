/**
 * The samples of one series that a range function sees at one step: `[low, high)` of the columns. One object for all
 * steps, so that nothing is allocated per step.
 */
export class Window {
	timestamps: Float64Array = new Float64Array(0);
	values: Float64Array = new Float64Array(0);
	low = 0;
	high = 0;
	/** Index of the last sample so far that is smaller than the one before it; -1 if none is. */
	lastFall = -1;
	/** Of the step, ms. */
	time = 0;
	/** Ends of the range, ms. With `anchored` and `smoothed` the samples reach further. */
	start = 0;
	end = 0;
	/** Width of the range, s. */
	rangeSeconds = 0;
	/** The scalar arguments at this step. */
	readonly scalars: number[] = [];
	/** What the function says of it. */
	result = 0;
	/** Takes a warning about an argument. */
	warn: (text: string, argument: number) => void = () => {};

	get length(): number {
		return this.high - this.low;
	}

	answer(result: number): true {
		this.result = result;
		return true;
	}
}

/** True when `window.result` is set; false when there is no value at this step. Windows have at least one sample. */
export type RangeFunction = (window: Window) => boolean;
