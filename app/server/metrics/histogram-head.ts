import type { NativeHistograms } from '../../../core-as/facade/index.ts';
import type { HistogramList } from './histogram-list.ts';
import { DAY_MS } from './tier-rows.ts';

/** Bound of the histograms in one head; what comes beyond waits until it is written. */
export const HISTOGRAM_HEAD_BYTES = 64 * 1024 * 1024;
/** What a part costs beside its columns: 17 typed arrays. */
const PART_BYTES = 4096;
/** An entry of the list of a series. */
const ENTRY_BYTES = 16;
/** More buckets, spans or custom bounds than a chunk takes of one histogram. */
const MAX_ENTRIES = 65_536;
const PART_FACTOR = 2 ** 26;

/** Native histograms that are in the spool and not yet in the chunk table, as they came; of one series and time the last one counts. */
export class HistogramHead {
	readonly #parts: NativeHistograms[] = [];
	/** Per series part * PART_FACTOR + index, in the order of arrival. */
	readonly #entries = new Map<number, number[]>();
	/** Days since the epoch that the histograms are of. */
	readonly days = new Set<number>();
	#count = 0;
	#bytes = 0;

	get count(): number {
		return this.#count;
	}

	/** Share of the memory that is in use; above 1 when one block is larger than the bound. */
	get fill(): number {
		return this.#bytes / HISTOGRAM_HEAD_BYTES;
	}

	/** Ids of the series, rising. */
	sids(): Uint32Array {
		return Uint32Array.from(this.#entries.keys()).sort();
	}

	has(sid: number): boolean {
		return this.#entries.has(sid);
	}

	/**
	 * Adds the histograms of series `i` of the columns to the series `sids[i]`, below 0: to none. Takes a copy. False, and nothing is taken, when there
	 * is no room. `dropped` are left out, as no chunk takes them.
	 */
	append(sids: readonly number[], columns: NativeHistograms): { dropped: number } | false {
		const part = copyOf(columns);
		const bytes = PART_BYTES + bytesOf(part) + ENTRY_BYTES * columns.timestamps.length;
		if (this.#count > 0 && this.#bytes + bytes > HISTOGRAM_HEAD_BYTES) return false;
		this.#parts.push(part);
		const base = (this.#parts.length - 1) * PART_FACTOR;
		let dropped = 0;
		let i = 0;
		for (const [series, end] of part.ends.entries()) {
			const sid = sids[series]!;
			if (sid < 0) {
				i = end;
				continue;
			}
			let entries = this.#entries.get(sid);
			for (; i < end; i++) {
				if (isTooLarge(part, i)) {
					dropped++;
					continue;
				}
				if (entries === undefined) {
					entries = [];
					this.#entries.set(sid, entries);
				}
				entries.push(base + i);
				this.days.add(Math.floor(part.timestamps[i]! / DAY_MS));
				this.#count++;
			}
		}
		this.#bytes += bytes;
		return { dropped };
	}

	/** Adds the histograms of the series from `from` to `to`, both included, to the list. */
	collect(sid: number, from: number, to: number, list: HistogramList): void {
		for (const entry of this.#entries.get(sid) ?? []) {
			const part = this.#parts[Math.floor(entry / PART_FACTOR)]!;
			const index = entry % PART_FACTOR;
			const time = part.timestamps[index]!;
			if (time >= from && time <= to) list.push(part, index);
		}
	}
}

/** The columns are views on a whole block, which must not stay. */
function copyOf(columns: NativeHistograms): NativeHistograms {
	const copy = {} as Record<string, unknown>;
	for (const [name, column] of Object.entries(columns)) copy[name] = column.slice();
	return copy as unknown as NativeHistograms;
}

function bytesOf(columns: NativeHistograms): number {
	return Object.values(columns).reduce((sum, column) => sum + column.byteLength, 0);
}

function isTooLarge({ spanEnds, bucketEnds, customEnds }: NativeHistograms, i: number): boolean {
	return [spanEnds, bucketEnds, customEnds].some(
		(ends) => ends[i]! - (i === 0 ? 0 : ends[i - 1]!) > MAX_ENTRIES,
	);
}
