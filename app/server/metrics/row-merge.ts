import { type ChunkCodec, MAX_MERGE_CHUNKS } from './chunk-codec.ts';
import type { ChunkRows } from './chunk-table.ts';

/** Chunks that go through the codec in one call. */
const CALL_CHUNKS = 16_384;

/**
 * Merges the chunks of each series and hour; rows are by series, hour and version, and so is the result, in which a merged chunk has
 * the highest version. A group of over MAX_MERGE_CHUNKS stays as it is: its chunks still win by their versions.
 */
export function mergeRows(rows: ChunkRows, codec: ChunkCodec): { merged: ChunkRows; refused: number } {
	const merged = new MergedRows(rows.versions.reduce((a, b) => Math.max(a, b), 0));
	let refused = 0;
	let groupEnds: number[] = [];
	let from = 0;
	/** Merges the groups that wait: they begin at row `from`. */
	const flush = () => {
		const to = groupEnds.at(-1);
		if (to === undefined) return;
		const ends = Uint32Array.from(groupEnds, (end) => end - from);
		const found = codec.mergeChunks(packedOf(rows, from, to), ends);
		refused += found.refused.length;
		groupEnds.forEach((end, group) => {
			const first = group === 0 ? 0 : found.groupEnds[group - 1]!;
			for (let i = first; i < found.groupEnds[group]!; i++) merged.add(rows, end - 1);
		});
		merged.addChunks(found.chunks.data, found.chunks.ends);
		groupEnds = [];
		from = to;
	};
	for (let start = 0; start < rows.sids.length; ) {
		let end = start + 1;
		while (
			end < rows.sids.length &&
			rows.sids[end] === rows.sids[start] &&
			rows.hours[end] === rows.hours[start]
		)
			end++;
		if (end - start > MAX_MERGE_CHUNKS) {
			flush();
			for (let row = start; row < end; row++) merged.add(rows, row, rows.versions[row]);
			const { data, ends } = packedOf(rows, start, end);
			merged.addChunks(data, ends);
			from = end;
		} else {
			if (end - from > CALL_CHUNKS) flush();
			groupEnds.push(end);
		}
		start = end;
	}
	flush();
	return { merged: merged.finish(), refused };
}

/** Chunks of the rows `[from, to)`. */
function packedOf(rows: ChunkRows, from: number, to: number): { data: Uint8Array; ends: Uint32Array } {
	const base = from === 0 ? 0 : rows.ends[from - 1]!;
	return {
		data: rows.data.subarray(base, to === 0 ? 0 : rows.ends[to - 1]),
		ends: rows.ends.slice(from, to).map((end) => end - base),
	};
}

class MergedRows {
	readonly #version: number;
	readonly #sids: number[] = [];
	readonly #hours: number[] = [];
	readonly #versions: number[] = [];
	readonly #ends: number[] = [];
	readonly #parts: Uint8Array[] = [];
	#size = 0;

	constructor(version: number) {
		this.#version = version;
	}

	/** A row of the series and hour of `row`. */
	add(rows: ChunkRows, row: number, version: number = this.#version): void {
		this.#sids.push(rows.sids[row]!);
		this.#hours.push(rows.hours[row]!);
		this.#versions.push(version);
	}

	addChunks(data: Uint8Array, ends: Uint32Array): void {
		for (const end of ends) this.#ends.push(this.#size + end);
		this.#parts.push(data);
		this.#size += data.length;
	}

	finish(): ChunkRows {
		const data = new Uint8Array(this.#size);
		let at = 0;
		for (const part of this.#parts) {
			data.set(part, at);
			at += part.length;
		}
		return {
			sids: Uint32Array.from(this.#sids),
			hours: Uint32Array.from(this.#hours),
			versions: Float64Array.from(this.#versions),
			data,
			ends: Uint32Array.from(this.#ends),
		};
	}
}
