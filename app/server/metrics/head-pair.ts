import { CoreError } from '../../../core-as/facade/index.ts';
import type { ChunkRows } from './chunk-table.ts';
import { type HeadSamples, MAX_APPEND, type SampleColumns, type SampleHead } from './sample-head.ts';

/** Chunks that are cut before others may work. */
const CUT_CHUNKS = 2048;
const ALL_HOURS = 0xffffffff;

/** What is not in the chunk table at one moment, oldest first: of rows and heads the samples of later ones win. */
export interface HeadView {
	/** Sorted by series. */
	rows: ChunkRows[];
	samples: HeadSamples[];
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
	/** What was cut and is not written. */
	#rows: ChunkRows[] = [];
	#rowSamples = 0;

	constructor(open: () => SampleHead, onLost: () => void) {
		this.#open = open;
		this.#onLost = onLost;
		this.#live = open();
		this.#other = open();
	}

	/** Samples that wait to be cut. */
	get samples(): number {
		return this.#live.statistics().samples;
	}

	/** ... and those that are on their way to the table. */
	get frozenSamples(): number {
		return this.#rowSamples;
	}

	/** Share of the memory that is in use, 0 to 1. */
	get fill(): number {
		const { bytes, maxBytes } = this.#live.statistics();
		return bytes / maxBytes;
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

	/** Samples of the series from `from` to `to`, as they are now. */
	view(sids: Uint32Array, from: number, to: number): HeadView {
		return {
			rows: [...this.#rows],
			samples: [this.#other, this.#live].map((head) => this.#ask(() => head.read(sids, from, to))),
		};
	}

	/** Those of the series that have samples here. */
	held(sids: Uint32Array): Set<number> {
		const held = new Set(this.#rows.flatMap((rows) => [...rows.sids]));
		for (const head of [this.#other, this.#live]) {
			const { ends } = this.#ask(() => head.read(sids, 0, Number.MAX_SAFE_INTEGER));
			for (const [i, end] of ends.entries()) if (end > (i === 0 ? 0 : ends[i - 1]!)) held.add(sids[i]!);
		}
		return held;
	}

	/** Cuts all that was added so far into rows of this version; `pause` lets others work. `written` must follow before the next. */
	async cut(version: number, pause: () => Promise<void>): Promise<ChunkRows> {
		if (this.#rows.length > 0) throw new Error('BUG: what was cut before is not written');
		const head = this.#live;
		this.#live = this.#other;
		this.#other = head;
		this.#rowSamples = head.statistics().samples;
		try {
			for (;;) {
				const { series, ...chunks } = this.#ask(() => head.cut(ALL_HOURS, CUT_CHUNKS));
				if (series.length === 0) break;
				const versions = new Float64Array(series.length).fill(version);
				this.#rows.push({ sids: series, versions, ...chunks });
				await pause();
			}
		} catch (error) {
			// The head is lost, perhaps meanwhile: all of it comes again out of the spool.
			this.written();
			throw error;
		}
		const rows = joined(this.#rows);
		if (rows.sids.length > 0) this.#rows = [rows];
		return rows;
	}

	/** The rows that were cut are in the table. */
	written(): void {
		this.#rows = [];
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

function joined(parts: readonly ChunkRows[]): ChunkRows {
	const count = parts.reduce((sum, it) => sum + it.sids.length, 0);
	const rows: ChunkRows = {
		sids: new Uint32Array(count),
		hours: new Uint32Array(count),
		versions: new Float64Array(count),
		data: new Uint8Array(parts.reduce((sum, it) => sum + it.data.length, 0)),
		ends: new Uint32Array(count),
	};
	let row = 0;
	let byte = 0;
	for (const part of parts) {
		rows.sids.set(part.sids, row);
		rows.hours.set(part.hours, row);
		rows.versions.set(part.versions, row);
		rows.data.set(part.data, byte);
		for (let i = 0; i < part.ends.length; i++) rows.ends[row + i] = byte + part.ends[i]!;
		row += part.sids.length;
		byte += part.data.length;
	}
	return rows;
}
