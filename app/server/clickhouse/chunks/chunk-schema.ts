import { databaseOf } from '../migrate.ts';

/** Tables of the chunk store, in a database of their own. docs/formats.md describes them. */

/** Series of one partition of `series`: ids rise, so old partitions become empty as a whole. */
export const SERIES_PARTITION = 2 ** 20;

export function chunkDatabaseOf(projectId: string): string {
	return `${databaseOf(projectId)}_metrics`;
}

const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1';
/** ZSTD gains nothing on chunks. */
const BLOB = 'data String CODEC(NONE)';

const TABLES = ['claims', 'log', 'series', 'metadata', 'open', 'closed', 'tiers'] as const;
/** However much is damaged, the table is loaded without it. By default it is not when it is over 100 parts or 1 GiB. */
const LOADED =
	'max_suspicious_broken_parts = 1000000000, max_suspicious_broken_parts_bytes = 1000000000000000';

/** Statements that bring a database from the version before to each version. */
export function chunkMigrations(database: string): readonly (readonly string[])[] {
	return [
		[
			// One row a start of a server.
			`CREATE TABLE IF NOT EXISTS ${database}.claims (epoch UInt32, at DateTime DEFAULT now())
ENGINE = MergeTree ORDER BY epoch SETTINGS ${DURABLE}`,
			// One row a change; the newest epoch counts, older ones are dropped.
			`CREATE TABLE IF NOT EXISTS ${database}.log (piece UInt64, facts String CODEC(ZSTD(1)))
ENGINE = MergeTree PARTITION BY bitShiftRight(piece, 32) ORDER BY piece SETTINGS ${DURABLE}`,
			`CREATE TABLE IF NOT EXISTS ${database}.series (
	sid UInt32, hash_lo UInt32, hash_hi UInt32, labels String CODEC(ZSTD(1)), gone UInt8, piece UInt64
) ENGINE = ReplacingMergeTree(piece)
PARTITION BY intDiv(sid, ${SERIES_PARTITION}) ORDER BY sid SETTINGS ${DURABLE}`,
			// Written anew in each epoch.
			`CREATE TABLE IF NOT EXISTS ${database}.metadata (family String, type String, help String, unit String, piece UInt64)
ENGINE = MergeTree PARTITION BY bitShiftRight(piece, 32) ORDER BY family SETTINGS ${DURABLE}`,
			`CREATE TABLE IF NOT EXISTS ${database}.open (
	day UInt32, merged UInt8, sid UInt32, hour UInt32, version UInt32, kind UInt8, piece UInt64 CODEC(ZSTD(1)), ${BLOB}
) ENGINE = MergeTree
PARTITION BY day ORDER BY (merged, hour, sid, version) SETTINGS index_granularity = 1024, ${DURABLE}`,
			`CREATE TABLE IF NOT EXISTS ${database}.closed (
	day UInt32, place UInt64, sid UInt32, hour UInt32, version UInt32, kind UInt8, ${BLOB}
) ENGINE = MergeTree
PARTITION BY (day, place) ORDER BY (sid, hour, version) SETTINGS index_granularity = 512, ${DURABLE}`,
			`CREATE TABLE IF NOT EXISTS ${database}.tiers (
	day UInt32, place UInt64, tier UInt8, sid UInt32, ${BLOB}
) ENGINE = MergeTree
PARTITION BY (day, place) ORDER BY (tier, sid) SETTINGS index_granularity = 512, ${DURABLE}`,
		],
		TABLES.map((table) => `ALTER TABLE ${database}.${table} MODIFY SETTING ${LOADED}`),
	];
}
