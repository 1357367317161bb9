import { keepsBuckets, TIER_COLUMN } from '../../../core-as/facade/index.ts';
import type { ChunkCodec, ChunkSamples } from './chunk-codec.ts';
import type { TierRows } from './chunk-table.ts';
import type { SamplesOut } from './samples-out.ts';
import { DAY_MS, type TierColumn } from './tier-rows.ts';

/** Rows that are decoded in one call: at most 8 MiB of samples. */
const DECODE_ROWS = 1024;

/** One column of tier rows, read series by series. */
export class TierReader {
	readonly #rows: TierRows;
	readonly #codec: ChunkCodec;
	readonly #column: number;
	readonly #resolution: number;
	/** Series that have to be read as chunks, on all days. */
	readonly unsampled: ReadonlySet<number>;
	#row = 0;
	#decodedFrom = 0;
	#decodedTo = 0;
	#samples: ChunkSamples = {
		timestamps: new Float64Array(0),
		values: new Float64Array(0),
		sampleEnds: new Uint32Array(0),
	};
	/** Rows that could not be read. */
	refused = 0;

	constructor(rows: TierRows, column: TierColumn, resolution: number, codec: ChunkCodec) {
		this.#rows = rows;
		this.#codec = codec;
		this.#column = TIER_COLUMN[column];
		this.#resolution = resolution;
		const skipped = new Set<number>();
		for (const [row, sid] of rows.sids.entries()) {
			const start = row === 0 ? 0 : rows.ends[row - 1]!;
			// A layout that is not known is as good as none.
			if (!keepsBuckets(rows.data, start)) skipped.add(sid);
		}
		this.unsampled = skipped;
	}

	/** Copies the buckets of `sid`, at the last millisecond of each. Series must be asked for in rising order. */
	copy(sid: number, out: SamplesOut): void {
		const { sids, days } = this.#rows;
		if (this.unsampled.has(sid)) return;
		while (this.#row < sids.length && sids[this.#row]! < sid) this.#row++;
		for (; this.#row < sids.length && sids[this.#row] === sid; this.#row++) {
			if (this.#row >= this.#decodedTo) this.#decode();
			const { timestamps, values, sampleEnds: ends } = this.#samples;
			const row = this.#row - this.#decodedFrom;
			const base = days[this.#row]! * DAY_MS + this.#resolution - 1;
			const from = row === 0 ? 0 : ends[row - 1]!;
			if (from < ends[row]!) out.add(timestamps, values, from, ends[row]!, base);
		}
	}

	#decode(): void {
		const { data, ends, sids } = this.#rows;
		const from = this.#row;
		const to = Math.min(from + DECODE_ROWS, sids.length);
		const base = from === 0 ? 0 : ends[from - 1]!;
		const { samples, refused } = this.#codec.readTiers(
			{ data: data.subarray(base, ends[to - 1]), ends: ends.slice(from, to).map((end) => end - base) },
			this.#column,
		);
		this.refused += refused.length;
		this.#samples = samples;
		this.#decodedFrom = from;
		this.#decodedTo = to;
	}
}
