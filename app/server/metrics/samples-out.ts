import type { Labels } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { ServerError } from '../errors.ts';
import type { HistogramList } from './histogram-list.ts';
import type { SampleArrays } from './sample-arrays.ts';

const FIRST_LENGTH = 4096;

/**
 * Puts columns together out of blocks of samples, series by series. Blocks that come in time order are copied as they are; a series
 * whose blocks overlap is sorted at its end, the sample of the later block winning where times meet.
 */
export class SamplesOut {
	readonly #from: number;
	readonly #to: number;
	readonly #maxSamples: number;
	readonly #series: Labels[] = [];
	readonly #ends: number[] = [];
	readonly #arrays: SampleArrays;
	#timestamps: Float64Array;
	#values: Float64Array;
	/** Values `[#sourceFrom, #sourceTo)` of it are still to be copied to `#target`, and times, if they are not there: neighbours go at once. */
	#source: Float64Array | null = null;
	#sourceTimes: Float64Array | null = null;
	#sourceFrom = 0;
	#sourceTo = 0;
	#target = 0;
	#length = 0;
	/** First sample of the series under way, whether its samples rise so far, and the last of them. */
	#start = 0;
	#rising = true;
	#last = Number.NEGATIVE_INFINITY;

	/** Takes samples from `from` to `to`, ms, both included; over `maxSamples` throws CXR_QUERY_TOO_LARGE. */
	constructor(from: number, to: number, maxSamples: number, arrays: SampleArrays) {
		this.#arrays = arrays;
		this.#timestamps = arrays.take(FIRST_LENGTH);
		this.#values = arrays.take(FIRST_LENGTH);
		this.#from = from;
		this.#to = to;
		this.#maxSamples = maxSamples;
	}

	/** Makes room for about so many samples at once: growing copies. */
	reserve(samples: number): void {
		if (samples <= this.#timestamps.length) return;
		this.#grow(Math.min(samples, this.#maxSamples));
	}

	/** Adds the samples `[first, end)` to the series; both arrays must stay as they are until `settle`; `base` is added to their times, which rise within a block. */
	add(timestamps: Float64Array, values: Float64Array, first: number, end: number, base: number): void {
		let start = first;
		let stop = end;
		while (start < stop && base + timestamps[start]! < this.#from) start++;
		while (stop > start && base + timestamps[stop - 1]! > this.#to) stop--;
		const count = stop - start;
		if (count === 0) return;
		const at = this.#length;
		if (at + count > this.#timestamps.length) this.#grow(at + count);
		if (base + timestamps[start]! <= this.#last) this.#rising = false;
		const times = base === 0 ? timestamps : null;
		if (values !== this.#source || times !== this.#sourceTimes || start !== this.#sourceTo) {
			this.settle();
			this.#source = values;
			this.#sourceTimes = times;
			this.#sourceFrom = start;
			this.#target = at;
		}
		if (base !== 0) {
			const out = this.#timestamps;
			for (let s = start, n = at; s < stop; s++, n++) out[n] = base + timestamps[s]!;
		}
		this.#sourceTo = stop;
		this.#length = at + count;
		this.#last = base + timestamps[stop - 1]!;
	}

	/** Copies what was added and not copied yet: before somebody else writes where it lies. */
	settle(): void {
		if (!this.#source) return;
		const times = this.#sourceTimes?.subarray(this.#sourceFrom, this.#sourceTo);
		if (times) this.#timestamps.set(times, this.#target);
		// Not one by one: this keeps the bits of NaNs.
		this.#values.set(this.#source.subarray(this.#sourceFrom, this.#sourceTo), this.#target);
		this.#source = null;
	}

	/**
	 * Ends the series and says whether it is in the columns: one without labels is not, as it was dropped meanwhile, nor one that has
	 * neither samples nor histograms. `histograms` are in time order; a sample at the time of one is left out.
	 */
	endSeries(labels: Labels | undefined, histograms: HistogramList): boolean {
		if (!this.#rising) this.#sort();
		if (histograms.length > 0) this.#leaveOut(histograms);
		const kept = labels !== undefined && this.#length + histograms.length > this.#start;
		if (kept) {
			this.#series.push(labels);
			this.#ends.push(this.#length);
		} else {
			this.settle();
			this.#length = this.#start;
		}
		this.#start = this.#length;
		this.#rising = true;
		this.#last = Number.NEGATIVE_INFINITY;
		return kept;
	}

	/** The columns, on arrays that come back when they are released; nothing may be added afterwards. */
	result(): SeriesColumns {
		this.settle();
		let released = false;
		return {
			series: this.#series,
			ends: Uint32Array.from(this.#ends),
			timestamps: this.#timestamps.subarray(0, this.#length),
			values: this.#values.subarray(0, this.#length),
			release: () => {
				if (released) throw new Error('BUG: released twice');
				released = true;
				this.#arrays.give(this.#timestamps);
				this.#arrays.give(this.#values);
			},
		};
	}

	#grow(least: number): void {
		if (least > this.#maxSamples) {
			throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${this.#maxSamples} samples.`);
		}
		const size = Math.max(least, this.#timestamps.length * 2);
		this.settle();
		this.#timestamps = this.#larger(this.#timestamps, size);
		this.#values = this.#larger(this.#values, size);
	}

	#larger(array: Float64Array, size: number): Float64Array {
		const larger = this.#arrays.take(size);
		larger.set(array.subarray(0, this.#length));
		this.#arrays.give(array);
		return larger;
	}

	#leaveOut(histograms: HistogramList): void {
		this.settle();
		let out = this.#start;
		let h = 0;
		for (let s = this.#start; s < this.#length; s++) {
			const time = this.#timestamps[s]!;
			while (h < histograms.length && histograms.time(h) < time) h++;
			if (h < histograms.length && histograms.time(h) === time) continue;
			this.#timestamps[out] = time;
			this.#values.copyWithin(out, s, s + 1);
			out++;
		}
		this.#length = out;
	}

	#sort(): void {
		this.settle();
		const t = this.#timestamps.slice(this.#start, this.#length);
		const v = this.#values.slice(this.#start, this.#length);
		// A stable order, so that of equal timestamps the one that came last stays last.
		const order = Uint32Array.from(t, (_, i) => i).sort((a, b) => t[a]! - t[b]! || a - b);
		let out = this.#start;
		for (const i of order) {
			if (out > this.#start && this.#timestamps[out - 1] === t[i]) out--;
			this.#timestamps[out] = t[i]!;
			this.#values.set(v.subarray(i, i + 1), out++);
		}
		this.#length = out;
	}
}
