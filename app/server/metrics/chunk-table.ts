import type { Position } from '../../delivery/record.ts';
import type { Labels } from '../../telemetry/labels.ts';
import type { MetricMetadata } from '../../telemetry/metadata.ts';

/** A series as it is stored. */
export interface SeriesRow {
	sid: number;
	/** FNV-1a 64 of the labels. */
	hashLo: number;
	hashHi: number;
	labels: Labels;
}

/** What a chunk holds. */
export const CHUNK_KIND = { samples: 0, histograms: 1 } as const;

/** Resolutions of the down-sampled tiers, ms: 5 minutes and 1 hour. */
export const TIERS = [300_000, 3_600_000] as const;

export const DAY_HOURS = 24;

/** Chunks in columns; chunk `i` is `data[ends[i-1], ends[i])`. */
export interface ChunkRows {
	sids: Uint32Array;
	/** Hours since the epoch. */
	hours: Uint32Array;
	/** Of rows with the same series and hour, samples of the higher version win. */
	versions: Float64Array;
	/** CHUNK_KIND. */
	kinds: Uint8Array;
	data: Uint8Array;
	ends: Uint32Array;
}

/** Rows on memory that is used again. */
export interface LentRows extends ChunkRows {
	/** Gives the memory back, once, when nobody reads the rows any more; without it they are kept as long as anything else. */
	release?(): void;
}

/** What one tier keeps of closed days, a row a series and day; row `i` is `data[ends[i-1], ends[i])`, which only the store understands. */
export interface TierRows {
	sids: Uint32Array;
	/** Days since the epoch. */
	days: Uint32Array;
	data: Uint8Array;
	ends: Uint32Array;
}

/** What is kept of a day that closes. */
export interface DayRows {
	chunks: ChunkRows;
	/** One of each of TIERS. */
	tiers: TierRows[];
}

/** Of each series the hours, since the epoch, of its first and its last row. */
export interface SeriesHours {
	sids: Uint32Array;
	first: Uint32Array;
	last: Uint32Array;
}

/** Data that was there and cannot be read any more; hours since the epoch, both included. */
export interface LostData {
	fromHour: number;
	toHour: number;
	/** A file or partition. */
	place: string;
	reason: string;
}

export interface StoredState {
	/** Everything before it is in the table; null in a new one. */
	watermark: Position | null;
	/** Highest version written. */
	version: number;
	/** Highest series id ever given out. */
	lastSid: number;
}

/** Series that are new, ids rising. Rows may be made while they are walked over: the first write of a large system has a million. */
export interface NewSeries extends Iterable<SeriesRow> {
	readonly length: number;
}

export interface TableWrite {
	series: NewSeries;
	chunks: ChunkRows;
	/** Of families that are new or changed. */
	metadata: MetricMetadata[];
	state: StoredState;
}

/**
 * Port: chunks, series and the spool's watermark, durable together. Adapters: hosts/node/chunks (DuckDB),
 * app/server/clickhouse/chunks (ClickHouse), memory-chunk-table.ts (tests). There are two kinds of rows: partial chunks of hours that
 * are still open, and merged ones. Merged rows of a closed day lie in a place of the day's own, sorted by series, with its tiers. Readers
 * see all of them; a row may be seen twice while a day closes.
 */
export interface ChunkTable {
	/** All series, metadata of all families, the state, and what was lost and has not come again since. */
	load(): Promise<{
		series: SeriesRow[];
		metadata: MetricMetadata[];
		state: StoredState;
		lost: LostData[];
	}>;
	/**
	 * Partial chunks, new series, metadata and the state, in one transaction; nothing when the table's version is not below the
	 * write's, so that one whose end is unknown can be repeated. `midway` is called in the middle of it.
	 */
	append(write: TableWrite, midway?: () => void): Promise<void>;
	/** Rows of the hours `[fromHour, toHour]`, of all series or of `sids` (rising), by series, hour, version; when they are many, rows of others may come too. */
	read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<LentRows>;
	/** Hours below `beforeHour` that have partial chunks, rising. */
	partialHours(beforeHour: number): Promise<number[]>;
	/** Partial chunks of an hour, of series `[fromSid, toSid)`. */
	readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows>;
	/** Puts `merged` in the place of the partial chunks of that hour and those series, in one transaction. */
	merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void>;
	/** Days below `beforeDay` with merged rows outside of the day's own place, rising; a late row makes a closed day open again. */
	openDays(beforeDay: number): Promise<number[]>;
	/**
	 * Puts all merged rows of a day, those of its own place too, into a new place, which takes that of the old. `make` gets the rows of
	 * whole series, series rising from call to call, by series, hour and version, a bounded number at a time, and gives what is kept of them.
	 * All or nothing. `midway` is called when the new place is whole and nothing is changed yet.
	 */
	closeDay(day: number, make: (rows: ChunkRows) => DayRows, midway?: () => void): Promise<void>;
	/** Rows of tier `TIERS[tier]` of the days `[fromDay, toDay]`, as `read` does, by series and day; only of `closedDays`. */
	readTier(tier: number, sids: Uint32Array | null, fromDay: number, toDay: number): Promise<TierRows>;
	/** Days that have their own place and no row elsewhere, partial ones included; rising. */
	closedDays(): Promise<number[]>;
	/** Bytes that each day takes up, open ones too (of what they share, by their number of rows); rising days. */
	usage(): Promise<{ day: number; bytes: number }[]>;
	/** Drops all rows of hours below `hour`, those of a closed day once all of it is below; resolves with how many. */
	dropBefore(hour: number): Promise<number>;
	/** Drops all rows of one day. */
	dropDay(day: number): Promise<void>;
	/** What was lost has come again, or nobody waits for it: it is not said any more. */
	refilled(lost: LostData): Promise<void>;
	/** First and last hours of all series that have rows, part by part: a series may be in several. Of what is written meanwhile, maybe. */
	seriesHours(): AsyncIterable<SeriesHours>;
	/** Ids of series that have rows. */
	sidsInUse(): Promise<Set<number>>;
	/** Forgets series. */
	dropSeries(sids: readonly number[]): Promise<void>;
	close(): Promise<void>;
}
