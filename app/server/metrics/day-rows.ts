import { type ClosedDay, CoreError } from '../../../core-as/facade/index.ts';
import { type ChunkCodec, MAX_MERGE_CHUNKS } from './chunk-codec.ts';
import { chunksOf, joinRows, rowsOfKind, sliceRows, sortRows } from './chunk-rows.ts';
import { CHUNK_KIND, type ChunkRows, DAY_HOURS, type DayRows, TIERS } from './chunk-table.ts';
import { mergeHistogramRows } from './histogram-rows.ts';
import { TierBuilder } from './tier-rows.ts';

/** Bounds of the chunks that go through the codec in one call; a series that alone has more of them is left as it is. */
const CALL_CHUNKS = 16_384;
const CALL_BYTES = 32 * 1024 * 1024;

/**
 * What is kept of whole series of one day, whose rows are by series, hour and version: the chunks of each series and hour merged, with the
 * highest version, and their tiers. Series with native histograms have no tiers, and of one that has too many chunks they stay as they are;
 * its chunks still win by their versions.
 */
export function closeRows(
	rows: ChunkRows,
	day: number,
	codec: ChunkCodec,
): { kept: DayRows; refused: number } {
	const histograms = mergeHistogramRows(rowsOfKind(rows, CHUNK_KIND.histograms), codec);
	const withHistograms = new Set<number>();
	for (const [row, sid] of rows.sids.entries()) {
		if (rows.kinds[row] === CHUNK_KIND.histograms) withHistograms.add(sid);
	}
	const closing = new Closing(rowsOfKind(rows, CHUNK_KIND.samples), day, withHistograms, codec);
	const { chunks, refused } = closing.run();
	for (const tier of closing.tiers) for (const sid of withHistograms) tier.addUnkept(sid);
	return {
		kept: {
			chunks: sortRows(joinRows([...chunks, histograms.merged])),
			tiers: closing.tiers.map((tier) => tier.finish(day)),
		},
		refused: refused + histograms.refused,
	};
}

class Closing {
	readonly tiers = TIERS.map(() => new TierBuilder());
	readonly #rows: ChunkRows;
	readonly #day: number;
	/** Series whose tiers are not kept. */
	readonly #without: ReadonlySet<number>;
	readonly #codec: ChunkCodec;
	readonly #version: number;
	readonly #chunks: ChunkRows[] = [];
	#refused = 0;

	constructor(rows: ChunkRows, day: number, without: ReadonlySet<number>, codec: ChunkCodec) {
		this.#rows = rows;
		this.#day = day;
		this.#without = without;
		this.#codec = codec;
		this.#version = rows.versions.reduce((a, b) => Math.max(a, b), 0);
	}

	run(): { chunks: ChunkRows[]; refused: number } {
		const { sids, ends } = this.#rows;
		const bytes = (from: number, to: number) => ends[to - 1]! - (from === 0 ? 0 : ends[from - 1]!);
		const isFull = (from: number, to: number) => to - from > CALL_CHUNKS || bytes(from, to) > CALL_BYTES;
		let from = 0;
		for (let row = 0; row < sids.length; ) {
			const end = this.#endOfSeries(row);
			if (isFull(row, end) || this.#isCrowded(row, end)) {
				this.#close(from, row);
				this.#leave(row, end);
				from = end;
			} else if (isFull(from, end)) {
				this.#close(from, row);
				from = row;
			}
			row = end;
		}
		this.#close(from, sids.length);
		return { chunks: this.#chunks, refused: this.#refused };
	}

	#endOfSeries(row: number): number {
		const { sids } = this.#rows;
		let end = row + 1;
		while (end < sids.length && sids[end] === sids[row]) end++;
		return end;
	}

	/** True when an hour of the series has more chunks than are merged whatever they hold. */
	#isCrowded(from: number, to: number): boolean {
		const { hours } = this.#rows;
		for (let row = from; row + MAX_MERGE_CHUNKS < to; row++) {
			if (hours[row] === hours[row + MAX_MERGE_CHUNKS]) return true;
		}
		return false;
	}

	#leave(from: number, to: number): void {
		const sid = this.#rows.sids[from]!;
		this.#chunks.push(sliceRows(this.#rows, from, to));
		if (!this.#without.has(sid)) for (const tier of this.tiers) tier.addUnkept(sid);
	}

	/** Rows `[from, to)`, of whole series. */
	#close(from: number, to: number): void {
		if (from === to) return;
		const { sids, hours } = this.#rows;
		const count = to - from;
		const groupEnds = new Uint32Array(count);
		const groupHours = new Uint8Array(count);
		const seriesEnds = new Uint32Array(count);
		let groups = 0;
		let series = 0;
		for (let row = from; row < to; row++) {
			const isLast = row + 1 === to || sids[row + 1] !== sids[row];
			if (!isLast && hours[row + 1] === hours[row]) continue;
			groupHours[groups] = hours[row]! - this.#day * DAY_HOURS;
			groupEnds[groups++] = row + 1 - from;
			if (isLast) seriesEnds[series++] = groups;
		}
		let closed: ClosedDay;
		try {
			closed = this.#codec.closeDay(
				{
					packed: chunksOf(this.#rows, from, to),
					groupEnds: groupEnds.subarray(0, groups),
					hours: groupHours.subarray(0, groups),
					seriesEnds: seriesEnds.subarray(0, series),
				},
				Uint32Array.from(TIERS),
			);
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			// More than a call takes: series by series it may fit.
			if (series === 1) {
				this.#leave(from, to);
				return;
			}
			const middle = from + groupEnds[seriesEnds[(series >> 1) - 1]! - 1]!;
			this.#close(from, middle);
			this.#close(middle, to);
			return;
		}
		this.#refused += closed.refused.length;
		const groupRows = groupEnds.subarray(0, groups).map((end) => from + end - 1);
		this.#addChunks(closed, groupRows);
		this.#addTiers(
			closed,
			seriesEnds.subarray(0, series).map((end) => sids[groupRows[end - 1]!]!),
		);
	}

	/** `groupRows`: a row of each group. */
	#addChunks({ chunks, groupEnds }: ClosedDay, groupRows: Uint32Array): void {
		const count = chunks.ends.length;
		const out: ChunkRows = {
			sids: new Uint32Array(count),
			hours: new Uint32Array(count),
			versions: new Float64Array(count).fill(this.#version),
			kinds: new Uint8Array(count).fill(CHUNK_KIND.samples),
			...chunks,
		};
		let chunk = 0;
		for (const [group, row] of groupRows.entries()) {
			for (; chunk < groupEnds[group]!; chunk++) {
				out.sids[chunk] = this.#rows.sids[row]!;
				out.hours[chunk] = this.#rows.hours[row]!;
			}
		}
		this.#chunks.push(out);
	}

	#addTiers({ rows }: ClosedDay, sids: Uint32Array): void {
		let start = 0;
		for (const [i, end] of rows.ends.entries()) {
			const sid = sids[i % sids.length]!;
			if (!this.#without.has(sid))
				this.tiers[Math.floor(i / sids.length)]!.add(sid, rows.data.subarray(start, end));
			start = end;
		}
	}
}
