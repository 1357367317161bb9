import { type TIER_COLUMN, unkeptRow } from '../../../core-as/facade/index.ts';
import { HOUR_MS } from './chunk-codec.ts';
import { DAY_HOURS, type TierRows } from './chunk-table.ts';

/** What a bucket keeps of its samples. */
export type TierColumn = keyof typeof TIER_COLUMN;
export const DAY_MS = DAY_HOURS * HOUR_MS;

/** Puts rows of one tier and day together: one a series, in any order. */
export class TierBuilder {
	readonly #rows: { sid: number; data: Uint8Array }[] = [];

	/** A row of the core's; an empty one is none. */
	add(sid: number, data: Uint8Array): void {
		if (data.length > 0) this.#rows.push({ sid, data });
	}

	/** A series whose chunks have to be read. */
	addUnkept(sid: number): void {
		this.#rows.push({ sid, data: unkeptRow() });
	}

	/** Rising series. */
	finish(day: number): TierRows {
		const rows = this.#rows.sort((a, b) => a.sid - b.sid);
		const ends = new Uint32Array(rows.length);
		const data = new Uint8Array(rows.reduce((sum, it) => sum + it.data.length, 0));
		let at = 0;
		for (const [i, row] of rows.entries()) {
			data.set(row.data, at);
			at += row.data.length;
			ends[i] = at;
		}
		return {
			sids: Uint32Array.from(rows, (it) => it.sid),
			days: new Uint32Array(rows.length).fill(day),
			data,
			ends,
		};
	}
}
