/** A take as the columns of remote-write requests; the core encodes them. */

import { type ColumnsInput, METRIC_TYPES } from '../../core-as/facade/index.ts';
import type { LabelPair, Labels } from './labels.ts';
import { DEFAULT_BOUND_LABELS, type Family, type Snapshot } from './snapshot.ts';
import { type LabelText, labelText, WriteColumns } from './write-columns.ts';

/** Series in one request. */
export const MAX_SERIES = 5_000;

/** One series as it was last sent. */
interface SentSeries {
	labels: LabelText;
	/** Whether a receiver has seen it. */
	born: boolean;
}

export interface WriteRequest {
	/** All text is in them; metadata comes by family. */
	columns: ColumnsInput;
	series: number;
}

export interface EncodedTake {
	/** Made one by one as they are asked for, so that only one is in memory. */
	requests: Iterable<WriteRequest>;
	/** To call once the requests are safe on disk: what they hold counts as seen. */
	commit(): void;
}

/**
 * Encodes takes one after the other. A counter's first sample is preceded by a 0 at the time of the take
 * before, because what a counter has when it appears happened since then, and `increase()` would not see it. Counters
 * of the kernel are left alone: what they have may be years old.
 */
export class RemoteWriteEncoder {
	/**
	 * By the labels that a collector gave and the family's name; a histogram has one entry per bucket, then sum and
	 * count. Bounded by the series that their owners keep: an entry goes with its Labels.
	 */
	readonly #sent = new WeakMap<Labels, Map<string, SentSeries[]>>();
	readonly #extra: readonly LabelPair[];
	#previousTime: number | undefined;

	/** @param extra labels on every series beside its own: `instance`, `job` */
	constructor(extra: readonly LabelPair[]) {
		this.#extra = extra;
	}

	encode(snapshot: Snapshot): EncodedTake {
		const born: SentSeries[] = [];
		const commit = () => {
			for (const sent of born) sent.born = true;
			this.#previousTime = snapshot.time;
		};
		return { requests: this.#requests(snapshot, born), commit };
	}

	*#requests(snapshot: Snapshot, born: SentSeries[]): Generator<WriteRequest> {
		const { time } = snapshot;
		const birthTime = Math.min(this.#previousTime ?? time - 1, time - 1);
		const columns = new WriteColumns();
		let series = 0;
		for (const family of snapshot.families()) {
			let described = false;
			const counts = family.type !== 'gauge' && !family.keptByKernel;
			for (const { labels, values } of rows(family)) {
				if (series + values.length > MAX_SERIES) {
					yield { columns: columns.take(), series };
					series = 0;
					described = false;
				}
				if (!described) columns.addFamily(METRIC_TYPES.indexOf(family.type), family.name, family.help);
				described = true;
				const sent = this.#series(family, labels, values.length);
				for (let i = 0; i < values.length; i++) {
					const { labels: text, born: known } = sent[i]!;
					if (!known) born.push(sent[i]!);
					columns.addSeries(text);
					if (!known && counts && values[i] !== 0) columns.addSample(birthTime, 0);
					columns.addSample(time, values[i]!);
				}
				series += values.length;
			}
		}
		if (series > 0) yield { columns: columns.take(), series };
	}

	#series(family: Family, labels: Labels, count: number): SentSeries[] {
		let byFamily = this.#sent.get(labels);
		if (byFamily === undefined) {
			byFamily = new Map();
			this.#sent.set(labels, byFamily);
		}
		let sent = byFamily.get(family.name);
		if (sent === undefined) {
			sent = Array.from({ length: count }, (_, i) => ({
				labels: this.#labelText(family, labels, i),
				born: false,
			}));
			byFamily.set(family.name, sent);
		}
		return sent;
	}

	/** @param index of the series among those of its row */
	#labelText(family: Family, labels: Labels, index: number): LabelText {
		const pairs = [...seriesLabels(family, index), ...labels.pairs, ...this.#extra];
		// The specification wants names sorted and no empty values: those mean that the label is not there.
		return labelText(pairs.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
	}
}

/** Series with the same labels of a collector: one, or all of a histogram. */
function* rows(family: Family): Generator<{ labels: Labels; values: ArrayLike<number> }> {
	for (const { labels, value } of family.samples) yield { labels, values: [value] };
	for (const { labels, counts, sum } of family.histograms) {
		const values = new Float64Array(counts.length + 2);
		let count = 0;
		for (let i = 0; i < counts.length; i++) {
			count += counts[i]!;
			values[i] = count;
		}
		values[counts.length] = sum;
		values[counts.length + 1] = count;
		yield { labels, values };
	}
}

function seriesLabels(family: Family, index: number): LabelPair[] {
	if (family.type !== 'histogram') return [['__name__', family.name]];
	const bound = DEFAULT_BOUND_LABELS[index];
	if (bound !== undefined)
		return [
			['__name__', `${family.name}_bucket`],
			['le', bound],
		];
	return [['__name__', `${family.name}_${index === DEFAULT_BOUND_LABELS.length ? 'sum' : 'count'}`]];
}
