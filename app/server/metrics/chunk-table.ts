import type { Position } from '../../delivery/record.ts';
import type { Labels } from '../../telemetry/labels.ts';

/** A series as it is stored. */
export interface SeriesRow {
	sid: number;
	/** FNV-1a 64 of the labels. */
	hashLo: number;
	hashHi: number;
	labels: Labels;
}

/** Chunks in columns; chunk `i` is `data[ends[i-1], ends[i])`. */
export interface ChunkRows {
	sids: Uint32Array;
	/** Hours since the epoch. */
	hours: Uint32Array;
	/** Of rows with the same series and hour, samples of the higher version win. */
	versions: Float64Array;
	data: Uint8Array;
	ends: Uint32Array;
}

export interface StoredState {
	/** Everything before it is in the table; null in a new one. */
	watermark: Position | null;
	/** Highest version written. */
	version: number;
	/** Highest series id ever given out. */
	lastSid: number;
}

export interface TableWrite {
	series: SeriesRow[];
	chunks: ChunkRows;
	state: StoredState;
}

/**
 * Port: chunks, series and the spool's watermark, durable together. Adapter: hosts/node/chunks (DuckDB).
 * There are two kinds of rows: partial chunks of hours that are still open, and merged ones. Readers see both.
 */
export interface ChunkTable {
	/** All series and the state. */
	load(): Promise<{ series: SeriesRow[]; state: StoredState }>;
	/**
	 * Partial chunks, new series and the state, in one transaction; nothing when the table's version is not below the
	 * write's, so that one whose end is unknown can be repeated. `midway` is called in the middle of it.
	 */
	append(write: TableWrite, midway?: () => void): Promise<void>;
	/** Rows of the hours `[fromHour, toHour]`, of all series or of `sids` (rising), by series, hour, version. */
	read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<ChunkRows>;
	/** Hours below `beforeHour` that have partial chunks, rising. */
	partialHours(beforeHour: number): Promise<number[]>;
	/** Partial chunks of an hour, of series `[fromSid, toSid)`. */
	readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows>;
	/** Puts `merged` in the place of the partial chunks of that hour and those series, in one transaction. */
	merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void>;
	/** Drops all rows of hours below `hour`; resolves with how many. */
	dropBefore(hour: number): Promise<number>;
	/** Ids of series that have rows. */
	sidsInUse(): Promise<Set<number>>;
	/** Forgets series. */
	dropSeries(sids: readonly number[]): Promise<void>;
	close(): Promise<void>;
}
