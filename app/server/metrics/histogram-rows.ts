import { CoreError, type NativeHistograms } from '../../../core-as/facade/index.ts';
import { HistogramColumns } from '../ingest/histogram-columns.ts';
import { type ChunkCodec, HOUR_MS, MAX_CHUNK_SAMPLES } from './chunk-codec.ts';
import { chunksOf, RowsBuilder } from './chunk-rows.ts';
import { CHUNK_KIND, type ChunkRows } from './chunk-table.ts';
import { HistogramList } from './histogram-list.ts';

/** Chunks that are decoded in one call, fewer when they are large. */
const DECODE_CHUNKS = 64;

/** Makes rows out of histograms. */
export class HistogramRows {
	readonly #codec: ChunkCodec;
	readonly #rows = new RowsBuilder();
	/** Histograms that no chunk takes. */
	refused = 0;

	constructor(codec: ChunkCodec) {
		this.#codec = codec;
	}

	/** Adds chunks of one series; the list is sorted. Series must come in rising order. */
	add(sid: number, version: number, list: HistogramList): void {
		for (let first = 0; first < list.length; ) {
			const hour = Math.floor(list.time(first) / HOUR_MS);
			let end = first + 1;
			while (end < list.length && list.time(end) < (hour + 1) * HOUR_MS) end++;
			for (; first < end; first += MAX_CHUNK_SAMPLES) {
				this.#encode(sid, hour, version, list, first, Math.min(end, first + MAX_CHUNK_SAMPLES));
			}
			first = end;
		}
	}

	finish(): ChunkRows {
		return this.#rows.finish();
	}

	/** Chunks of `[first, end)`: one, or as many as it takes when that is too large for one. */
	#encode(sid: number, hour: number, version: number, list: HistogramList, first: number, end: number): void {
		const columns = new HistogramColumns();
		for (let i = first; i < end; i++) columns.copy(list.columns(i), list.index(i));
		columns.endSeries();
		const chunk = columns.finish();
		for (let i = 0; i < chunk.timestamps.length; i++) chunk.timestamps[i]! -= hour * HOUR_MS;
		try {
			const packed = this.#codec.encodeHistograms(chunk);
			this.#rows.add(sid, hour, version, CHUNK_KIND.histograms);
			this.#rows.addChunks(packed);
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			if (end - first === 1) {
				this.refused++;
				return;
			}
			const middle = (first + end) >> 1;
			this.#encode(sid, hour, version, list, first, middle);
			this.#encode(sid, hour, version, list, middle, end);
		}
	}
}

/** Walks rows of histograms in the order of their series. */
export class HistogramCursor {
	readonly #rows: ChunkRows;
	readonly #codec: ChunkCodec;
	#row = 0;
	#decodedFrom = 0;
	#decodedTo = 0;
	#columns: NativeHistograms | undefined;
	/** Chunks that could not be decoded. */
	refused = 0;

	/** All rows are histograms. */
	constructor(rows: ChunkRows, codec: ChunkCodec) {
		this.#rows = rows;
		this.#codec = codec;
	}

	/** Adds the histograms of `sid` from `from` to `to`, lower versions first within an hour. Series must be asked for in rising order. */
	collect(sid: number, from: number, to: number, list: HistogramList): void {
		const { sids } = this.#rows;
		while (this.#row < sids.length && sids[this.#row]! < sid) this.#row++;
		for (; this.#row < sids.length && sids[this.#row] === sid; this.#row++) {
			if (this.#row >= this.#decodedTo) this.#decode();
			const chunk = this.#row - this.#decodedFrom;
			const columns = this.#columns;
			if (!columns) continue;
			for (let i = chunk === 0 ? 0 : columns.ends[chunk - 1]!; i < columns.ends[chunk]!; i++) {
				const time = columns.timestamps[i]!;
				if (time >= from && time <= to) list.push(columns, i);
			}
		}
	}

	#decode(): void {
		const from = this.#row;
		let count = Math.min(DECODE_CHUNKS, this.#rows.ends.length - from);
		this.#decodedFrom = from;
		for (;;) {
			this.#decodedTo = from + count;
			try {
				const decoded = this.#codec.decodeHistograms(chunksOf(this.#rows, from, from + count));
				this.refused += decoded.refused.length;
				this.#columns = this.#inTime(decoded.histograms, from);
				return;
			} catch (error) {
				if (!(error instanceof CoreError)) throw error;
				if (count === 1) {
					this.refused++;
					this.#columns = undefined;
					return;
				}
				count >>= 1;
			}
		}
	}

	/** Times since the epoch; the columns are ours. */
	#inTime(columns: NativeHistograms, firstRow: number): NativeHistograms {
		let i = 0;
		for (const [chunk, end] of columns.ends.entries()) {
			const start = this.#rows.hours[firstRow + chunk]! * HOUR_MS;
			for (; i < end; i++) columns.timestamps[i]! += start;
		}
		return columns;
	}
}

/** Merges the chunks of each series and hour; rows are by series, hour and version, and so is the result, whose version is the highest. */
export function mergeHistogramRows(
	rows: ChunkRows,
	codec: ChunkCodec,
): { merged: ChunkRows; refused: number } {
	const version = rows.versions.reduce((a, b) => Math.max(a, b), 0);
	const cursor = new HistogramCursor(rows, codec);
	const out = new HistogramRows(codec);
	const list = new HistogramList();
	for (let row = 0; row < rows.sids.length; row++) {
		const sid = rows.sids[row]!;
		if (row > 0 && rows.sids[row - 1] === sid) continue;
		list.clear();
		cursor.collect(sid, 0, Number.MAX_SAFE_INTEGER, list);
		list.sort();
		out.add(sid, version, list);
	}
	return { merged: out.finish(), refused: cursor.refused + out.refused };
}
