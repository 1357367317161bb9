import { CoreError, type NativeHistograms } from '../../../core-as/facade/index.ts';
import type { ChunkCodec } from './chunk-codec.ts';
import { joinRows, sortRows } from './chunk-rows.ts';
import { CHUNK_KIND, type ChunkRows } from './chunk-table.ts';
import { HistogramHead } from './histogram-head.ts';
import { HistogramList } from './histogram-list.ts';
import { HistogramRows } from './histogram-rows.ts';
import { type HeadSamples, MAX_APPEND, type SampleColumns, type SampleHead } from './sample-head.ts';

/** Chunks that are cut before others may work. */
const CUT_CHUNKS = 2048;
/** Series whose histograms are cut before others may work. */
const CUT_HISTOGRAM_SERIES = 64;
const ALL_HOURS = 0xffffffff;

/** What is not in the chunk table at one moment, oldest first: of rows and heads the samples of later ones win. */
export interface HeadView {
	/** Sorted by series. */
	rows: ChunkRows[];
	samples: HeadSamples[];
	histograms: HistogramHead[];
}

/**
 * Two heads that take turns: one is filled while the other is cut into rows, which stay readable until they are in the chunk
 * table. When a head's component fails, `onLost` is told: what was not cut is gone.
 */
export class HeadPair {
	readonly #open: () => SampleHead;
	readonly #onLost: () => void;
	#live: SampleHead;
	/** Is being cut, or empty. */
	#other: SampleHead;
	readonly #codec: ChunkCodec;
	#histograms = new HistogramHead();
	/** Are cut and not written. */
	#cutHistograms = new HistogramHead();
	/** Samples that were cut and are not written. */
	#rows: ChunkRows[] = [];
	#rowSamples = 0;

	/** Histograms that no chunk takes. */
	refused = 0;

	constructor(open: () => SampleHead, codec: ChunkCodec, onLost: () => void) {
		this.#open = open;
		this.#codec = codec;
		this.#onLost = onLost;
		this.#live = open();
		this.#other = open();
	}

	/** Samples and histograms that wait to be cut. */
	get samples(): number {
		return this.#live.statistics().samples + this.#histograms.count;
	}

	/** ... and those that are on their way to the table. */
	get frozenSamples(): number {
		return this.#rowSamples;
	}

	/** Share of the memory that is in use, 0 to 1. */
	get fill(): number {
		const { bytes, maxBytes } = this.#live.statistics();
		return Math.max(bytes / maxBytes, this.#histograms.fill);
	}

	/** Adds samples from `from` on; returns the first that had no room: after a flush they may be added from there. */
	append({ series, timestamps, values }: SampleColumns, from: number): { end: number; dropped: number } {
		let dropped = 0;
		for (let start = from; start < series.length; start += MAX_APPEND) {
			const end = Math.min(start + MAX_APPEND, series.length);
			const part = {
				series: series.subarray(start, end),
				timestamps: timestamps.subarray(start, end),
				values: values.subarray(start, end),
			};
			try {
				dropped += this.#ask(() => this.#live.append(part)).dropped;
			} catch (error) {
				if (!(error instanceof CoreError) || error.code !== 'CXR_CORE_HEAD_FULL') throw error;
				return { end: start + error.index!, dropped };
			}
		}
		return { end: series.length, dropped };
	}

	/** Adds histograms, as HistogramHead.append: false when a flush must come first. */
	appendHistograms(sids: readonly number[], columns: NativeHistograms): { dropped: number } | false {
		return this.#histograms.append(sids, columns);
	}

	/** What the series have from `from` to `to`, as it is now. */
	view(sids: Uint32Array, from: number, to: number): HeadView {
		return {
			rows: [...this.#rows],
			samples: [this.#other, this.#live].map((head) => this.#ask(() => head.read(sids, from, to))),
			histograms: [this.#cutHistograms, this.#histograms],
		};
	}

	/** Those of the series that have samples here. */
	held(sids: Uint32Array): Set<number> {
		const held = new Set(this.#rows.flatMap((rows) => [...rows.sids]));
		for (const head of [this.#other, this.#live]) {
			const { ends } = this.#ask(() => head.read(sids, 0, Number.MAX_SAFE_INTEGER));
			for (const [i, end] of ends.entries()) if (end > (i === 0 ? 0 : ends[i - 1]!)) held.add(sids[i]!);
		}
		for (const sid of sids) {
			if (this.#cutHistograms.has(sid) || this.#histograms.has(sid)) held.add(sid);
		}
		return held;
	}

	/** Cuts all that was added so far into rows of this version; `pause` lets others work. `written` must follow before the next. */
	async cut(version: number, pause: () => Promise<void>): Promise<ChunkRows> {
		if (this.#rows.length > 0 || this.#cutHistograms.count > 0)
			throw new Error('BUG: what was cut before is not written');
		const head = this.#live;
		this.#live = this.#other;
		this.#other = head;
		this.#cutHistograms = this.#histograms;
		this.#histograms = new HistogramHead();
		this.#rowSamples = head.statistics().samples + this.#cutHistograms.count;
		let histograms: ChunkRows;
		try {
			for (;;) {
				const { series, ...chunks } = this.#ask(() => head.cut(ALL_HOURS, CUT_CHUNKS));
				if (series.length === 0) break;
				const versions = new Float64Array(series.length).fill(version);
				const kinds = new Uint8Array(series.length).fill(CHUNK_KIND.samples);
				this.#rows.push({ sids: series, versions, kinds, ...chunks });
				await pause();
			}
			histograms = await this.#histogramRows(version, pause);
		} catch (error) {
			// The head is lost, perhaps meanwhile: all of it comes again out of the spool.
			this.written();
			throw error;
		}
		const rows = joinRows(this.#rows);
		if (rows.sids.length > 0) this.#rows = [rows];
		return histograms.sids.length === 0 ? rows : sortRows(joinRows([rows, histograms]));
	}

	async #histogramRows(version: number, pause: () => Promise<void>): Promise<ChunkRows> {
		const rows = new HistogramRows(this.#codec);
		const list = new HistogramList();
		const head = this.#cutHistograms;
		for (const [i, sid] of head.sids().entries()) {
			list.clear();
			head.collect(sid, 0, Number.MAX_SAFE_INTEGER, list);
			list.sort();
			rows.add(sid, version, list);
			if (i % CUT_HISTOGRAM_SERIES === CUT_HISTOGRAM_SERIES - 1) await pause();
		}
		this.refused += rows.refused;
		return rows.finish();
	}

	/** The rows that were cut are in the table. */
	written(): void {
		this.#rows = [];
		this.#cutHistograms = new HistogramHead();
		this.#rowSamples = 0;
	}

	close(): void {
		this.#live.close();
		this.#other.close();
	}

	/** Begins with empty heads. Keeps the rows when all of them are there. */
	#reset(): void {
		this.close();
		this.#live = this.#open();
		this.#other = this.#open();
		// They come again too, out of the same records.
		this.#histograms = new HistogramHead();
		this.#onLost();
	}

	#ask<T>(work: () => T): T {
		try {
			return work();
		} catch (error) {
			const code = error instanceof CoreError ? error.code : undefined;
			if (code === 'CXR_CORE_TRAP' || code === 'CXR_CORE_HEAD_LOST') this.#reset();
			throw error;
		}
	}
}
