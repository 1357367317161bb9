import { HOUR_MS } from '../metrics/chunk-codec.ts';
import type { LostData } from '../metrics/chunk-table.ts';
import type { TimeRange } from './name-group.ts';

/** The part of the chunk store that says what it lost. */
export interface LossyStore {
	lost(): LostData[];
	refilled(lost: LostData): void;
}

/** Has what the chunk store lost copied from the source once more, and says when it was. */
export class LostRefill {
	readonly #store: LossyStore;
	/** What is being copied, by place and hours; as many as the store lists, at most. */
	readonly #asked = new Map<string, LostData>();

	constructor(store: LossyStore) {
		this.#store = store;
	}

	/** Ranges that were lost since the last call; `floor` (ms): what lies before is past its retention. */
	fresh(floor: number): TimeRange[] {
		const out: TimeRange[] = [];
		for (const lost of this.#store.lost()) {
			const key = JSON.stringify([lost.place, lost.fromHour, lost.toHour]);
			if (this.#asked.has(key)) continue;
			this.#asked.set(key, lost);
			const { from, to } = rangeOf(lost);
			if (to > floor) out.push({ from: Math.max(from, floor), to });
		}
		return out;
	}

	/** `isCopied` says whether nothing of a range waits to be copied any more. */
	settle(isCopied: (range: TimeRange) => boolean): void {
		for (const [key, lost] of this.#asked) {
			if (!isCopied(rangeOf(lost))) continue;
			this.#asked.delete(key);
			this.#store.refilled(lost);
		}
	}
}

function rangeOf({ fromHour, toHour }: LostData): TimeRange {
	return { from: fromHour * HOUR_MS, to: (toHour + 1) * HOUR_MS };
}
