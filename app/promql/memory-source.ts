import type { NativeHistograms } from '../../core-as/facade/index.ts';
import type { Labels, Matcher } from '../telemetry/labels.ts';
import type { SeriesColumns } from '../telemetry/series.ts';
import { joinHistograms } from './histograms/join.ts';
import { matchesLabels } from './regex/label-matcher.ts';
import type { SeriesSource } from './source.ts';

export interface MemorySeries {
	labels: Labels;
	/** ms, rising */
	timestamps: Float64Array;
	values: Float64Array;
	/** Native histograms: columns of one series. */
	histograms?: NativeHistograms;
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
			// As a source does which uses that memory again: who still reads it finds out.
			release: () => {
				for (const column of [out.ends, out.timestamps, out.values]) column.fill(0);
			},
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
		const histograms = histogramsBetween(found, start, end);
		if (histograms) out.histograms = histograms;
		return out;
	}
}

function histogramsBetween(
	series: readonly MemorySeries[],
	start: number,
	end: number,
): NativeHistograms | undefined {
	const some = series.find((s) => s.histograms)?.histograms;
	if (!some) return undefined;
	return joinHistograms(
		series.map(({ histograms: columns }) => {
			if (!columns) return { columns: some, from: 0, to: 0 };
			const from = firstAfter(columns.timestamps, start - 1);
			return { columns, from, to: Math.max(from, firstAfter(columns.timestamps, end)) };
		}),
	);
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
