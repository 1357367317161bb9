import type { Labels } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { ServerError } from '../errors.ts';
import { type ChunkCodec, type ChunkSamples, HOUR_MS } from './chunk-codec.ts';
import type { ChunkRows, ChunkTable } from './chunk-table.ts';
import type { HeadView } from './head-pair.ts';
import { SampleMerge } from './sample-merge.ts';

export interface SeriesReadOptions {
	table: ChunkTable;
	codec: ChunkCodec;
	/** Rising. */
	sids: Uint32Array;
	/** What is not in the table: its samples win. */
	head: HeadView;
	from: number;
	to: number;
	maxSamples: number;
	labels(sid: number): Labels | undefined;
	/** Told how many chunks could not be decoded. */
	refused(n: number): void;
}

/** Chunks that are decoded in one call: 4096 full ones are 16 MB of samples. */
const DECODE_CHUNKS = 4096;

/** Chunks and heads of many series, merged into columns. Series without a sample in the range are left out. */
export async function readSeries(o: SeriesReadOptions): Promise<SeriesColumns> {
	const { table, sids, from, to } = o;
	const hour = (t: number) => Math.max(0, Math.floor(t / HOUR_MS));
	const out = new ColumnsOut(o.maxSamples);
	if (sids.length === 0 || to < from) return out.result();
	const rows = await table.read(sids, hour(from), hour(to));
	const cursors = [rows, ...o.head.rows].map((it) => new ChunkCursor(it, o.codec));
	const merge = new SampleMerge();
	const push = (timestamp: number, value: number) => {
		if (timestamp >= from && timestamp <= to) merge.push(timestamp, value);
	};
	for (const [i, sid] of sids.entries()) {
		merge.clear();
		for (const cursor of cursors) cursor.forEach(sid, push);
		for (const { ends, timestamps, values } of o.head.samples) {
			for (let s = i === 0 ? 0 : ends[i - 1]!; s < ends[i]!; s++) merge.push(timestamps[s]!, values[s]!);
		}
		if (merge.length === 0) continue;
		const labels = o.labels(sid);
		if (labels) out.add(labels, merge.result());
	}
	o.refused(cursors.reduce((sum, it) => sum + it.refused, 0));
	return out.result();
}

/** Walks rows in the order of their series, decoding many chunks per call. */
export class ChunkCursor {
	readonly #rows: ChunkRows;
	readonly #codec: ChunkCodec;
	#row = 0;
	#decodedFrom = 0;
	#decodedTo = 0;
	#samples: ChunkSamples = {
		timestamps: new Float64Array(0),
		values: new Float64Array(0),
		sampleEnds: new Uint32Array(0),
	};
	refused = 0;

	constructor(rows: ChunkRows, codec: ChunkCodec) {
		this.#rows = rows;
		this.#codec = codec;
	}

	/** Series of the next row, or -1 at the end. */
	get next(): number {
		return this.#row < this.#rows.sids.length ? this.#rows.sids[this.#row]! : -1;
	}

	/** Samples of `sid`, lower versions first within an hour. Series must be asked for in rising order. */
	forEach(sid: number, each: (timestamp: number, value: number) => void): void {
		const { sids, hours } = this.#rows;
		while (this.#row < sids.length && sids[this.#row]! < sid) this.#row++;
		for (; this.#row < sids.length && sids[this.#row] === sid; this.#row++) {
			if (this.#row >= this.#decodedTo) this.#decode();
			const chunk = this.#row - this.#decodedFrom;
			const { timestamps, values, sampleEnds } = this.#samples;
			const start = hours[this.#row]! * HOUR_MS;
			for (let i = chunk === 0 ? 0 : sampleEnds[chunk - 1]!; i < sampleEnds[chunk]!; i++) {
				each(start + timestamps[i]!, values[i]!);
			}
		}
	}

	#decode(): void {
		const { data, ends } = this.#rows;
		const from = this.#row;
		const to = Math.min(from + DECODE_CHUNKS, ends.length);
		const base = from === 0 ? 0 : ends[from - 1]!;
		const decoded = this.#codec.decode({
			data: data.subarray(base, ends[to - 1]),
			ends: ends.slice(from, to).map((end) => end - base),
		});
		this.refused += decoded.refused.length;
		this.#samples = decoded.samples;
		this.#decodedFrom = from;
		this.#decodedTo = to;
	}
}

class ColumnsOut {
	readonly #maxSamples: number;
	readonly #series: Labels[] = [];
	readonly #ends: number[] = [];
	#timestamps = new Float64Array(4096);
	#values = new Float64Array(4096);
	#length = 0;

	constructor(maxSamples: number) {
		this.#maxSamples = maxSamples;
	}

	add(labels: Labels, samples: { timestamps: Float64Array; values: Float64Array }): void {
		const end = this.#length + samples.timestamps.length;
		if (end > this.#maxSamples) {
			throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${this.#maxSamples} samples.`);
		}
		if (end > this.#timestamps.length) {
			const size = Math.max(end, this.#timestamps.length * 2);
			const timestamps = new Float64Array(size);
			timestamps.set(this.#timestamps.subarray(0, this.#length));
			this.#timestamps = timestamps;
			const values = new Float64Array(size);
			values.set(this.#values.subarray(0, this.#length));
			this.#values = values;
		}
		this.#timestamps.set(samples.timestamps, this.#length);
		this.#values.set(samples.values, this.#length);
		this.#length = end;
		this.#series.push(labels);
		this.#ends.push(end);
	}

	result(): SeriesColumns {
		return {
			series: this.#series,
			ends: Uint32Array.from(this.#ends),
			timestamps: this.#timestamps.subarray(0, this.#length),
			values: this.#values.subarray(0, this.#length),
		};
	}
}
