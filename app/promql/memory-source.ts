import type { Labels, Matcher } from '../telemetry/labels.ts';
import type { SeriesColumns } from '../telemetry/series.ts';
import { matchesLabels } from './regex/label-matcher.ts';
import type { SeriesSource } from './source.ts';

export interface MemorySeries {
	labels: Labels;
	/** ms, rising */
	timestamps: Float64Array;
	values: Float64Array;
}

/** Series in memory, answered in the order in which they were given. */
export class MemorySource implements SeriesSource {
	readonly #series: readonly MemorySeries[];

	constructor(series: readonly MemorySeries[]) {
		this.#series = series;
	}

	async select(matchers: readonly Matcher[], start: number, end: number): Promise<SeriesColumns> {
		const found = this.#series
			.filter((s) => matchesLabels(matchers, s.labels))
			.map((s) => ({ ...s, from: firstAfter(s.timestamps, start - 1), to: firstAfter(s.timestamps, end) }));
		const total = found.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
		const out: SeriesColumns = {
			series: found.map((s) => s.labels),
			ends: new Uint32Array(found.length),
			timestamps: new Float64Array(total),
			values: new Float64Array(total),
		};
		let at = 0;
		for (const [i, { timestamps, values, from, to }] of found.entries()) {
			if (to > from) {
				out.timestamps.set(timestamps.subarray(from, to), at);
				out.values.set(values.subarray(from, to), at);
				at += to - from;
			}
			out.ends[i] = at;
		}
		return out;
	}
}

/** Index of the first timestamp after `time`. */
function firstAfter(timestamps: Float64Array, time: number): number {
	let low = 0;
	let high = timestamps.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (timestamps[middle]! <= time) low = middle + 1;
		else high = middle;
	}
	return low;
}
