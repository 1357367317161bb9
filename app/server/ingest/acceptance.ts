import { type MetricColumns, Scratch, SERIES_FAULTS } from '../../../core-as/facade/index.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';
import { isStaleMarker } from '../../telemetry/series.ts';
import { addTo } from '../stage.ts';
import { ColumnTexts } from './column-texts.ts';
import type { DeltaRound } from './delta-streams.ts';
import { HistogramColumns, histogramAt, startOf } from './histogram-columns.ts';
import { emptyHistogram } from './histogram-sum.ts';
import type { MetricBlock } from './metric-block.ts';
import { metadataOf } from './metric-families.ts';

/** What of one request is stored, and what is not. */
export interface Accepted {
	block: MetricBlock;
	/** Float samples of the request that are in the block; the 0 that begins a sum of deltas is not counted. */
	samples: number;
	/** Native histograms of the request that are in the block. */
	histograms: number;
	/** Exemplars of the request. None is stored. */
	exemplars: number;
	/** What is said of families, whether it is new or not. The block has none of it yet. */
	metadata: MetricMetadata[];
	/** Samples and histograms that are not stored, by reason. */
	rejected: Record<string, number>;
	/** The first few faults in words, at most MAX_FAULTS. */
	faults: string[];
}

export interface AcceptLimits {
	/** Samples outside of [minTime, maxTime] are refused, ms since the epoch. */
	minTime: number;
	maxTime: number;
	maxLabels: number;
	/** Bytes of one label value. */
	maxValueBytes: number;
}

/** Series that count from their start times only, and what makes sums of them. */
export interface DeltaColumns {
	/** Per series: 1 = deltas. */
	flags: Uint8Array;
	round: DeltaRound;
}

const MAX_FAULTS = 5;
const OUTSIDE = 'time too far from now';

/**
 * Picks the valid series out of a decoded request. The decoder has sorted their labels and left out empty values. The columns of the block lie in
 * `scratch`, but for histograms.
 */
export function acceptColumns(
	columns: MetricColumns,
	body: Uint8Array,
	limits: AcceptLimits,
	deltas: DeltaColumns | null = null,
	scratch = new Scratch(),
): Accepted {
	const acceptance = new Acceptance(columns, body, limits, deltas, scratch);
	for (let i = 0; i < columns.faults.length; i++) acceptance.take(i);
	return acceptance.finish();
}

/** Copies series after series into a block; a series that is refused leaves nothing there. */
class Acceptance {
	readonly #columns: MetricColumns;
	readonly #body: Uint8Array;
	readonly #limits: AcceptLimits;
	readonly #deltas: DeltaColumns | null;
	readonly #sourceHashes: Uint32Array;
	readonly #texts: ColumnTexts;

	readonly #hashes: Uint32Array;
	readonly #sampleEnds: Uint32Array;
	readonly #labelEnds: Uint32Array;
	readonly #timestamps: Float64Array;
	readonly #values: Float64Array;
	readonly #labelLengths: Uint32Array;
	readonly #labelBytes: Uint8Array;
	readonly #histograms: HistogramColumns | null;
	readonly #summed: Uint8Array | null;

	/** Series, samples, labels and label bytes that are in the block. */
	#kept = 0;
	#samples = 0;
	#labels = 0;
	#bytes = 0;
	/** Zeros that begin sums, and histograms without observations that do. */
	#openings = 0;
	#histogramOpenings = 0;
	readonly #rejected: Record<string, number> = {};
	readonly #faults: string[] = [];

	constructor(
		columns: MetricColumns,
		body: Uint8Array,
		limits: AcceptLimits,
		deltas: DeltaColumns | null,
		scratch: Scratch,
	) {
		this.#columns = columns;
		this.#body = body;
		this.#limits = limits;
		this.#deltas = deltas;
		this.#texts = new ColumnTexts(columns, body);
		const { buffer, byteOffset, length: series } = columns.hashes;
		this.#sourceHashes = new Uint32Array(buffer, byteOffset, 2 * series);
		const room = columns.timestamps.length + (deltas?.flags.reduce((sum, flag) => sum + flag, 0) ?? 0);
		const lengths = columns.labelRefs.length / 2;
		const bytes = labelByteCount(columns.labelRefs);
		const memory = scratch.take(16 * room + 4 * (4 * series + lengths) + bytes).buffer;
		let at = 0;
		const next = (size: number) => {
			at += size;
			return at - size;
		};
		this.#timestamps = new Float64Array(memory, next(8 * room), room);
		this.#values = new Float64Array(memory, next(8 * room), room);
		this.#hashes = new Uint32Array(memory, next(8 * series), 2 * series);
		this.#sampleEnds = new Uint32Array(memory, next(4 * series), series);
		this.#labelEnds = new Uint32Array(memory, next(4 * series), series);
		this.#labelLengths = new Uint32Array(memory, next(4 * lengths), lengths);
		this.#labelBytes = new Uint8Array(memory, next(bytes), bytes);
		this.#histograms = columns.histograms ? new HistogramColumns() : null;
		this.#summed = deltas && new Uint8Array(series);
	}

