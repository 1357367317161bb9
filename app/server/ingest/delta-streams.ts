import { isStaleMarker } from '../../telemetry/series.ts';
import { type Histogram, HistogramColumns, histogramAt, startOf } from './histogram-columns.ts';
import { addHistograms, emptyHistogram, MAX_SUM_BUCKETS } from './histogram-sum.ts';
import type { MetricBlock } from './metric-block.ts';

/** Bounds of the sums that are kept, and of the buckets in them; beyond, what was idle longest is forgotten and counted. */
const MAX_STREAMS = 200_000;
const MAX_BUCKETS = 4_000_000;

/** What was counted of one series so far. Never changed, only replaced. */
interface Stream {
	/** End of the last delta, ms since the epoch. */
	readonly time: number;
	/** Of numbers. */
	readonly value: number;
	/** Of native histograms. */
	readonly histogram: Histogram | null;
}

/** `opened`: where a sum of 0 belongs, because the stream is new; 0 = nowhere. */
type Outcome<T> = ({ refused: null; opened: number } & T) | { refused: string };

const OLD = 'a delta that is not newer than the one before it';
const OVERLAP = 'a delta that overlaps the one before it';
const NOT_FINITE = 'a delta that is no finite number';
const TOO_WIDE = `a delta of more than ${MAX_SUM_BUCKETS} buckets`;

/**
 * Sums of deltas, by the hash of their series. A sum changes when a round of changes is committed, which is when the values of that round
 * are on disk: so the last value that is on disk and the sum are always the same, and one can be made of the other.
 * Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#sums-delta-to-cumulative
 */
export class DeltaStreams {
	/** Those idle longest come first. */
	readonly #streams = new Map<bigint, Stream>();
	readonly #maxStreams: number;
	readonly #maxBuckets: number;
	#buckets = 0;
	#forgotten = 0;
	/** Rises with every change. */
	#revision = 0;

	constructor(o: { maxStreams?: number; maxBuckets?: number } = {}) {
		this.#maxStreams = o.maxStreams ?? MAX_STREAMS;
		this.#maxBuckets = o.maxBuckets ?? MAX_BUCKETS;
	}

	get size(): number {
		return this.#streams.size;
	}

	get revision(): number {
		return this.#revision;
	}

	/** Sums that were dropped at a bound; their series count from 0 again. */
	get forgotten(): number {
		return this.#forgotten;
	}

	get fill(): number {
		return Math.max(this.#streams.size / this.#maxStreams, this.#buckets / this.#maxBuckets);
	}

	get(hash: bigint): Stream | undefined {
		return this.#streams.get(hash);
	}

	/** Changes of one request; the next may begin when this one is committed or given up. */
	begin(): DeltaRound {
		return new DeltaRound(this);
	}

	commit(changes: ReadonlyMap<bigint, Stream>): void {
		for (const [hash, stream] of changes) this.#set(hash, stream);
		for (const [hash, stream] of this.#streams) {
			if (this.#streams.size <= this.#maxStreams && this.#buckets <= this.#maxBuckets) break;
			this.#streams.delete(hash);
			this.#buckets -= bucketsOf(stream);
			this.#forgotten++;
		}
	}

	/** Takes over the sums of a block that is on disk, unless newer ones are here. */
	restore(block: MetricBlock): void {
		const { summed, histograms, timestamps, values } = block;
		if (!summed) return;
		const hashes = new DataView(block.hashes.buffer, block.hashes.byteOffset, block.hashes.byteLength);
		const changes = new Map<bigint, Stream>();
		const take = (hash: bigint, time: number, sums: Omit<Stream, 'time'> | null) => {
			const known = changes.get(hash) ?? this.#streams.get(hash);
			if (known && known.time > time) return;
			// A staleness marker changes no sum.
			const next = sums ?? known;
			if (next) changes.set(hash, { value: next.value, histogram: next.histogram, time });
		};
		for (let i = 0; i < summed.length; i++) {
			if (summed[i] !== 1) continue;
			const hash = hashes.getBigUint64(8 * i, true);
			for (let s = startOf(block.sampleEnds, i); s < block.sampleEnds[i]!; s++)
				take(hash, timestamps[s]!, isStaleMarker(values, s) ? null : { value: values[s]!, histogram: null });
			if (!histograms) continue;
			for (let h = startOf(histograms.ends, i); h < histograms.ends[i]!; h++) {
				const isStale = isStaleMarker(histograms.sums, h);
				const sums = isStale ? null : { value: 0, histogram: histogramAt(histograms, h) };
				take(hash, histograms.timestamps[h]!, sums);
			}
		}
		this.commit(changes);
	}

	/** All sums as a block of series without labels, which `restore` takes. */
	snapshot(): MetricBlock {
		const count = this.#streams.size;
		const hashes = new BigUint64Array(count);
		const sampleEnds = new Uint32Array(count);
		const timestamps = new Float64Array(count);
		const values = new Float64Array(count);
		const histograms = new HistogramColumns();
		let i = 0;
		let samples = 0;
		for (const [hash, { time, value, histogram }] of this.#streams) {
			hashes[i] = hash;
			if (histogram) histograms.add({ ...histogram, timestamp: time });
			else {
				timestamps[samples] = time;
				values[samples++] = value;
			}
			sampleEnds[i++] = samples;
			histograms.endSeries();
		}
		return {
			hashes: new Uint32Array(hashes.buffer),
			sampleEnds,
			timestamps: timestamps.subarray(0, samples),
			values: values.subarray(0, samples),
			labelEnds: new Uint32Array(count),
			labelLengths: new Uint32Array(0),
			labelBytes: new Uint8Array(0),
			summed: new Uint8Array(count).fill(1),
			...(histograms.count > 0 ? { histograms: histograms.finish() } : {}),
		};
	}

	#set(hash: bigint, stream: Stream): void {
		const before = this.#streams.get(hash);
		if (before) this.#buckets -= bucketsOf(before);
		this.#buckets += bucketsOf(stream);
		this.#streams.delete(hash);
		this.#streams.set(hash, stream);
		this.#revision++;
	}
}

/** What one request adds to the sums; nobody else sees it before it is committed. */
export class DeltaRound {
	readonly #streams: DeltaStreams;
	readonly #changes = new Map<bigint, Stream>();

