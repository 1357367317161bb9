import type { LostData, StoredState } from '../../metrics/chunk-table.ts';

/**
 * Rows of one change carry its number, their piece: epoch * 2^32 + how manieth of the epoch. Below 2^53, so epochs end at 2^21.
 * They count once the change stands in the log.
 */
export const EPOCH_PIECES = 2 ** 32;
export const MAX_EPOCH = 2 ** 21 - 1;

export function epochOf(piece: number): number {
	return Math.floor(piece / EPOCH_PIECES);
}

/** What a row of the log says. Hours and days since the epoch. */
export type Fact =
	| { is: 'state'; state: StoredState }
	/** Partial rows of series `[from, to)` up to a version are merged. */
	| { is: 'merged'; hour: number; from: number; to: number; version: number }
	/** The rows of a closed day: those of this place, and no merged ones of pieces up to it. */
	| { is: 'closed'; day: number; place: number }
	/** A day was dropped: its rows of pieces up to this do not count, nor does its place. */
	| { is: 'cleared'; day: number; upTo: number }
	/** Rows of hours below, of pieces up to this, do not count, nor do places of whole days below. */
	| { is: 'floor'; hour: number; upTo: number }
	/** Changes that failed, both included: they do not count, whatever became of them. */
	| { is: 'dead'; from: number; to: number }
	/** Pieces of an older epoch count up to here. */
	| { is: 'epoch'; top: number }
	/** A part of a table lies aside, and the log says what that costs. */
	| { is: 'aside'; place: string }
	/** Samples that were there and cannot be read any more. */
	| { is: 'lost'; lost: LostData }
	/** What was lost has come again. */
	| { is: 'refilled'; place: string; fromHour: number }
	/** Tier rows of a closed day are gone, until it is closed once more. */
	| { is: 'untiered'; day: number };

/** One row of the log: all that one change says. */
export interface LogEntry {
	piece: number;
	facts: Fact[];
}