	take(i: number): void {
		const { faults, sampleEnds, labelEnds, histograms } = this.#columns;
		const samples = sampleEnds[i]! - startOf(sampleEnds, i);
		const count = samples + (histograms ? histograms.ends[i]! - startOf(histograms.ends, i) : 0);
		const fault = faults[i]!;
		if (fault !== 0) {
			const reason = SERIES_FAULTS[fault];
			// A series without samples says nothing.
			if (reason !== 'no-samples') this.#reject(i, Math.max(1, count), reason ?? `fault ${fault}`);
			return;
		}
		const { maxLabels, maxValueBytes } = this.#limits;
		if (labelEnds[i]! - startOf(labelEnds, i) > maxLabels) {
			this.#reject(i, count, `more than ${maxLabels} labels`);
			return;
		}
		const bytes = this.#bytes;
		const labels = this.#labels;
		if (!this.#takeLabels(i)) this.#reject(i, count, `a label value over ${maxValueBytes} bytes`);
		else if (this.#takeNumbers(i, samples) + this.#takeHistograms(i) > 0) {
			this.#endSeries(i);
			return;
		}
		this.#bytes = bytes;
		this.#labels = labels;
	}

	finish(): Accepted {
		const block: MetricBlock = {
			hashes: this.#hashes.subarray(0, 2 * this.#kept),
			sampleEnds: this.#sampleEnds.subarray(0, this.#kept),
			labelEnds: this.#labelEnds.subarray(0, this.#kept),
			timestamps: this.#timestamps.subarray(0, this.#samples),
			values: this.#values.subarray(0, this.#samples),
			labelLengths: this.#labelLengths.subarray(0, 2 * this.#labels),
			labelBytes: this.#labelBytes.subarray(0, this.#bytes),
		};
		const histograms = this.#histograms?.count ?? 0;
		if (histograms > 0) block.histograms = this.#histograms!.finish();
		const summed = this.#summed?.subarray(0, this.#kept);
		if (summed?.includes(1)) block.summed = summed;
		return {
			block,
			samples: this.#samples - this.#openings,
			histograms: histograms - this.#histogramOpenings,
			exemplars: this.#columns.exemplars?.timestamps.length ?? 0,
			metadata: metadataOf(this.#columns, this.#texts),
			rejected: this.#rejected,
			faults: this.#faults,
		};
	}

	#endSeries(i: number): void {
		const kept = this.#kept++;
		this.#hashes[2 * kept] = this.#sourceHashes[2 * i]!;
		this.#hashes[2 * kept + 1] = this.#sourceHashes[2 * i + 1]!;
		this.#sampleEnds[kept] = this.#samples;
		this.#labelEnds[kept] = this.#labels;
		this.#histograms?.endSeries();
		if (this.#summed) this.#summed[kept] = this.#deltas!.flags[i]!;
	}

	/** False where a value is too long. */
	#takeLabels(i: number): boolean {
		const { labelEnds, labelRefs: refs, text } = this.#columns;
		const { maxValueBytes } = this.#limits;
		const body = this.#body;
		const lengths = this.#labelLengths;
		const out = this.#labelBytes;
		let bytes = this.#bytes;
		let next = 2 * this.#labels;
		// Name and value are two texts.
		for (let ref = 4 * startOf(labelEnds, i), last = 4 * labelEnds[i]!; ref < last; ref += 2) {
			const length = refs[ref + 1]!;
			if (length > maxValueBytes && ref % 4 !== 0) return false;
			lengths[next++] = length;
			let p = refs[ref]!;
			let source = body;
			if (p >= body.length) {
				source = text;
				p -= body.length;
			}
			// Labels are short: a loop is faster than a view and a call for each.
			for (const end = p + length; p < end; p++) out[bytes++] = source[p]!;
		}
		this.#labels = next / 2;
		this.#bytes = bytes;
		return true;
	}

	/** Returns how many samples of the series are in the block. */
	#takeNumbers(i: number, count: number): number {
		if (count === 0) return 0;
		if (this.#deltas?.flags[i]) return this.#sumNumbers(i);
		const { minTime, maxTime } = this.#limits;
		const { sampleEnds, timestamps, values } = this.#columns;
		const outTimes = this.#timestamps;
		const outValues = this.#values;
		const before = this.#samples;
		let samples = before;
		for (let end = sampleEnds[i]!, s = end - count; s < end; s++) {
			const time = timestamps[s]!;
			if (time < minTime || time > maxTime) continue;
			outTimes[samples] = time;
			outValues[samples++] = values[s]!;
		}
		this.#samples = samples;
		const taken = samples - before;
		if (taken < count) this.#reject(i, count - taken, OUTSIDE);
		return taken;
	}

	#sumNumbers(i: number): number {
		const { round } = this.#deltas!;
		const { sampleEnds, timestamps, values, startTimestamps, hashes } = this.#columns;
		const hash = hashes[i]!;
		const before = this.#samples;
		for (let s = startOf(sampleEnds, i); s < sampleEnds[i]!; s++) {
			const time = timestamps[s]!;
			if (this.#isOutside(i, time)) continue;
			const isStale = isStaleMarker(values, s);
			const start = startTimestamps[s] ?? 0;
			const outcome = isStale ? round.mark(hash, time) : round.addNumber(hash, start, time, values[s]!);
			if (outcome.refused !== null) this.#reject(i, 1, outcome.refused);
			else {
				if (this.#opens(outcome.opened)) {
					this.#openings++;
					this.#timestamps[this.#samples] = outcome.opened;
					this.#values[this.#samples++] = 0;
				}
				this.#timestamps[this.#samples] = time;
				// Copied as it is: another NaN than the marker would be none.
				if (isStale) this.#values.set(values.subarray(s, s + 1), this.#samples++);
				else this.#values[this.#samples++] = outcome.value;
			}
		}
		return this.#samples - before;
	}

	/** Returns how many histograms of the series are in the block. */
	#takeHistograms(i: number): number {
		const { histograms, hashes } = this.#columns;
		if (!histograms) return 0;
		const out = this.#histograms!;
		const before = out.count;
		const isDelta = this.#deltas?.flags[i] === 1;
		for (let h = startOf(histograms.ends, i); h < histograms.ends[i]!; h++) {
			const time = histograms.timestamps[h]!;
			if (this.#isOutside(i, time)) continue;
			if (!isDelta) {
				out.copy(histograms, h);
				continue;
			}
			const { round } = this.#deltas!;
			const isStale = isStaleMarker(histograms.sums, h);
			const outcome = isStale
				? round.mark(hashes[i]!, time)
				: round.addHistogram(hashes[i]!, histogramAt(histograms, h));
			if (outcome.refused !== null) this.#reject(i, 1, outcome.refused);
			else if (!('histogram' in outcome)) out.copy(histograms, h);
			else {
				if (this.#opens(outcome.opened)) {
					this.#histogramOpenings++;
					out.add(emptyHistogram(outcome.histogram, outcome.opened));
				}
				out.add(outcome.histogram);
			}
		}
		return out.count - before;
	}

	#opens(time: number): boolean {
		return time > 0 && time >= this.#limits.minTime;
	}

	#isOutside(i: number, time: number): boolean {
		const outside = time < this.#limits.minTime || time > this.#limits.maxTime;
		if (outside) this.#reject(i, 1, OUTSIDE);
		return outside;
	}

	#reject(i: number, n: number, reason: string): void {
		addTo(this.#rejected, reason, n);
		if (this.#faults.length < MAX_FAULTS)
			this.#faults.push(`series ${i} (${this.#texts.describe(i)}): ${reason}`);
	}
}

function labelByteCount(refs: Uint32Array): number {
	let n = 0;
	for (let i = 0; i < refs.length; i += 4) n += refs[i + 1]! + refs[i + 3]!;
	return n;
}