	constructor(streams: DeltaStreams) {
		this.#streams = streams;
	}

	/** Times in ms since the epoch; a `start` of 0 is not known. `value` of the outcome is the sum. */
	addNumber(hash: bigint, start: number, time: number, value: number): Outcome<{ value: number }> {
		if (!Number.isFinite(value)) return { refused: NOT_FINITE };
		const before = this.#find(hash);
		const refused = refusalOf(before, start, time);
		if (refused !== null) return { refused };
		const sum = (before?.value ?? 0) + value;
		if (!Number.isFinite(sum)) return { refused: NOT_FINITE };
		this.#changes.set(hash, { time, value: sum, histogram: null });
		return { refused: null, value: sum, opened: openingOf(before, start, time) };
	}

	addHistogram(hash: bigint, delta: Histogram): Outcome<{ histogram: Histogram }> {
		if (!Number.isFinite(delta.sum)) return { refused: NOT_FINITE };
		const before = this.#find(hash);
		const { startTimestamp: start, timestamp: time } = delta;
		const refused = refusalOf(before, start, time);
		if (refused !== null) return { refused };
		const empty = emptyHistogram(delta, time);
		// Where the bounds are others, counting begins anew.
		const histogram = addHistograms(before?.histogram ?? empty, delta) ?? addHistograms(empty, delta)!;
		if (bucketsOf({ histogram }) > MAX_SUM_BUCKETS) return { refused: TOO_WIDE };
		if (!Number.isFinite(histogram.sum)) return { refused: NOT_FINITE };
		this.#changes.set(hash, { time, value: 0, histogram });
		return { refused: null, histogram, opened: openingOf(before, start, time) };
	}

	/** The series has no value at this time. */
	mark(hash: bigint, time: number): Outcome<{ value: number }> {
		const before = this.#find(hash);
		const refused = refusalOf(before, 0, time);
		if (refused !== null) return { refused };
		if (before) this.#changes.set(hash, { ...before, time });
		return { refused: null, value: Number.NaN, opened: 0 };
	}

	/** The values are on disk. */
	commit(): void {
		this.#streams.commit(this.#changes);
	}

	#find(hash: bigint): Stream | undefined {
		return this.#changes.get(hash) ?? this.#streams.get(hash);
	}
}

function refusalOf(before: Stream | undefined, start: number, time: number): string | null {
	if (!before) return null;
	if (time <= before.time) return OLD;
	return start !== 0 && start < before.time ? OVERLAP : null;
}

/**
 * Rates see the first delta of a stream only as a rise from 0. The 0 stands just behind the start: at the start itself the last sum may
 * stand of a stream that was forgotten.
 */
function openingOf(before: Stream | undefined, start: number, time: number): number {
	return !before && start > 0 && start + 1 < time ? start + 1 : 0;
}

function bucketsOf({ histogram }: Pick<Stream, 'histogram'>): number {
	return histogram ? histogram.positive.indexes.length + histogram.negative.indexes.length : 0;
}
