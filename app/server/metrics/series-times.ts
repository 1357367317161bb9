import { HOUR_MS } from './chunk-codec.ts';
import type { SeriesHours } from './chunk-table.ts';

/** First and last hours of stored series, gathered from the parts of a table: 12 bytes a series. */
export class SeriesTimes {
	/** Rising. */
	readonly #sids: Uint32Array;
	readonly #first: Uint32Array;
	readonly #last: Uint32Array;

	constructor(sids: Uint32Array) {
		this.#sids = sids;
		this.#first = new Uint32Array(sids.length).fill(0xffffffff);
		this.#last = new Uint32Array(sids.length);
	}

	add({ sids, first, last }: SeriesHours): void {
		for (let i = 0; i < sids.length; i++) {
			const at = this.#find(sids[i]!);
			if (at < 0) continue;
			if (first[i]! < this.#first[at]!) this.#first[at] = first[i]!;
			if (last[i]! > this.#last[at]!) this.#last[at] = last[i]!;
		}
	}

	/** Series that have rows, with the times, ms, between which their samples are. */
	*[Symbol.iterator](): Generator<{ sid: number; from: number; to: number }> {
		for (let i = 0; i < this.#sids.length; i++) {
			const first = this.#first[i]!;
			const last = this.#last[i]!;
			if (first > last) continue;
			yield { sid: this.#sids[i]!, from: first * HOUR_MS, to: (last + 1) * HOUR_MS - 1 };
		}
	}

	/** Where an id stands, or -1. */
	#find(sid: number): number {
		let low = 0;
		let high = this.#sids.length - 1;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.#sids[middle]! < sid) low = middle + 1;
			else high = middle;
		}
		return this.#sids[low] === sid ? low : -1;
	}
}
