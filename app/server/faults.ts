/** Named places where a test may kill the server. */
export type CrashPoint =
	| 'after-reply'
	| 'before-release'
	| 'during-chunk-write'
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
