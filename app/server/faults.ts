/** Named places where a test may kill the server. */
export type CrashPoint =
	| 'after-reply'
	| 'before-release'
	// Sums of deltas are in their file, what they came from is not released.
	| 'deltas-saved'
	| 'during-chunk-write'
	// Of the chunk store: some of the head is cut; a day's new place is whole and not taken yet; rows are dropped and their series not.
	| 'during-head-cut'
	| 'during-day-close'
	| 'during-retention'
	// Of the inserter: a batch is read and nothing noted; noted and not sent; acknowledged and not released; released.
	| 'batch-taken'
	| 'batch-noted'
	| 'batch-inserted'
	| 'batch-released';

/** Port: told when a crash point is reached. Does nothing outside of tests. */
export interface Faults {
	reach(point: CrashPoint): void;
}

export const noFaults: Faults = { reach() {} };
